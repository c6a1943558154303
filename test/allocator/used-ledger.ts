/**
 * Ledgers for tests of what was used and freed: by whom, and in which order it is given again.
 * @module
 */
import { Ledger } from '../../src/allocator/ledger.js';
import { Pools } from '../../src/allocator/pools.js';
import { formatAddress } from '../../src/values/address.js';
import { serviceKey } from '../../src/values/names.js';
import { config } from '../support/config.js';
import { address } from '../support/values.js';

export const NOW_MS = 1_000_000;
export const A = serviceKey('shop', 'a');
export const B = serviceKey('shop', 'b');

export const poolsOf = (rest: string) =>
  new Pools(config(`address-pools: [{name: p, protocol: layer2, ${rest}}]`).pools);
export const SMALL = poolsOf('addresses: [192.0.2.1-192.0.2.3]');

/** Gives out addresses for `B` until there is none, and says in which order. */
export function emptied(ledger: Ledger, pools: Pools, nowMs = NOW_MS): readonly string[] {
  const order: string[] = [];
  for (const each of pools.all) {
    for (let free = ledger.nextFree(each, 'IPv4', B, { nowMs }); free.kind !== 'none'; ) {
      if (free.kind === 'resting') return [...order, `resting until ${free.untilMs}`];
      order.push(formatAddress(free.address));
      ledger.take(free.address, B);
      free = ledger.nextFree(each, 'IPv4', B, { nowMs });
    }
  }
  return order;
}

/** Taken and given back by `A`, one after another. */
export function used(pools: Pools, ...ips: readonly string[]): Ledger {
  const ledger = new Ledger(pools);
  for (const ip of ips) ledger.take(address(ip), A);
  for (const [at, ip] of ips.entries()) ledger.giveBack(address(ip), A, NOW_MS - 1_000 + at);
  return ledger;
}
