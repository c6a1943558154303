/**
 * Address pools: the draft to values, and what the pools may not have in common.
 *
 * Pure. Source: docs/design.md §4; MetalLB v0.12 `parseAddressPool`.
 * @module
 */
import { type Address, formatAddress, parseAddress } from '../values/address.js';
import { isDnsLabel, type PoolName, parsePoolName, parseServiceKey, type ServiceKey } from '../values/names.js';
import { formatRange, parseRange, type Range, withoutMapped } from '../values/range.js';
import { wantInstead } from './addresses.js';
import { advertisementsFrom } from './advertisements.js';
import type { BgpCommunity, Pool } from './config.js';
import { parseDurationMs } from './duration.js';
import type { Findings } from './findings.js';
import { isInterfacePattern, WANT_INTERFACE } from './interfaces.js';
import { findOverlaps, holderOf, type Placed } from './overlap.js';
import type { Path } from './problem.js';
import { isWhole, type PoolDraft } from './schema.js';
import { selectorsFrom } from './selectors.js';

const HOUR_MS = 3_600_000;
/** A week. Whoever wants to keep an address longer has `reserved`. */
const MAX_REUSE_DELAY_MS = 7 * 24 * HOUR_MS;

/** Where a range is written. */
type Place = { readonly path: Path; readonly text: string };

/** Those pools that could be read; whatever could not is among the findings. */
export function poolsFrom(
  drafts: readonly (PoolDraft | undefined)[],
  communities: ReadonlyMap<string, BgpCommunity>,
  findings: Findings,
): readonly Pool[] {
  const written: Placed<Place>[] = [];
  const names = new Map<PoolName, Path>();
  const pools = drafts.flatMap((draft, at) => {
    const path = ['address-pools', at];
    const ranges = rangesFrom(draft?.addresses ?? [], [...path, 'addresses'], findings);
    written.push(...ranges);
    const name = draft?.name === undefined ? undefined : parsePoolName(draft.name);
    if (name !== undefined) nameOnce(name, path, names, findings);
    return (draft && poolFrom(draft, name, ranges, path, communities, findings)) ?? [];
  });
  for (const { first, second } of findOverlaps(written)) {
    const want = `no address of ${first.place.path.join('.')} (${formatRange(first.range)})`;
    findings.add(second.place.path, want, second.place.text);
  }
  return pools;
}

function nameOnce(name: PoolName, path: Path, names: Map<PoolName, Path>, findings: Findings): void {
  const before = names.get(name);
  if (before === undefined) names.set(name, path);
  else findings.add([...path, 'name'], `a name other than that of ${before.join('.')}`, name);
}

function rangesFrom(texts: readonly (string | undefined)[], path: Path, findings: Findings): readonly Placed<Place>[] {
  return texts.flatMap((text, at) => {
    if (text === undefined) return [];
    const place = { path: [...path, at], text };
    const range = parseRange(text);
    if (range.ok) return withoutMapped(range.value).map((part) => ({ range: part, place }));
    findings.add(place.path, wantInstead(range.error, text), text);
    return [];
  });
}

function poolFrom(
  draft: PoolDraft,
  name: PoolName | undefined,
  placed: readonly Placed<Place>[],
  path: Path,
  communities: ReadonlyMap<string, BgpCommunity>,
  findings: Findings,
): Pool | undefined {
  const ranges = placed.map(({ range }) => range);
  const bgpAdvertisements = advertisementsFrom(draft, ranges, path, communities, findings);
  const reserved = reservedFrom(draft, ranges, path, findings);
  const reuseDelayMs = findings.read(draft['reuse-delay'], [...path, 'reuse-delay'], WANT_REUSE_DELAY, (text) => {
    const ms = parseDurationMs(text);
    return ms !== undefined && ms <= MAX_REUSE_DELAY_MS ? ms : undefined;
  });
  const namespaces = textsFrom(draft.namespaces, [...path, 'namespaces'], isDnsLabel, 'a namespace', findings);
  const interfaces = interfacesFrom(draft.interfaces, [...path, 'interfaces'], findings);
  const selectors = (key: 'namespace-selectors' | 'service-selectors' | 'node-selectors') =>
    selectorsFrom(draft[key], [...path, key], findings);
  const namespaceSelectors = selectors('namespace-selectors');
  const serviceSelectors = selectors('service-selectors');
  const nodeSelectors = selectors('node-selectors');
  if (name === undefined || reuseDelayMs === undefined) return undefined;
  if (!isWhole(draft, 'protocol', 'auto-assign', 'avoid-buggy-ips', 'retired', 'conflict-check')) return undefined;
  return {
    name,
    protocol: draft.protocol,
    ranges,
    autoAssign: draft['auto-assign'],
    avoidBuggyIps: draft['avoid-buggy-ips'],
    priority: draft.priority,
    namespaces,
    namespaceSelectors,
    serviceSelectors,
    nodeSelectors,
    interfaces,
    reserved,
    reuseDelayMs,
    retired: draft.retired,
    conflictCheck: draft['conflict-check'],
    bgpAdvertisements,
  };
}

const WANT_REUSE_DELAY = `a duration between "0s" and "${MAX_REUSE_DELAY_MS / HOUR_MS}h"`;

function reservedFrom(
  draft: PoolDraft,
  ranges: readonly Range[],
  path: Path,
  findings: Findings,
): ReadonlyMap<Address, ServiceKey> {
  const reserved = new Map<Address, ServiceKey>();
  // While a range cannot be read, nobody knows what lies outside.
  const rangesAreKnown = ranges.length === draft.addresses?.length;
  const holds = holderOf(ranges);
  for (const [key, text] of Object.entries(draft.reserved ?? {})) {
    const at = [...path, 'reserved', key];
    const address = parseAddress(key);
    const service = findings.read(text, at, 'a Service as "namespace/name"', parseServiceKey);
    if (address === undefined) findings.add(at, 'an IP address as the key', key);
    else if (rangesAreKnown && !holds(address)) {
      findings.add(at, 'an address of this pool as the key', key);
    } else if (reserved.has(address)) {
      findings.add(at, `${formatAddress(address)} to be reserved once`, key);
    } else if (service !== undefined) reserved.set(address, service);
  }
  return reserved;
}

export const interfacesFrom = (
  drafts: readonly (string | undefined)[] | undefined,
  path: Path,
  findings: Findings,
): readonly string[] => textsFrom(drafts, path, isInterfacePattern, WANT_INTERFACE, findings);

function textsFrom(
  drafts: readonly (string | undefined)[] | undefined,
  path: Path,
  isRight: (text: string) => boolean,
  want: string,
  findings: Findings,
): readonly string[] {
  return (drafts ?? []).flatMap((text, at) => {
    if (text !== undefined && !isRight(text)) findings.add([...path, at], want, text);
    return text ?? [];
  });
}
