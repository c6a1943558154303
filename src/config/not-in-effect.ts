/**
 * What a configuration asks for and this version does not do: accepted, as it means no harm, and said.
 *
 * Pure. A key that begins to work is taken out of this list in the same change.
 * @module
 */
import type { Config } from './config.js';

/** One phrase for each, such as `forwarding.mode: nftables`; empty where everything is in effect. */
export function notInEffect({ announcements, pools }: Config): readonly string[] {
  const ofBgp = pools.filter(({ protocol }) => protocol === 'bgp');
  const unchecked = pools.filter(({ conflictCheck }) => !conflictCheck);
  return [
    ...(announcements.ping ? ['announcements.ping (nobody answers ICMP echo for an address)'] : []),
    ...(announcements.uplinkCheck ? ['announcements.uplink-check (the gateway is not asked)'] : []),
    ...ofBgp.map(({ name }) => `protocol: bgp of pool "${name}" (nobody announces its addresses)`),
    ...unchecked.map(({ name }) => `conflict-check: false of pool "${name}" (every address is probed for)`),
  ];
}
