/**
 * Listens to the speakers' own frames: how many each sent, and its longest silence.
 *
 *   beat-watch [--link eth0] [--for-ms 10000]
 *
 * One line on stdout at the end: `summary`, by MAC.
 * @module
 */
import { parseArgs } from 'node:util';
import { decodeEthernet, ETHERTYPE } from '../../../src/arp/ethernet.js';
import { BEAT_FILTER } from '../../../src/linux/bpf.js';
import { rounded, say, untilStopped } from '../../../src/playground/programs/lines.js';
import { Wire } from '../../../src/playground/programs/wire.js';
import type { Mac } from '../../../src/values/mac.js';

const { values } = parseArgs({
  options: { link: { type: 'string', default: 'eth0' }, 'for-ms': { type: 'string' } },
});

interface Heard {
  readonly frames: number;
  readonly lastMs: number;
  readonly longestSilenceMs: number;
}

const byMac = new Map<Mac, Heard>();
const wire = new Wire(values.link, { etherType: ETHERTYPE.cairn, filter: BEAT_FILTER });
say({ event: 'listening' });
await wire.run({
  signal: untilStopped(values['for-ms'] === undefined ? undefined : Number(values['for-ms'])),
  onTick: (nowMs) => nowMs + 20,
  onFrame: (bytes, nowMs) => {
    const frame = decodeEthernet(bytes);
    if (!frame.ok) return;
    const { frames, lastMs, longestSilenceMs } = byMac.get(frame.value.source) ?? {
      frames: 0,
      lastMs: nowMs,
      longestSilenceMs: 0,
    };
    const silenceMs = Math.max(longestSilenceMs, nowMs - lastMs);
    byMac.set(frame.value.source, { frames: frames + 1, lastMs: nowMs, longestSilenceMs: silenceMs });
  },
});
const speakers = [...byMac].map(([mac, { frames, longestSilenceMs }]) => [
  mac,
  { frames, longestSilenceMs: rounded(longestSilenceMs) },
]);
say({ event: 'summary', speakers: Object.fromEntries(speakers) });
process.exit(0);
