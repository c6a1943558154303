/**
 * The Services whose writes the API server refuses for a reason that their users can read and act on: an admission webhook or
 * policy, annotations that leave no room, a right that is missing. Or it takes them, and a webhook makes something else of
 * them. The Service itself cannot say so, as just that does not get through; an event can.
 *
 * A refused write is tried again for ever, and told once: anew only where the API server says something else, and after a
 * write passed. Its message may have a part that is another one each time, such as a port or a time: each Service has a
 * bounded number of these events an hour. Nothing is told of an API server that is away, busy or overtaken by somebody else's
 * write, as that passes by itself.
 *
 * Remembered are the Services that were refused last, until one is written, has nothing to be written any more, or is gone.
 *
 * Source: docs/conditions.md.
 * @module
 */
import type { ApiError } from '../kube/client.js';
import type { Clock } from '../kube/clock.js';
import type { EventRecorder } from '../kube/events.js';
import { Pace } from '../kube/pace.js';
import type { Service } from '../values/objects.js';
import { changed, refused, STATUS_REFUSED } from './service-notes.js';
import { ChangedWriteError } from './untold-writes.js';

export interface RefusedWritesOptions {
  readonly clock: Clock;
  readonly events: Pick<EventRecorder, 'record' | 'endStory'>;
}

interface Story {
  /** When it was refused first. */
  readonly sinceMs: number;
  /** The newest event's message. */
  readonly told: string | undefined;
}

/** Who mends what is refused and meets the next refusal hears of it at once; what is never the same twice is told ever so often. */
const EVENTS_OF_ONE_SERVICE = { burst: 3, refillMs: 600_000 };
/** A webhook that starts anew is there again by then. */
const PASSES_WITHIN_MS = 5_000;
/** About who asks, what became of the Service meanwhile, and the load: not about what was to be written. */
const NO_VERDICTS: ReadonlySet<number> = new Set([401, 404, 409, 429]);

export class RefusedWrites {
  readonly #options: RefusedWritesOptions;
  /** By uid: a Service that was deleted and created anew is another one. */
  readonly #stories = new Map<string, Story>();
  readonly #pace = new Pace<string>(EVENTS_OF_ONE_SERVICE);

  constructor(options: RefusedWritesOptions) {
    this.#options = options;
  }

  /** A write into it failed with this, which is told where its user is to hear of it. */
  add(service: Service, error: ApiError | ChangedWriteError): void {
    const isUncalled = isWebhookUncalled(error);
    if (!isVerdict(error) && !isUncalled) return;
    const { clock, events } = this.#options;
    const { uid } = service.meta;
    const nowMs = clock.monotonicMs();
    const story = this.#stories.get(uid) ?? { sinceMs: nowMs, told: undefined };
    this.#stories.set(uid, story);
    if (isUncalled && nowMs - story.sinceMs < PASSES_WITHIN_MS) return;
    const note = error instanceof ChangedWriteError ? changed(error.message) : refused(error.message);
    if (note.message === story.told || this.#pace.take(uid, nowMs) > 0) return;
    this.#stories.set(uid, { ...story, told: note.message });
    events.record({ kind: 'Service', meta: service.meta }, note);
  }

  /** It is refused no more: written whole, as it is to be by itself, or gone. */
  end({ meta }: Service): void {
    if (this.#stories.delete(meta.uid)) this.#options.events.endStory({ kind: 'Service', meta }, STATUS_REFUSED);
  }
}

/** The API server, or what it asks, judged what was to be written. */
const isVerdict = (error: ApiError | ChangedWriteError): boolean =>
  error instanceof ChangedWriteError || (error.status >= 400 && error.status < 500 && !NO_VERDICTS.has(error.status));

/** `failed calling webhook`. What the API server's storage fails with has no reason, or says that it passes (`ServerTimeout`). */
const isWebhookUncalled = (error: ApiError | ChangedWriteError): boolean =>
  !(error instanceof ChangedWriteError) && error.status === 500 && error.reason === 'InternalError';
