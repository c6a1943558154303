/**
 * The picture as data: all that is shown, each part from whoever knows it. `view.ts` turns it into lines.
 *
 * Pure, and plain JSON, so that a captured one can be kept (test/vectors/playground.json).
 * @module
 */
import type { Prompt } from './keys.js';
import type { Traffic } from './traffic.js';

export interface Picture {
  /** `embedded API server`, or `Kubernetes v1.36.3`. */
  readonly api: string;
  readonly forwarding: string;
  readonly upMs: number;
  readonly apiAnswers: boolean;
  readonly pools: readonly PoolPart[];
  readonly services: readonly ServicePart[];
  readonly nodes: readonly NodePart[];
  /** Newest last. */
  readonly requests: readonly RequestPart[];
  /** Newest last. */
  readonly happenings: readonly Happening[];
  readonly prompt: Prompt;
}

export interface PoolPart {
  readonly name: string;
  readonly ranges: string;
  readonly used: number;
  readonly size: number;
  readonly autoAssign: boolean;
}

export interface ServicePart {
  /** `namespace/name`. */
  readonly key: string;
  readonly address: string | undefined;
  /** Why there is none, as the condition says. */
  readonly reason: string | undefined;
  readonly ports: string;
  /** The node that the Service's annotation names. */
  readonly announcedBy: string | undefined;
  /** Who answers ARP on the client's link: hosts of the network by name. Undefined before anything is known. */
  readonly arp: readonly string[] | undefined;
  /** A host that is no node was told to answer for it. */
  readonly contested: boolean;
  readonly traffic: Traffic | undefined;
}

export interface NodePart {
  readonly name: string;
  readonly address: string;
  /** As the switch's own port says. */
  readonly cable: 'plugged in' | 'cut';
  /** The process. */
  readonly speaker: 'runs' | 'dead';
  /** The Node's condition. */
  readonly ready: boolean;
  readonly pods: number;
  /** Addresses that ARP says it answers for. */
  readonly answersFor: readonly string[];
}

export interface RequestPart {
  /** `12:34:56.789`, by this machine's clock. */
  readonly at: string;
  readonly key: string;
  readonly outcome:
    | { readonly kind: 'answer'; readonly by: string; readonly tookMs: number }
    | { readonly kind: 'no-answer'; readonly why: string };
}

export interface Happening {
  /** `12:34:56`. */
  readonly at: string;
  readonly tone: 'key' | 'normal' | 'warning';
  /** What it is about: `key c`, or an event's `Service default/web`. */
  readonly about: string;
  readonly text: string;
}
