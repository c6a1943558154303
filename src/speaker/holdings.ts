/**
 * All addresses that this node may hold on one link: decisions made true.
 *
 * Pure: it queues probes in the {@link Outlet}. Whether something is decided is `claim.ts`'s; telling peers is
 * `own-claims.ts`'s, and hosts `announcer.ts`'s; whether a question is answered is `answer.ts`'s; who else is there is
 * `members.ts`'s.
 *
 * Source: docs/protocol.md, rules 1 to 3; RFC 5227 §2.1.1 and §2.4.
 * @module
 */
import { probe } from '../arp/arp.js';
import type { Claim } from '../arp/claims.js';
import type { IPv4 } from '../values/ipv4.js';
import { BROADCAST, type Mac } from '../values/mac.js';
import type { NodeName } from '../values/names.js';
import { Announcer, type AnnouncingFacts } from './announcer.js';
import { startCadence } from './cadence.js';
import { type ClaimFacts, decide, type Holding, holdingWakeMs, holds, IDLE } from './claim.js';
import { outranks, rankOf } from './elect.js';
import type { Holder, Members } from './members.js';
import type { Outlet } from './outlet.js';
import type { OwnClaims } from './own-claims.js';
import { type Duty, Slot } from './slot.js';
import { Strangers } from './strangers.js';

/** A rival that does not hear us is told again, but not with every frame of its own. */
const ASSERT_EVERY_MS = 200;
/** After a peer's answer or probe: long enough to hear its claim, or to find its silence confirmed. */
const AVOID_PEER_MS = 300;
const AVOID_PEER_MAX_MS = 1_000;
/**
 * After a stranger's answer, doubled each time. RFC 5227 §2.1.1 has a host that looks for any address wait for 60 s in the
 * end; this one is wanted, and nobody answers for it from when the stranger is gone until it is asked for again.
 */
const AVOID_STRANGER_MS = 1_000;
const AVOID_STRANGER_MAX_MS = 5_000;

/** What the link's state means for every address on it. */
export type LinkFacts = Pick<ClaimFacts, 'mayClaim' | 'mayBegin' | 'alone' | 'takeOver'> &
  AnnouncingFacts & {
    /** Rule 10: the link has been listened to. Before that only what a peer was heard to hold is taken over. */
    readonly listened: boolean;
    /** Another link of this node is on the same segment and announces for both. */
    readonly standsAside: boolean;
  };

export class Holdings {
  readonly strangers: Strangers;
  readonly #slots = new Map<IPv4, Slot>();
  readonly #self: NodeName;
  readonly #members: Members;
  readonly #claims: OwnClaims;
  readonly #outlet: Outlet;
  readonly #announcer: Announcer;
  readonly #chance: () => number;
  readonly #onChange: () => void;
  #electors: ReadonlySet<NodeName> | undefined;
  #mayKey = '';

  constructor(
    self: NodeName,
    members: Members,
    claims: OwnClaims,
    outlet: Outlet,
    chance: () => number,
    onChange: () => void,
  ) {
    this.#self = self;
    this.#members = members;
    this.#claims = claims;
    this.#outlet = outlet;
    this.#announcer = new Announcer(this.#slots, outlet, chance);
    this.strangers = new Strangers(this.#slots, members, onChange);
    this.#chance = chance;
    this.#onChange = onChange;
  }

  get slots(): IterableIterator<Slot> {
    return this.#slots.values();
  }

  slotOf(address: IPv4): Slot | undefined {
    return this.#slots.get(address);
  }

  isHeld = (address: IPv4): boolean => this.#slots.get(address)?.held === true;

  /** Replaces what is wanted here. What is no longer wanted is released at once. */
  setDuties(duties: ReadonlyMap<IPv4, Duty>): void {
    for (const [address, slot] of this.#slots) {
      if (duties.has(address)) continue;
      this.#become(slot, IDLE, 0);
      this.#slots.delete(address);
    }
    for (const [address, duty] of duties) {
      const slot = this.#slots.get(address);
      if (slot === undefined) this.#slots.set(address, this.#newSlot(duty));
      else this.#setDuty(slot, duty);
    }
  }

  #newSlot(duty: Duty): Slot {
    const slot = new Slot(duty);
    for (const { table } of this.#members.peers) slot.noteTerm(table.get(duty.address)?.term ?? 0);
    return slot;
  }

  #setDuty(slot: Slot, duty: Duty): void {
    const before = slot.duty;
    slot.duty = duty;
    if (before.standing !== duty.standing) slot.wakeMs = Number.NEGATIVE_INFINITY;
    if (before.services !== duty.services) this.#say(slot);
  }

  /** Peers said this: terms are kept, and what it touches is decided anew. */
  claimsHeard(claims: readonly Claim[], wholeTable: boolean): void {
    for (const claim of claims) {
      const slot = this.#slots.get(claim.address as IPv4);
      if (slot === undefined) continue;
      slot.noteTerm(claim.term);
      slot.wakeMs = Number.NEGATIVE_INFINITY;
      if (claim.state === 'probing') slot.probedTerm = claim.term;
      if (claim.state === 'owned' && claim.term === slot.probedTerm) this.strangers.forget(slot);
      // Rule 3: at `released` the winner announces once more, over what the loser may have announced before.
      if (claim.state === 'released' && slot.held) slot.assertedMs = Number.NEGATIVE_INFINITY;
    }
    if (wholeTable) this.decideAllAnew();
  }

  /** Nothing is wanted here. */
  get isEmpty(): boolean {
    return this.#slots.size === 0;
  }

  /** There is an address here that nothing refuses this node. */
  get isCandidate(): boolean {
    for (const { duty } of this.#slots.values()) if (duty.standing === 'eligible') return true;
    return false;
  }

  decideAllAnew(): void {
    for (const slot of this.#slots.values()) slot.wakeMs = Number.NEGATIVE_INFINITY;
  }

  /** Everything that is due; what came of it is left with our claims, to be told. */
  advance(facts: LinkFacts, nowMs: number): void {
    const mayKey = `${facts.listened} ${facts.mayClaim} ${facts.mayBegin} ${facts.alone} ${facts.standsAside}`;
    const electors = this.#members.electors;
    if (electors !== this.#electors || mayKey !== this.#mayKey) this.decideAllAnew();
    this.#electors = electors;
    this.#mayKey = mayKey;
    for (const slot of this.#slots.values()) if (slot.wakeMs <= nowMs) this.#decide(slot, facts, nowMs);
    this.#announcer.advance(facts, nowMs);
    this.strangers.advance(facts.listened, nowMs);
  }

  #decide(slot: Slot, link: LinkFacts, nowMs: number): void {
    const facts = this.#factsOf(slot, link);
    // Twice at most: what follows at once from the first step, such as to begin anew, is decided with the same facts.
    let next = decide(slot.holding, facts, nowMs);
    if (next !== slot.holding) next = decide(next, facts, nowMs);
    this.#become(slot, next, nowMs);
    this.#sendProbe(slot, link, nowMs);
    const wakeMs = holdingWakeMs(slot.holding, facts, nowMs);
    // What is overdue and was not done is held back by the facts, and decided anew when they change.
    slot.wakeMs = wakeMs > nowMs ? wakeMs : Number.POSITIVE_INFINITY;
    if (slot.held && facts.holder !== undefined && facts.holder.state !== 'probing') {
      this.#assert(slot, nowMs);
      slot.wakeMs = slot.assertedMs + ASSERT_EVERY_MS;
    }
  }

  #factsOf(slot: Slot, link: LinkFacts): ClaimFacts {
    const { address } = slot.duty;
    const holder = this.#members.holderOf(address);
    return {
      ...link,
      self: this.#self,
      address,
      standing: link.standsAside ? 'barred' : slot.duty.standing,
      holder,
      highestTerm: slot.highestTerm,
      rank: this.#rankFor(slot, link, holder),
      mayClaim: link.mayClaim && (link.listened || this.#members.wasHeld(address)),
    };
  }

  /** Who still listens says `aside`, so that nobody waits for it: it comes after all that do not. */
  #rankFor({ duty: { standing, address } }: Slot, { listened }: LinkFacts, holder: Holder | undefined): number {
    const { electors, electorsOfLastResort } = this.#members;
    const others = standing === 'eligible' ? electors : electorsOfLastResort;
    const isBefore = (node: NodeName) => !listened || outranks(node, this.#self, address);
    const rank = listened ? rankOf(this.#self, others, address) : others.size;
    const giver = holder?.state === 'offered' ? holder.peer.node : undefined;
    return giver !== undefined && electors.has(giver) && isBefore(giver) ? rank - 1 : rank;
  }

  #become(slot: Slot, next: Holding, nowMs: number): void {
    const before = slot.holding;
    if (before === next) return;
    const wasHeld = slot.held;
    slot.holding = next;
    if (holds(next)) {
      slot.noteTerm(next.term);
      if (!wasHeld) {
        slot.cadence = startCadence(nowMs);
        slot.conflicts = 0;
        slot.stranger = undefined;
      }
    } else {
      slot.cadence = undefined;
    }
    if (before.is === 'probing' || holds(before) || next.is === 'probing' || holds(next)) this.#say(slot, before);
    if (before.is !== next.is) this.#onChange();
  }

  #say(slot: Slot, before: Holding = slot.holding): void {
    const { address, services } = slot.duty;
    const term = before.is === 'probing' || holds(before) ? before.term : slot.highestTerm;
    this.#claims.set(slot.claim() ?? { address, term, state: 'released', services });
  }

  #sendProbe(slot: Slot, { notAfterMs }: LinkFacts, nowMs: number): void {
    const { holding } = slot;
    if (holding.is !== 'probing' || holding.sent >= holding.probes || nowMs < holding.nextProbeMs) return;
    this.#outlet.arp(probe(this.#outlet.self, slot.duty.address), BROADCAST, notAfterMs);
    slot.holding = { ...holding, sent: holding.sent + 1, nextProbeMs: nowMs + holding.gapMs };
  }

  #assert(slot: Slot, nowMs: number): void {
    if (nowMs - slot.assertedMs < ASSERT_EVERY_MS) return;
    slot.assertedMs = nowMs;
    slot.cadence = startCadence(nowMs);
    this.#say(slot);
  }

  /** Another speaker answers for the address, or probes for it, and outranks us: see who it is before anything else. */
  yieldTo(slot: Slot, nowMs: number): void {
    const waitMs = Math.min(AVOID_PEER_MS * 2 ** slot.conflicts, AVOID_PEER_MAX_MS);
    this.#avoid(slot, waitMs, nowMs);
  }

  /** A host that is no speaker of ours uses the address. What is held stays held; what is probed for is not claimed. */
  strangerSeen(slot: Slot, mac: Mac, nowMs: number): void {
    this.strangers.seen(slot, mac, nowMs);
    if (slot.holding.is !== 'probing') return;
    this.#avoid(slot, Math.min(AVOID_STRANGER_MS * 2 ** slot.conflicts, AVOID_STRANGER_MAX_MS), nowMs);
  }

  #avoid(slot: Slot, waitMs: number, nowMs: number): void {
    slot.conflicts += 1;
    // Two that gave way to each other must not come back together.
    this.#become(slot, { is: 'avoiding', untilMs: nowMs + waitMs * (1 + this.#chance() / 2) }, nowMs);
    slot.wakeMs = Number.NEGATIVE_INFINITY;
  }

  /** Says again that a held address is ours, to peers and hosts. */
  assert(slot: Slot, nowMs: number): void {
    if (slot.held) this.#assert(slot, nowMs);
  }

  nextWakeMs(): number {
    let nextMs = this.#announcer.nextWakeMs;
    for (const { wakeMs } of this.#slots.values()) nextMs = Math.min(nextMs, wakeMs);
    return nextMs;
  }
}
