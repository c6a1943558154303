/**
 * Kubernetes Events: what people see in `kubectl describe` and `kubectl get events`.
 *
 * Promises: recording never waits and never throws; a note that says what the last one of its story said is not sent
 * again unless that story has ended, and one of a state that soon passes is sent only if the state lasts; a story that
 * flips to and fro gets a bounded number of events an hour. Memory is bounded: the stories longest without a new note are
 * forgotten first. Events are a courtesy: one that the server refuses is logged and lost, and so is what is left when the
 * recorder ends.
 *
 * core/v1 rather than events.k8s.io/v1: both are views of one object, and kubectl finds the former by the fields
 * `involvedObject.*` on every version.
 *
 * Source: core/v1 Event in the API reference of Kubernetes 1.36.
 * @module
 */
import { randomBytes } from 'node:crypto';
import type { Meta } from '../values/objects.js';
import { type ApiClient, ApiError } from './client.js';
import { type Clock, sleep, toTime, unlessAborted } from './clock.js';
import type { Log } from './log.js';
import { WorkQueue } from './queue.js';

/** What an event is about: a namespaced object of core/v1. */
export interface Regarding {
  readonly kind: 'Service' | 'ConfigMap';
  readonly meta: Pick<Meta, 'namespace' | 'name' | 'uid' | 'resourceVersion'>;
}

export interface Note {
  readonly type: 'Normal' | 'Warning';
  /** CamelCase. */
  readonly reason: string;
  readonly message: string;
  /** Which of the object's stories this continues, such as a condition's type. */
  readonly about: string;
  /** Likely to be followed by another one within seconds, of which people need not hear then. */
  readonly mayPass?: boolean;
}

export interface EventRecorderOptions {
  readonly client: ApiClient;
  readonly clock: Clock;
  readonly log: Log;
  /** Such as `cairn-controller`. */
  readonly component: string;
  /** Which of them: the pod's or host's name. */
  readonly instance: string;
  /** Asked by the client when an event is about to go out; always where absent. */
  readonly mayBeSent?: () => boolean;
}

/** Stories remembered: two for each of 5,000 Services. */
const MAX_STORIES = 10_000;
const FORGOTTEN_AT_ONCE = 100;
/** Speakers listen for 1.2 s, ask for 0.6 s and report once a second; their pods start within some seconds of each other. */
const PASSES_WITHIN_MS = 5_000;
/** Events that wait to be sent; a start with 5,000 Services makes as many at once. */
const MAX_UNSENT = 20_000;
/** client-go's spam filter: 25 at once, then one each 5 minutes; by story here. */
const BURST = 25;
const REFILL_MS = 300_000;
/** Few, so that addresses come before the news of them. */
const CONCURRENT_SENDS = 2;
/** Counted from its record: for no longer does an event give way to work that is more urgent, such as 5,000 addresses. */
const MAX_COURTESY_MS = 30_000;
/** Until it is tried again to send what might not be sent. */
const WITHHELD_FOR_MS = 1_000;
/** The API refuses longer ones (core/v1 validation: 1 KiB). */
const MAX_MESSAGE_CHARACTERS = 1_024;

/** Not yet as the API has it: thousands wait while addresses are written. */
interface Unsent {
  readonly regarding: Regarding;
  readonly note: Note;
  readonly recordedMs: number;
  readonly recordedWallMs: number;
}

/** A note that is told unless another one of its story comes in time. */
interface Passing {
  readonly regarding: Regarding;
  readonly note: Note;
  readonly cancel: () => void;
}

interface Story {
  /** Also where that was one too many and left out. Undefined: it has ended, and whatever comes next is news. */
  readonly lastSaid: string | undefined;
  /** Events this story may still have at `atMs`. */
  readonly allowance: number;
  readonly atMs: number;
}

export class EventRecorder {
  readonly #options: EventRecorderOptions;
  /** By object and story, the longest silent first. */
  readonly #stories = new Map<string, Story>();
  /** By the object's uid and story; a story is there for as long as what it last said may pass. */
  readonly #passing = new Map<string, Map<string, Passing>>();
  readonly #unsent: WorkQueue<Unsent>;
  #urgentWorkDone: () => Promise<void> = () => Promise.resolve();

  constructor(options: EventRecorderOptions) {
    this.#options = options;
    this.#unsent = new WorkQueue({ clock: options.clock });
  }

  record(regarding: Regarding, note: Note): void {
    const { uid } = regarding.meta;
    const ofObject = this.#passing.get(uid);
    const passing = ofObject?.get(note.about);
    if (note.mayPass === true && (ofObject !== undefined || this.#passing.size < MAX_STORIES)) {
      // What follows it and may pass as well, such as the same with another node's name, does not put it off.
      const cancel = passing?.cancel ?? this.#options.clock.after(PASSES_WITHIN_MS, () => this.#stays(uid, note.about));
      this.#passing.set(uid, (ofObject ?? new Map()).set(note.about, { regarding, note, cancel }));
      return;
    }
    this.#callOff(uid, note.about);
    this.#tell(regarding, note);
  }

  /** The story ends: what it said last is no longer so, and is news when it is said again. */
  endStory({ meta: { uid } }: Regarding, about: string): void {
    this.#callOff(uid, about);
    const id = idOf(uid, about);
    const story = this.#stories.get(id);
    if (story !== undefined) this.#stories.set(id, { ...story, lastSaid: undefined });
  }

  /** The object is gone: what had not passed by then is told no more. */
  gone({ meta: { uid } }: Regarding): void {
    for (const { cancel } of this.#passing.get(uid)?.values() ?? []) cancel();
    this.#passing.delete(uid);
  }

  #callOff(uid: string, about: string): Passing | undefined {
    const ofObject = this.#passing.get(uid);
    const passing = ofObject?.get(about);
    passing?.cancel();
    ofObject?.delete(about);
    if (ofObject?.size === 0) this.#passing.delete(uid);
    return passing;
  }

  #stays(uid: string, about: string): void {
    const passing = this.#callOff(uid, about);
    if (passing !== undefined) this.#tell(passing.regarding, passing.note);
  }

  #tell(regarding: Regarding, note: Note): void {
    const { clock, log } = this.#options;
    const id = idOf(regarding.meta.uid, note.about);
    const lastSaid = `${note.type} ${note.reason} ${note.message}`;
    const before = this.#stories.get(id);
    if (before?.lastSaid === lastSaid) return;
    const atMs = clock.monotonicMs();
    const allowance =
      before === undefined ? BURST : Math.min(BURST, before.allowance + (atMs - before.atMs) / REFILL_MS);
    const isAllowed = allowance >= 1 && this.#unsent.size < MAX_UNSENT;
    this.#stories.delete(id);
    this.#stories.set(id, { lastSaid, allowance: isAllowed ? allowance - 1 : allowance, atMs });
    if (this.#stories.size > MAX_STORIES) this.#forgetOldest();
    if (isAllowed) {
      this.#unsent.add({ regarding, note, recordedMs: atMs, recordedWallMs: clock.wallMs() });
    } else {
      const { kind, meta } = regarding;
      log.debug({ kind, name: meta.name, reason: note.reason }, 'too many events; left one out');
    }
  }

  /** Many at a time: to find the first one of a Map walks over the places of all that were taken out before it. */
  #forgetOldest(): void {
    for (const id of this.#stories.keys()) {
      this.#stories.delete(id);
      if (this.#stories.size <= MAX_STORIES - FORGOTTEN_AT_ONCE) return;
    }
  }

  /**
   * Events wait while other work is under way, for some seconds at most: an API server that is given thousands of events
   * with thousands of addresses writes the addresses later. `done` resolves when that work is.
   */
  giveWayTo(done: () => Promise<void>): void {
    this.#urgentWorkDone = done;
  }

  /** Sends until `signal` aborts; what is left then is dropped. Never rejects. */
  async run(signal: AbortSignal): Promise<void> {
    const { client, log, mayBeSent } = this.#options;
    const gate = mayBeSent === undefined ? {} : { mayBeSent };
    await this.#unsent.run(
      async (unsent) => {
        await this.#giveWay(unsent.recordedMs, signal);
        if (signal.aborted) return;
        const { namespace } = unsent.regarding.meta;
        try {
          const body = this.#eventOf(unsent);
          await client.request('POST', `/api/v1/namespaces/${namespace}/events`, { body, signal, ...gate });
        } catch (error) {
          if (signal.aborted) return;
          if (error instanceof ApiError && error.reason === 'Withheld') {
            // The lease is renewed soon, or this term ends: whoever leads then has its own to tell.
            this.#unsent.addAfter(unsent, WITHHELD_FOR_MS);
          } else {
            log.warn({ err: error }, 'an event was not accepted');
          }
        }
      },
      { concurrency: CONCURRENT_SENDS, signal },
    );
    for (const ofObject of this.#passing.values()) for (const { cancel } of ofObject.values()) cancel();
    this.#passing.clear();
  }

  /** Nothing is left at `signal`: `AbortSignal.any` leaves an entry there for each event on Node 20. */
  async #giveWay(recordedMs: number, signal: AbortSignal): Promise<void> {
    const { clock } = this.#options;
    const patienceMs = recordedMs + MAX_COURTESY_MS - clock.monotonicMs();
    if (patienceMs <= 0 || signal.aborted) return;
    const over = new AbortController();
    await unlessAborted(Promise.race([this.#urgentWorkDone(), sleep(clock, patienceMs, over.signal)]), signal);
    over.abort();
  }

  #eventOf({ regarding, note, recordedWallMs }: Unsent): object {
    const { component, instance } = this.#options;
    const { kind, meta } = regarding;
    const { type, reason, message } = note;
    const { namespace, name, uid, resourceVersion } = meta;
    const time = toTime(recordedWallMs);
    return {
      apiVersion: 'v1',
      kind: 'Event',
      // client-go's form: the object's name, then something that no other event has.
      metadata: { name: `${name}.${randomBytes(8).toString('hex')}`, namespace },
      involvedObject: { apiVersion: 'v1', kind, namespace, name, uid, resourceVersion },
      type,
      reason,
      message: shorten(message),
      firstTimestamp: time,
      lastTimestamp: time,
      count: 1,
      source: { component, host: instance },
      reportingComponent: component,
      reportingInstance: instance,
    };
  }
}

const idOf = (uid: string, about: string): string => `${uid} ${about}`;

const shorten = (message: string): string =>
  message.length <= MAX_MESSAGE_CHARACTERS ? message : `${message.slice(0, MAX_MESSAGE_CHARACTERS - 1)}…`;
