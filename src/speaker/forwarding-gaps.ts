/**
 * What a Service asks of its traffic that `forwarding.mode: nftables` does not do yet, said in its condition.
 *
 * Pure. A part that begins to work is taken out of here in the same change.
 * @module
 */
import type { Service } from '../values/objects.js';
import type { Announcement } from './announced.js';

/** A phrase for each; empty for most Services. */
function gapsOf({ sessionAffinity, loadBalancerSourceRanges }: Service): readonly string[] {
  return [
    ...(loadBalancerSourceRanges.length > 0
      ? ['spec.loadBalancerSourceRanges has no effect, so every client is let in']
      : []),
    ...(sessionAffinity === 'ClientIP'
      ? ['spec.sessionAffinity ClientIP has no effect, so each connection may reach another pod']
      : []),
  ];
}

/** The announcement of a Service that Cairn itself forwards for. What is worse than a gap keeps its own reason. */
export function withGaps(announcement: Announcement | undefined, service: Service): Announcement | undefined {
  const gaps = gapsOf(service);
  if (announcement === undefined || gaps.length === 0) return announcement;
  const isWell = announcement.reason === 'Announced' || announcement.reason === 'NodeAddress';
  return {
    ...announcement,
    reason: isWell ? 'ForwardingIncomplete' : announcement.reason,
    message: `${announcement.message}; with forwarding.mode nftables ${gaps.join(', and ')}`,
  };
}
