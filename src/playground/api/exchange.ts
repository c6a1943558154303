/**
 * One request and its answer, apart from the bytes.
 * @module
 */
import type { Wanted } from './negotiate.js';
import type { JsonObject } from './object.js';
import type { ResourceRoute, Verb } from './routes.js';
import type { Status } from './status.js';
import type { WatchSink, WatchStream } from './watch-stream.js';

export interface ApiRequest {
  readonly method: string;
  readonly query: URLSearchParams;
  readonly wanted: Wanted;
  /** Whether `wanted` is what the client asked for; else it is JSON all the same. */
  readonly acceptable: boolean;
  readonly accept: string | undefined;
  readonly contentType: string | undefined;
  readonly userAgent: string | undefined;
  /** Empty where none came. */
  readonly body: string;
}

/** A request for a resource, an object or a subresource. */
export interface ResourceRequest extends ApiRequest {
  readonly route: ResourceRoute;
  readonly verb: Verb;
}

export type Answer = WholeAnswer | WatchAnswer;

export type WholeAnswer =
  | {
      readonly kind: 'json';
      readonly code: number;
      readonly body: JsonObject | Status;
      /** Each becomes a `Warning:` header. */
      readonly warnings?: readonly string[];
      readonly contentType?: string;
    }
  | { readonly kind: 'text'; readonly code: number; readonly text: string }
  | { readonly kind: 'bytes'; readonly bytes: Uint8Array; readonly contentType: string };

export interface WatchAnswer {
  readonly kind: 'watch';
  readonly timeoutMs: number;
  /** Makes the stream; `start` sends its first events. */
  open(sink: WatchSink): { readonly stream: WatchStream; start(): void };
}

export const refused = (status: Status): WholeAnswer => ({ kind: 'json', code: status.code ?? 500, body: status });
