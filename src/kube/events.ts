/**
 * Kubernetes Events: what people see in `kubectl describe`.
 * @module
 */
import type { Meta } from '../values/objects.js';
import type { ApiClient } from './client.js';
import type { Clock } from './clock.js';
import type { Log } from './log.js';

/** What an event is about. */
export interface Regarding {
  readonly kind: 'Service' | 'ConfigMap' | 'Node';
  readonly meta: Pick<Meta, 'namespace' | 'name' | 'uid' | 'resourceVersion'>;
}

export interface Note {
  readonly type: 'Normal' | 'Warning';
  /** CamelCase. */
  readonly reason: string;
  readonly message: string;
  /** Which of the object's stories this continues (such as a condition's type); a note equal to the last one in it is not repeated. */
  readonly about: string;
}

export interface EventRecorderOptions {
  readonly client: ApiClient;
  readonly clock: Clock;
  readonly log: Log;
  /** Such as `cairn-controller`. */
  readonly component: string;
  /** Who of them: pod or host name. */
  readonly instance: string;
  /** Where events about cluster-scoped objects go. */
  readonly namespace: string;
}

export declare class EventRecorder {
  constructor(options: EventRecorderOptions);
  /** Never throws and never waits; events are sent in the background by `run`. */
  record(regarding: Regarding, note: Note): void;
  /** Sends until `signal` aborts; what is left then is dropped. */
  run(signal: AbortSignal): Promise<void>;
}
