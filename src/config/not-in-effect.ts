/**
 * What a configuration asks for and this version does not do: accepted, as it means no harm, and said.
 *
 * Pure. A key that begins to work is taken out of this list in the same change. What a Service's condition says for
 * itself, such as that nobody announces a `bgp` pool, is not repeated here.
 * @module
 */
import type { Config } from './config.js';

/** One phrase for each, such as `forwarding.mode: nftables`; empty where everything is in effect. */
export function notInEffect({ announcements, pools }: Config): readonly string[] {
  const unchecked = pools.filter(({ conflictCheck }) => !conflictCheck);
  return [
    ...(announcements.ping ? ['announcements.ping (nobody answers ICMP echo for an address)'] : []),
    ...(announcements.uplinkCheck ? ['announcements.uplink-check (the gateway is not asked)'] : []),
    ...unchecked.map(({ name }) => `conflict-check: false of pool "${name}" (every address is probed for)`),
  ];
}
