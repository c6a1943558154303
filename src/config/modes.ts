/**
 * MetalLB's two BGP modes: a configuration passes if either of them takes it.
 *
 * Pure. The native mode knows no BFD, no keepalive-time and no IPv6 in `bgp` pools. The FRR mode makes one router of all
 * peers: one AS number, one router-id, and no address twice.
 *
 * Source: MetalLB v0.12 `internal/config/validate.go`.
 * @module
 */
import { isIPv6 } from '../values/address.js';
import type { Pool } from './config.js';
import type { Findings } from './findings.js';
import type { ConfigDraft } from './schema.js';

/** Where neither mode will do, the problems are those of FRR: what made it necessary was written on purpose. */
export function checkModes(draft: ConfigDraft, pools: readonly Pool[], findings: Findings): void {
  const because = needOfFrr(draft, pools);
  if (because !== undefined) holdToFrr(draft, `as ${because} needs MetalLB's FRR mode`, findings);
}

function needOfFrr(draft: ConfigDraft, pools: readonly Pool[]): string | undefined {
  const peers = draft.peers ?? [];
  if ((draft['bfd-profiles'] ?? []).length > 0) return 'bfd-profiles';
  if (peers.some((peer) => peer?.['bfd-profile'])) return 'bfd-profile';
  if (peers.some((peer) => peer?.['keepalive-time'])) return 'keepalive-time';
  const ipv6 = pools.some((pool) => pool.protocol === 'bgp' && pool.ranges.some(({ first }) => isIPv6(first)));
  return ipv6 ? 'an IPv6 range in a bgp pool' : undefined;
}

function holdToFrr(draft: ConfigDraft, because: string, findings: Findings): void {
  const [first, ...others] = draft.peers ?? [];
  const addresses = new Map([[first?.['peer-address'], 0]]);
  for (const [index, peer] of others.entries()) {
    const at = index + 1;
    for (const key of ['my-asn', 'router-id'] as const) {
      const same = first?.[key];
      if (same === undefined || peer?.[key] === undefined || peer[key] === same) continue;
      findings.add(['peers', at, key], `the ${key} of peers.0, ${because}`, peer[key]);
    }
    const address = peer?.['peer-address'];
    if (address === undefined) continue;
    const before = addresses.get(address);
    if (before === undefined) addresses.set(address, at);
    else findings.add(['peers', at, 'peer-address'], `another address than peers.${before}, ${because}`, address);
  }
}
