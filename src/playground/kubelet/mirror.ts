/**
 * A local copy of one list of API objects, kept by list and watch, with a callback for each change.
 *
 * After any break it lists anew: simple, and right for a node's few pods.
 * @module
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Api, ApiObject } from '../cluster/api.js';

const RETRY_MS = 300;

export class Mirror {
  private readonly api: Api;
  private readonly path: string;
  private readonly query: Readonly<Record<string, string>>;
  private readonly onChange: (uid: string, object: ApiObject | undefined) => void;
  private readonly tell: (trouble: string) => void;
  private readonly objects = new Map<string, ApiObject>();

  constructor(
    api: Api,
    path: string,
    query: Readonly<Record<string, string>>,
    onChange: (uid: string, object: ApiObject | undefined) => void = () => {},
    /** Told of each list or watch that failed; it is tried again in any case. */
    tell: (trouble: string) => void = console.error,
  ) {
    this.api = api;
    this.path = path;
    this.query = query;
    this.onChange = onChange;
    this.tell = tell;
  }

  values(): IterableIterator<ApiObject> {
    return this.objects.values();
  }

  /** Answers after the first list; goes on until `signal`. */
  async start(signal: AbortSignal): Promise<void> {
    const first = await this.listUntilItWorks(signal);
    const follow = async () => {
      for (let version = first; version !== undefined; version = await this.listUntilItWorks(signal)) {
        try {
          await this.follow(version, signal);
        } catch (error) {
          if (signal.aborted) return;
          this.tell(`watch ${this.path}: ${(error as Error).message}`);
          await pause(signal);
        }
      }
    };
    void follow();
  }

  private async follow(version: string, signal: AbortSignal): Promise<void> {
    const query = { ...this.query, resourceVersion: version, allowWatchBookmarks: 'true' };
    for await (const { type, object } of this.api.watch(this.path, query, signal)) {
      if (type === 'ERROR') return;
      if (type === 'BOOKMARK') continue;
      this.set(object.metadata.uid, type === 'DELETED' ? undefined : object);
    }
  }

  /** Answers the version of the list; undefined once `signal` has come. */
  private async listUntilItWorks(signal: AbortSignal): Promise<string | undefined> {
    while (!signal.aborted) {
      try {
        const list = await this.api.get(this.path, this.query);
        const seen = new Set<string>();
        for (const object of list.items) {
          seen.add(object.metadata.uid);
          this.set(object.metadata.uid, object);
        }
        for (const uid of [...this.objects.keys()]) if (!seen.has(uid)) this.set(uid, undefined);
        return list.metadata.resourceVersion;
      } catch (error) {
        this.tell(`list ${this.path}: ${(error as Error).message}`);
        await pause(signal);
      }
    }
    return undefined;
  }

  private set(uid: string, object: ApiObject | undefined): void {
    if (object === undefined) this.objects.delete(uid);
    else this.objects.set(uid, object);
    this.onChange(uid, object);
  }
}

const pause = (signal: AbortSignal) => sleep(RETRY_MS, undefined, { signal }).catch(() => {});
