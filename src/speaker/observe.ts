/**
 * What the control side is told of the wire: a view of the segments, made anew each time.
 *
 * Pure.
 * @module
 */
import type { Assignment } from './assign.js';
import type {
  ClaimReport,
  ConflictReport,
  Link,
  LinkIndex,
  LinkWarning,
  Observations,
  PeerReport,
} from './messages.js';
import type { Counters } from './outlet.js';
import type { Segment } from './segment.js';

export function observe(
  links: readonly Link[],
  segments: ReadonlyMap<LinkIndex, Segment>,
  assignment: Assignment | undefined,
  counters: Counters,
): Observations {
  const claims: ClaimReport[] = [];
  const peers: PeerReport[] = [];
  const conflicts: ConflictReport[] = [];
  const warnings: { link: LinkIndex; warning: LinkWarning }[] = [];
  for (const [link, segment] of segments) {
    for (const warning of warningsOf(segment)) warnings.push({ link, warning });
    for (const { node, mac, watch } of segment.members.peers) {
      peers.push({ node, link, mac, alive: watch.is === 'heard' });
    }
    for (const slot of segment.holdings.slots) {
      const { holding, duty } = slot;
      const { address } = duty;
      const stranger = segment.holdings.strangers.named(slot);
      if (stranger !== undefined) conflicts.push({ address, link, mac: stranger });
      if (holding.is !== 'probing' && holding.is !== 'owned' && holding.is !== 'offered') continue;
      claims.push({ address, link, term: holding.term, state: holding.is });
    }
  }
  return {
    links,
    claims,
    refusals: assignment?.refusals ?? new Map(),
    peers,
    conflicts,
    warnings,
    counters: counters.snapshot(),
  };
}

/** Each word once for a link, whatever the number of addresses it is about. */
function warningsOf(segment: Segment): ReadonlySet<LinkWarning> {
  const warnings = new Set<LinkWarning>();
  if (segment.isolated) warnings.add('Isolated');
  if (segment.rewritten) warnings.add('MacRewritten');
  for (const { held, duty } of segment.holdings.slots) {
    if (held && duty.offLink) warnings.add('OffLink');
    if (held && duty.standing === 'last-resort' && !duty.offLink) warnings.add('IneligibleOwner');
  }
  return warnings;
}
