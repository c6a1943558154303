/**
 * What a person may choose about a playground.
 * @module
 */

export const FORWARDING_MODES = ['kube-proxy', 'nftables'] as const;
export type ForwardingMode = (typeof FORWARDING_MODES)[number];

/** Keys 1 to 9 choose a node. Fewer than two leave nobody to take an address over. */
export const NODE_COUNT = { min: 2, max: 9 } as const;

export interface PlaygroundOptions {
  /** Tell the whole story once, and end. */
  readonly once: boolean;
  /** A shell on the client, and the end with it. */
  readonly shell: boolean;
  /** The real control plane instead of the embedded API server. */
  readonly kubernetes: boolean;
  readonly nodes: number;
  /** Undefined: kube-proxy where Kubernetes' programs are at hand, else Cairn's own. */
  readonly forwarding: ForwardingMode | undefined;
}

/** What the program inside is told, as JSON on its command line. */
export interface StageOptions extends Omit<PlaygroundOptions, 'forwarding'> {
  readonly forwarding: ForwardingMode;
  /** Folder with Kubernetes' programs; undefined: there are none, and none is needed. */
  readonly assets: string | undefined;
}
