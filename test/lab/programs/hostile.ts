/**
 * A hostile neighbour: sends seeded noise, mutated ARP and NDP, and mutated copies of the speakers' own frames, and watches
 * whether anybody answers what nobody should.
 *
 *   hostile --address 192.0.2.240 [--link eth0] [--frames 10000] [--seed 1] [--per-second 4000]
 *
 * An answer for the address is due only to a request that is valid and asks for it; most mutations destroy either. Frames keep
 * this host's MAC as their Ethernet source: what a forged one does to a switch is not the speakers' to repair.
 * Lines on stdout: `undue` for each undue answer, `summary` at the end.
 * @module
 */
import { parseArgs } from 'node:util';
import { announcementReply, decodeArp, encodeArp, probe, request } from '../../../src/arp/arp.js';
import { decodeEthernet, ETHERTYPE, encodeEthernet } from '../../../src/arp/ethernet.js';
import { duplicateAddressDetection, encodeNdp, solicitation } from '../../../src/arp/ndp.js';
import { say, untilStopped } from '../../../src/playground/programs/lines.js';
import { EVERYTHING, Wire } from '../../../src/playground/programs/wire.js';
import { formatIPv4, parseIPv4, toIPv4 } from '../../../src/values/ipv4.js';
import { toIPv6 } from '../../../src/values/ipv6.js';
import { BROADCAST, macBytes } from '../../../src/values/mac.js';
import { chanceFrom } from '../../support/values.js';

const { values } = parseArgs({
  options: {
    link: { type: 'string', default: 'eth0' },
    address: { type: 'string', default: '' },
    frames: { type: 'string', default: '10000' },
    seed: { type: 'string', default: '1' },
    'per-second': { type: 'string', default: '4000' },
  },
});
const address = parseIPv4(values.address);
if (address === undefined) throw new Error(`not an IPv4 address: ${values.address}`);
const frames = Number(values.frames);
const perTick = Math.max(1, Math.round(Number(values['per-second']) / 200));
const TICK_MS = 5;
/** What was sent last may still be answered. */
const LISTEN_ON_MS = 500;
const LONGEST_FRAME = 1_514;

const chance = chanceFrom(Number(values.seed));
const below = (limit: number) => Math.floor(chance() * limit);
const pick = <T>(choices: readonly T[]): T => choices[below(choices.length)] as T;
const noise = (length: number) => Uint8Array.from({ length }, () => below(256));

const wire = new Wire(values.link, EVERYTHING);
const self = wire.link.mac;
const strangerIp = () => toIPv4(0xc612_0000 + below(0x1_0000));
/** Speakers' frames as heard, to be mutated and replayed. */
const heard: Uint8Array[] = [];
const HEARD = 32;

const framed = (etherType: number, payload: Uint8Array) =>
  encodeEthernet({ destination: BROADCAST, source: self, etherType }, payload);

/** Well-formed frames to start from. None of them claims the address: that would be a conflict, which is no noise. */
const templates: readonly (() => Uint8Array)[] = [
  () => framed(ETHERTYPE.arp, encodeArp(request(self, strangerIp(), address))),
  () => framed(ETHERTYPE.arp, encodeArp(request(self, strangerIp(), strangerIp()))),
  () => framed(ETHERTYPE.arp, encodeArp(probe(self, strangerIp()))),
  () => framed(ETHERTYPE.arp, encodeArp(announcementReply(self, strangerIp()))),
  () => framed(ETHERTYPE.ipv6, encodeNdp(solicitation(self, toIPv6(0xfe80n << 112n), toIPv6(BigInt(below(2 ** 32)))))),
  () => framed(ETHERTYPE.ipv6, encodeNdp(duplicateAddressDetection(toIPv6(BigInt(below(2 ** 32)))))),
  () => (heard.length === 0 ? framed(ETHERTYPE.cairn, noise(200)) : pick(heard).slice()),
];

function hostileFrame(): Uint8Array {
  if (chance() < 0.2) {
    return framed(pick([ETHERTYPE.arp, ETHERTYPE.ipv6, ETHERTYPE.cairn]), noise(below(LONGEST_FRAME - 14)));
  }
  const frame = pick(templates)();
  for (let flips = below(5); flips > 0; flips--) frame[14 + below(frame.length - 14)] = below(256);
  return chance() < 0.2 ? frame.subarray(0, 14 + below(frame.length - 14)) : frame;
}

/** Whom an answer for the address may reach. */
const due = new Set<string>();
const asker = (mac: string, ip: number) => `${mac}/${ip}`;
let sent = 0;
let unsent = 0;
let answers = 0;
let undue = 0;

function noteIfDue(frame: Uint8Array): void {
  const ethernet = decodeEthernet(frame);
  const packet =
    ethernet.ok && ethernet.value.etherType === ETHERTYPE.arp ? decodeArp(ethernet.value.payload) : undefined;
  if (packet === undefined || !packet.ok) return;
  const { operation, senderMac, senderIp, targetIp } = packet.value;
  if (operation === 'request' && targetIp === address) due.add(asker(senderMac, senderIp));
}

const done = untilStopped();
const listened = new AbortController();
let endMs = Number.POSITIVE_INFINITY;
await wire.run({
  signal: AbortSignal.any([done, listened.signal]),
  onTick: (nowMs) => {
    if (nowMs >= endMs) listened.abort();
    for (let i = 0; i < perTick && sent + unsent < frames; i++) {
      const frame = hostileFrame();
      noteIfDue(frame);
      if (wire.send(frame)) sent++;
      else unsent++;
    }
    if (sent + unsent >= frames && endMs === Number.POSITIVE_INFINITY) endMs = nowMs + LISTEN_ON_MS;
    return nowMs + TICK_MS;
  },
  onFrame: (bytes) => {
    const frame = decodeEthernet(bytes);
    if (!frame.ok) return;
    if (frame.value.etherType === ETHERTYPE.cairn) {
      const copy = bytes.slice();
      copy.set(macBytes(self), 6);
      heard[heard.length < HEARD ? heard.length : below(HEARD)] = copy;
      return;
    }
    const packet = frame.value.etherType === ETHERTYPE.arp ? decodeArp(frame.value.payload) : undefined;
    if (packet === undefined || !packet.ok) return;
    const { operation, senderIp, senderMac, targetIp, targetMac } = packet.value;
    // An announcement in reply form answers nobody.
    if (operation !== 'reply' || senderIp !== address || targetIp === address) return;
    answers++;
    if (due.has(asker(targetMac, targetIp))) return;
    undue++;
    say({ event: 'undue', senderMac, targetMac, targetIp: formatIPv4(targetIp) });
  },
});
say({ event: 'summary', sent, unsent, due: due.size, answers, undue });
process.exit(0);
