/**
 * How a `bgp` pool is advertised: aggregation, communities and what goes with them.
 *
 * Pure. Validated, not announced yet. Source: MetalLB v0.12 `parseBGPAdvertisements`, RFC 1997 (communities).
 * @module
 */
import { bitsOf, type Family } from '../values/address.js';
import { familyOfRange, formatRange, type Range } from '../values/range.js';
import type { BgpAdvertisement, BgpCommunity } from './config.js';
import type { Findings } from './findings.js';
import type { Path } from './problem.js';
import type { BgpAdvertisementDraft, PoolDraft } from './schema.js';

const AS_IS: BgpAdvertisement = {
  aggregationLength: 32,
  aggregationLengthV6: 128,
  localPref: 0,
  communities: new Set(),
};

export const WANT_COMMUNITY = 'two numbers from 0 to 65535 as "number:number"';

/** A `bgp` pool without any is advertised as it is; a `layer2` pool has none. */
export function advertisementsFrom(
  draft: PoolDraft,
  ranges: readonly Range[],
  poolPath: Path,
  communities: ReadonlyMap<string, BgpCommunity>,
  findings: Findings,
): readonly BgpAdvertisement[] {
  const drafts = draft['bgp-advertisements'] ?? [];
  const path = [...poolPath, 'bgp-advertisements'];
  if (draft.protocol === 'layer2' && drafts.length > 0) {
    findings.add(path, 'no bgp-advertisements in a layer2 pool', drafts);
  }
  if (draft.protocol === 'bgp' && drafts.length === 0) return [AS_IS];
  eachOnce(drafts, path, findings);
  const strictest = drafts.length > 0 ? strictestOf(ranges) : [];
  return drafts.flatMap((item, at) =>
    item === undefined ? [] : [advertisementFrom(item, strictest, [...path, at], communities, findings)],
  );
}

/** The range of a family that lets an aggregation length be shortened least, and how far. */
interface Strictest {
  readonly family: Family;
  readonly range: Range;
  readonly prefix: number;
}

function strictestOf(ranges: readonly Range[]): readonly Strictest[] {
  const byFamily = new Map<Family, Strictest>();
  for (const range of ranges) {
    const family = familyOfRange(range);
    const prefix = shortestPrefixIn(range);
    const before = byFamily.get(family);
    if (before === undefined || prefix > before.prefix) byFamily.set(family, { family, range, prefix });
  }
  return [...byFamily.values()];
}

/** Compares what was written: MetalLB takes an advertisement that leaves a key out for another than one with its default. */
function eachOnce(drafts: readonly (BgpAdvertisementDraft | undefined)[], path: Path, findings: Findings): void {
  const before = new Map<string, number>();
  for (const [at, draft] of drafts.entries()) {
    const likeness = JSON.stringify(Object.entries(draft ?? {}).sort());
    const same = before.get(likeness);
    if (draft === undefined || same === undefined) before.set(likeness, at);
    else findings.add([...path, at], `an advertisement that differs from ${[...path, same].join('.')}`, draft);
  }
}

function advertisementFrom(
  draft: BgpAdvertisementDraft,
  strictest: readonly Strictest[],
  path: Path,
  communities: ReadonlyMap<string, BgpCommunity>,
  findings: Findings,
): BgpAdvertisement {
  const lengthOf = { IPv4: draft['aggregation-length'], IPv6: draft['aggregation-length-v6'] };
  for (const { family, range, prefix } of strictest) {
    const length = lengthOf[family];
    if (length === undefined || length >= prefix) continue;
    const key = family === 'IPv4' ? 'aggregation-length' : 'aggregation-length-v6';
    const want = `at least ${prefix}, the shortest prefix that fits into ${formatRange(range)}`;
    findings.add([...path, key], want, length);
  }
  return {
    aggregationLength: lengthOf.IPv4 ?? AS_IS.aggregationLength,
    aggregationLengthV6: lengthOf.IPv6 ?? AS_IS.aggregationLengthV6,
    localPref: draft.localpref ?? AS_IS.localPref,
    communities: communitiesFrom(draft, [...path, 'communities'], communities, findings),
  };
}

function communitiesFrom(
  draft: BgpAdvertisementDraft,
  path: Path,
  names: ReadonlyMap<string, BgpCommunity>,
  findings: Findings,
): ReadonlySet<BgpCommunity> {
  const seen = new Set<string>();
  const values = (draft.communities ?? []).flatMap((text, at) => {
    if (text !== undefined && seen.has(text)) findings.add([...path, at], 'each community once', text);
    if (text !== undefined) seen.add(text);
    const want = `a name from bgp-communities, or ${WANT_COMMUNITY}`;
    return findings.read(text, [...path, at], want, (name) => names.get(name) ?? parseCommunity(name)) ?? [];
  });
  return new Set(values);
}

/** Reads `number:number`. Leading zeros are allowed, signs are not: Go's `ParseUint`. */
export function parseCommunity(text: string): BgpCommunity | undefined {
  const [, high, low] = /^([0-9]{1,20}):([0-9]{1,20})$/.exec(text) ?? [];
  if (high === undefined || low === undefined || Number(high) > 0xffff || Number(low) > 0xffff) return undefined;
  return Number(high) * 0x1_0000 + Number(low);
}

/**
 * The length of the largest aligned block in a range: MetalLB cuts a range into such blocks, and compares the largest
 * alone with the aggregation length, so that the odd ends of a range do not matter.
 */
export function shortestPrefixIn(range: Range): number {
  const bits = bitsOf(familyOfRange(range));
  const first = BigInt(range.first);
  const end = BigInt(range.last) + 1n;
  for (let length = 0; length < bits; length++) {
    const block = 1n << BigInt(bits - length);
    const aligned = ((first + block - 1n) / block) * block;
    if (aligned + block <= end) return length;
  }
  return bits;
}
