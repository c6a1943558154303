/**
 * The text of a configuration to values: {@link parseConfig}.
 *
 * Pure; never throws, whatever the text, and never takes time in the size of a pool. Every problem is reported at once,
 * each with its path and its line.
 *
 * Source: docs/design.md §4.
 * @module
 */
import { err, ok, type Result } from '../values/result.js';
import { bgpFrom } from './bgp.js';
import type { Announcements, Config } from './config.js';
import { decode } from './decode.js';
import { readDocuments, type YamlDocument } from './document.js';
import { parseDurationMs } from './duration.js';
import { Findings } from './findings.js';
import { checkModes } from './modes.js';
import { interfacesFrom, poolsFrom } from './pools.js';
import { inOrder, type Problem } from './problem.js';
import { type AnnouncementsDraft, type ConfigDraft, configSchema, isWhole } from './schema.js';
import { shape } from './shape.js';

/** Kubernetes `MaxSecretSize`, which is also what a ConfigMap may hold. */
const MAX_TEXT_BYTES = 1_048_576;

/** RFC 5227 §1.1, ANNOUNCE_INTERVAL is 2 s: what repeats for ever has no need to be twice as fast. */
const MIN_INTERVAL_MS = 1_000;
const MAX_INTERVAL_MS = 24 * 3_600_000;

/**
 * An empty text is a configuration without pools, as in MetalLB. Of several YAML documents the first one counts and the
 * others are not read, as in MetalLB.
 */
export function parseConfig(text: string): Result<Config, readonly Problem[]> {
  // A character is at most three bytes of UTF-8 per UTF-16 unit: counting is only needed near the limit.
  if (text.length > MAX_TEXT_BYTES || (text.length * 3 > MAX_TEXT_BYTES && bytesOf(text) > MAX_TEXT_BYTES)) {
    return err([{ path: [], line: 1, want: `at most ${MAX_TEXT_BYTES} bytes`, got: bytesOf(text) }]);
  }
  const [document = NOTHING] = readDocuments(text);
  if (document.problems.length > 0) return err(document.problems);
  const decoded = decode(document, configSchema);
  if (!decoded.complete) return err(inOrder(decoded.problems));
  const { draft, problems } = shape(decoded);
  return configFrom(draft, new Findings(decoded.lineOf), [...decoded.problems, ...problems]);
}

const NOTHING: YamlDocument = { root: null, targets: new Map(), lineAt: () => 1, problems: [] };

const bytesOf = (text: string): number => new TextEncoder().encode(text).length;

function configFrom(
  draft: ConfigDraft,
  findings: Findings,
  earlier: readonly Problem[],
): Result<Config, readonly Problem[]> {
  const bgp = bgpFrom(draft, findings);
  const pools = poolsFrom(draft['address-pools'] ?? [], bgp.communities, findings);
  checkModes(draft, pools, findings);
  const announcements = announcementsFrom(draft.announcements ?? {}, findings);
  const mode = draft.forwarding?.mode;
  const problems = [...earlier, ...findings.problems];
  if (problems.length > 0 || announcements === undefined || mode === undefined) return err(inOrder(problems));
  return ok({ pools, announcements, forwarding: { mode }, bgp });
}

function announcementsFrom(draft: AnnouncementsDraft, findings: Findings): Announcements | undefined {
  const path = ['announcements'];
  const want = 'a duration between "1s" and "24h"';
  const intervalMs = findings.read(draft.interval, [...path, 'interval'], want, (text) => {
    const ms = parseDurationMs(text);
    return ms !== undefined && ms >= MIN_INTERVAL_MS && ms <= MAX_INTERVAL_MS ? ms : undefined;
  });
  const excluded = draft['exclude-interfaces'];
  const excludeInterfaces = interfacesFrom(excluded, [...path, 'exclude-interfaces'], findings);
  if (intervalMs === undefined || !isWhole(draft, 'ping', 'caretaker', 'uplink-check')) return undefined;
  return {
    intervalMs,
    ping: draft.ping,
    caretaker: draft.caretaker,
    uplinkCheck: draft['uplink-check'],
    excludeInterfaces,
  };
}
