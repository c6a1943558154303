/**
 * BGP peers, BFD profiles and the names of communities: the draft to values, and what they ask of each other.
 *
 * Pure. Validated, not announced yet. Source: MetalLB v0.12 `parsePeer`, `parseBFDProfile` and `Parse`; RFC 4271 §4.2
 * (hold time).
 * @module
 */
import { parseAddress } from '../values/address.js';
import { parseCommunity, WANT_COMMUNITY } from './advertisements.js';
import type { BfdProfile, Bgp, BgpCommunity, BgpPeer } from './config.js';
import { parseDurationMs } from './duration.js';
import type { Findings } from './findings.js';
import type { Path } from './problem.js';
import { type BfdProfileDraft, type ConfigDraft, isWhole, type PeerDraft } from './schema.js';
import { likenessOfSelectors, selectorsFrom } from './selectors.js';

/** RFC 4271 §4.2: zero or at least three seconds. */
const MIN_HOLD_TIME_MS = 3_000;
/** IANA "Service Name and Transport Protocol Port Number Registry": bgp. */
const BGP_PORT = 179;

export function bgpFrom(draft: ConfigDraft, findings: Findings): Bgp {
  const communities = communitiesFrom(draft, findings);
  const bfdProfiles = bfdProfilesFrom(draft['bfd-profiles'] ?? [], findings);
  const peers = peersFrom(draft, findings);
  return { peers, bfdProfiles, communities };
}

function communitiesFrom(draft: ConfigDraft, findings: Findings): ReadonlyMap<string, BgpCommunity> {
  const communities = new Map<string, BgpCommunity>();
  for (const [name, text] of Object.entries(draft['bgp-communities'] ?? {})) {
    const value = findings.read(text, ['bgp-communities', name], WANT_COMMUNITY, parseCommunity);
    if (value !== undefined) communities.set(name, value);
  }
  return communities;
}

function bfdProfilesFrom(
  drafts: readonly (BfdProfileDraft | undefined)[],
  findings: Findings,
): ReadonlyMap<string, BfdProfile> {
  const profiles = new Map<string, BfdProfile>();
  const paths = new Map<string, Path>();
  for (const [at, draft] of drafts.entries()) {
    if (draft?.name === undefined) continue;
    const path = ['bfd-profiles', at];
    const before = paths.get(draft.name);
    if (before !== undefined) {
      findings.add([...path, 'name'], `a name other than that of ${before.join('.')}`, draft.name);
    }
    paths.set(draft.name, before ?? path);
    if (!isWhole(draft, 'echo-mode', 'passive-mode')) continue;
    profiles.set(draft.name, {
      receiveIntervalMs: draft['receive-interval'],
      transmitIntervalMs: draft['transmit-interval'],
      detectMultiplier: draft['detect-multiplier'],
      echoIntervalMs: draft['echo-interval'],
      echoMode: draft['echo-mode'],
      passiveMode: draft['passive-mode'],
      minimumTtl: draft['minimum-ttl'],
    });
  }
  return profiles;
}

function peersFrom(draft: ConfigDraft, findings: Findings): readonly BgpPeer[] {
  // Also the name of a profile that has a problem of its own is one that exists.
  const profileNames = new Set((draft['bfd-profiles'] ?? []).map((profile) => profile?.name));
  const before = new Map<string, Path>();
  return (draft.peers ?? []).flatMap((item, at) => {
    const path = ['peers', at];
    if (item?.['bfd-profile'] && !profileNames.has(item['bfd-profile'])) {
      findings.add([...path, 'bfd-profile'], 'the name of one of bfd-profiles', item['bfd-profile']);
    }
    const peer = item && peerFrom(item, path, findings);
    if (peer === undefined) return [];
    const likeness = likenessOf(peer);
    const same = before.get(likeness);
    if (same !== undefined) findings.add(path, `a peer that differs from ${same.join('.')}`, item);
    before.set(likeness, same ?? path);
    return [peer];
  });
}

/** Equal for equal peers. The family is in it because JSON has no bigint. */
const likenessOf = (peer: BgpPeer): string =>
  JSON.stringify({ ...peer, nodeSelectors: likenessOfSelectors(peer.nodeSelectors) }, (_, value: unknown) =>
    typeof value === 'bigint' ? `${value} IPv6` : value,
  );

function peerFrom(draft: PeerDraft, path: Path, findings: Findings): BgpPeer | undefined {
  const { 'my-asn': myAsn, 'peer-asn': peerAsn } = draft;
  if (draft['ebgp-multihop'] && myAsn !== undefined && myAsn === peerAsn) {
    findings.add([...path, 'ebgp-multihop'], 'false for an iBGP peer, whose my-asn is its peer-asn', true);
  }
  const addressAt = (key: 'peer-address' | 'source-address' | 'router-id') =>
    findings.read(draft[key], [...path, key], 'an IP address', parseAddress);
  const peerAddress = addressAt('peer-address');
  const sourceAddress = draft['source-address'] ? addressAt('source-address') : undefined;
  const routerId = draft['router-id'] ? addressAt('router-id') : undefined;
  const timers = timersFrom(draft, path, findings);
  const nodeSelectors = selectorsFrom(draft['node-selectors'], [...path, 'node-selectors'], findings);
  if (peerAddress === undefined || timers === undefined) return undefined;
  if (!isWhole(draft, 'my-asn', 'peer-asn', 'password', 'ebgp-multihop')) return undefined;
  return {
    myAsn: draft['my-asn'],
    peerAsn: draft['peer-asn'],
    peerAddress,
    peerPort: draft['peer-port'] || BGP_PORT,
    sourceAddress,
    ...timers,
    routerId,
    nodeSelectors,
    password: draft.password,
    bfdProfile: draft['bfd-profile'] || undefined,
    ebgpMultihop: draft['ebgp-multihop'],
  };
}

type Timers = Pick<BgpPeer, 'holdTimeMs' | 'keepaliveTimeMs'>;

function timersFrom(draft: PeerDraft, path: Path, findings: Findings): Timers | undefined {
  const holdTimeMs = findings.read(
    draft['hold-time'] === '' ? '90s' : draft['hold-time'],
    [...path, 'hold-time'],
    'a duration of 0, or of 3s and longer',
    (text) => {
      const ms = parseSeconds(text);
      return ms === 0 || (ms !== undefined && ms >= MIN_HOLD_TIME_MS) ? ms : undefined;
    },
  );
  if (!draft['keepalive-time']) {
    return holdTimeMs === undefined ? undefined : { holdTimeMs, keepaliveTimeMs: wholeSeconds(holdTimeMs / 3) };
  }
  const keepaliveTimeMs = findings.read(
    draft['keepalive-time'],
    [...path, 'keepalive-time'],
    'a duration such as "30s", not longer than hold-time',
    (text) => {
      const ms = parseSeconds(text);
      return ms === undefined || (holdTimeMs !== undefined && ms > holdTimeMs) ? undefined : ms;
    },
  );
  return holdTimeMs === undefined || keepaliveTimeMs === undefined ? undefined : { holdTimeMs, keepaliveTimeMs };
}

function parseSeconds(text: string): number | undefined {
  const ms = parseDurationMs(text);
  return ms === undefined ? undefined : wholeSeconds(ms);
}

/** Rounded down, in milliseconds: BGP carries no others. */
const wholeSeconds = (ms: number): number => ms - (ms % 1_000);
