/**
 * Users who never rest: they create, delete and edit LoadBalancer Services of a real cluster, several at once.
 *
 * What they do comes from a seed; in which order it reaches the API server does not. Each Service is one user's at a time.
 * @module
 */
import { type Api, type ApiObject, ApiStatusError } from '../../../src/playground/cluster/api.js';
import { chanceFrom } from '../../support/values.js';
import { ADDRESS_ANNOTATION, POOL_ANNOTATION, SHARING_ANNOTATION } from './service-view.js';

export interface ChurnOptions {
  readonly api: Api;
  readonly namespace: string;
  /** How many names there are; about four in five are Services at any time. */
  readonly services: number;
  readonly seed: number;
  /** What the annotation for a pool may say. */
  readonly pools: readonly string[];
  /** What the annotation for an address may say. */
  readonly addresses: readonly string[];
}

const USERS = 4;
const KEYS = 12;
const FIRST_PORT = 80;
const PORTS = 6;

/** What one edit does to a living Service, and how often among all of them. */
const EDITS = {
  delete: 20,
  recreate: 10,
  port: 15,
  pool: 12,
  address: 16,
  key: 14,
  away: 8,
} as const;
type Edit = keyof typeof EDITS;

type State = 'absent' | 'balanced' | 'away';

export class Churn {
  /** How often something was done. */
  done = 0;
  readonly #options: ChurnOptions;
  readonly #chance: () => number;
  readonly #states: State[];
  readonly #busy = new Set<number>();
  #users: Promise<void>[] = [];
  #goesOn = false;

  constructor(options: ChurnOptions) {
    this.#options = options;
    this.#chance = chanceFrom(options.seed);
    this.#states = Array.from({ length: options.services }, () => 'absent');
  }

  /** Every name is a Service afterwards. */
  async fill(): Promise<void> {
    const left = this.#states.keys();
    await Promise.all(
      Array.from({ length: 4 * USERS }, async () => {
        for (const at of left) await this.#create(at);
      }),
    );
  }

  begin(): void {
    this.#goesOn = true;
    this.#users = Array.from({ length: USERS }, () => this.#use());
  }

  /** Resolves once the last answer is there; rejects when a user met an error that is none of his own making. */
  async pause(): Promise<void> {
    this.#goesOn = false;
    await Promise.all(this.#users);
  }

  async #use(): Promise<void> {
    while (this.#goesOn) {
      const at = Math.floor(this.#chance() * this.#states.length);
      if (this.#busy.has(at)) continue;
      this.#busy.add(at);
      try {
        await this.#touch(at);
        this.done++;
      } finally {
        this.#busy.delete(at);
      }
    }
  }

  async #touch(at: number): Promise<void> {
    const state = this.#states[at] as State;
    if (state === 'absent') return this.#create(at);
    if (state === 'away') {
      await this.#patch(at, { spec: { type: 'LoadBalancer', allocateLoadBalancerNodePorts: false } });
      this.#states[at] = 'balanced';
      return;
    }
    switch (this.#drawEdit()) {
      case 'delete':
        return this.#delete(at);
      case 'recreate':
        await this.#delete(at);
        return this.#create(at);
      case 'port':
        return this.#patch(at, { spec: { ports: this.#ports() } });
      case 'pool':
        return this.#annotate(at, { [POOL_ANNOTATION]: this.#either(this.#options.pools), [ADDRESS_ANNOTATION]: null });
      case 'address':
        return this.#annotate(at, {
          [ADDRESS_ANNOTATION]: this.#either(this.#options.addresses),
          [POOL_ANNOTATION]: null,
        });
      case 'key':
        return this.#annotate(at, { [SHARING_ANNOTATION]: this.#either(this.#keys()) });
      case 'away':
        await this.#patch(at, { spec: { type: 'ClusterIP', allocateLoadBalancerNodePorts: null } });
        this.#states[at] = 'away';
    }
  }

  async #create(at: number): Promise<void> {
    const drawn = this.#chance();
    const annotations =
      drawn < 0.1
        ? { [POOL_ANNOTATION]: this.#one(this.#options.pools) }
        : drawn < 0.2
          ? { [ADDRESS_ANNOTATION]: this.#one(this.#options.addresses) }
          : drawn < 0.3
            ? { [SHARING_ANNOTATION]: this.#one(this.#keys()) }
            : {};
    await this.#options.api.create(this.#path, {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: nameOf(at), annotations },
      // There are not node ports enough for thousands, and nobody uses one here.
      spec: { type: 'LoadBalancer', allocateLoadBalancerNodePorts: false, ports: this.#ports() },
    });
    this.#states[at] = 'balanced';
  }

  async #delete(at: number): Promise<void> {
    await this.#options.api.delete(`${this.#path}/${nameOf(at)}`);
    this.#states[at] = 'absent';
  }

  #annotate = (at: number, annotations: Readonly<Record<string, string | null>>): Promise<void> =>
    this.#patch(at, { metadata: { annotations } });

  async #patch(at: number, patch: ApiObject): Promise<void> {
    for (;;) {
      try {
        await this.#options.api.patch(`${this.#path}/${nameOf(at)}`, patch);
        return;
      } catch (error) {
        // The controller wrote the status in the same moment, more often than the API server tries by itself.
        if (!(error instanceof ApiStatusError) || error.status !== 409) throw error;
      }
    }
  }

  #ports = () => [{ port: FIRST_PORT + Math.floor(this.#chance() * PORTS), protocol: 'TCP' }];
  #keys = () => Array.from({ length: KEYS }, (_, key) => `key-${key}`);
  #one = <T>(choices: readonly T[]): T => choices[Math.floor(this.#chance() * choices.length)] as T;
  /** Half of the time `null`: it is taken away. */
  #either = <T>(choices: readonly T[]): T | null => (this.#chance() < 0.5 ? null : this.#one(choices));

  #drawEdit(): Edit {
    const edits = Object.entries(EDITS) as [Edit, number][];
    let left = this.#chance() * edits.reduce((sum, [, often]) => sum + often, 0);
    for (const [edit, often] of edits) {
      left -= often;
      if (left < 0) return edit;
    }
    return 'port';
  }

  get #path(): string {
    return `/api/v1/namespaces/${this.#options.namespace}/services`;
  }
}

const nameOf = (at: number): string => `s${String(at).padStart(3, '0')}`;
