/**
 * Who this speaker is on the wire, and with which key it signs.
 *
 * Pure: the epoch is drawn by the caller's randomness.
 *
 * Source: docs/protocol.md ("Words and frames").
 * @module
 */
import { MAX_KEY_IDS } from '../arp/beat.js';
import {
  type ClusterTag,
  clusterTag,
  EPOCH_BYTES,
  type Epoch,
  type Key,
  type KeyId,
  toEpoch,
  toKey,
} from '../arp/envelope.js';
import type { NodeName } from '../values/names.js';

export interface IdentityOptions {
  readonly node: NodeName;
  readonly clusterId: string;
  /** The newest last. */
  readonly secretKeys: readonly Uint8Array[];
  readonly randomBytes: (length: number) => Uint8Array;
}

export class Identity {
  readonly node: NodeName;
  readonly epoch: Epoch;
  readonly cluster: ClusterTag;
  /** All of these verify. */
  readonly keys: ReadonlyMap<number, Key>;
  /** The newest first, as many as a beat has room for. */
  readonly keyIds: readonly KeyId[];

  constructor(options: IdentityOptions) {
    const keys = options.secretKeys.map(toKey).reverse();
    this.node = options.node;
    this.epoch = toEpoch(options.randomBytes(EPOCH_BYTES));
    this.cluster = clusterTag(options.clusterId);
    this.keys = new Map(keys.map((key) => [key.id, key]));
    this.keyIds = keys.slice(0, MAX_KEY_IDS).map(({ id }) => id);
  }

  /** The newest key that all of these peers know; the newest of all where none is common to them. */
  signingKey(peersKeyIds: readonly (readonly KeyId[])[]): Key | undefined {
    const common = this.keyIds.find((id) => peersKeyIds.every((ids) => ids.includes(id)));
    return this.keys.get(common ?? this.keyIds[0] ?? 0);
  }
}
