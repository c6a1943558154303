/**
 * Asks who has the given addresses, again and again, and tells who answered: the client that no double answer escapes.
 *
 *   arp-watch --link eth0 --address 192.0.2.240 [--address …] [--every-ms 5] [--for-ms 10000]
 *
 * Which request a reply answers is told by the reply's target address: the requests come from 16 addresses in turn (out of
 * 198.18.0.0/15, RFC 2544's own), for which this program answers ARP itself. Two MACs for one request is a `double`.
 *
 * Lines on stdout: `owner` when another MAC answers than before, `double`, and `summary` at the end. Times are milliseconds of
 * CLOCK_BOOTTIME, the same for all hosts of the lab.
 * @module
 */
import { parseArgs } from 'node:util';
import { decodeArp, encodeArp, replyTo, request } from '../../arp/arp.js';
import { decodeEthernet, ETHERTYPE, encodeEthernet } from '../../arp/ethernet.js';
import { boottimeMs } from '../../linux/clock.js';
import { formatIPv4, type IPv4, parseIPv4, toIPv4 } from '../../values/ipv4.js';
import { BROADCAST, type Mac } from '../../values/mac.js';
import { quantile, rounded, say, untilStopped } from './lines.js';
import { Wire } from './wire.js';

const { values } = parseArgs({
  options: {
    link: { type: 'string', default: 'eth0' },
    address: { type: 'string', multiple: true, default: [] },
    'every-ms': { type: 'string', default: '5' },
    'for-ms': { type: 'string' },
  },
});

/** RFC 2544 appendix C: for tests of network devices. */
const FIRST_SENDER = 0xc612_0001;
/** With a request each 5 ms, a reply may be 80 ms late and is still counted for its own request. */
const SENDERS = 16;

interface Request {
  readonly sentMs: number;
  readonly macs: Set<Mac>;
}

class Watched {
  readonly address: IPv4;
  /** By sender: the newest request that came from it. */
  readonly #open: (Request | undefined)[] = new Array(SENDERS).fill(undefined);
  readonly #roundTripsMs: number[] = [];
  readonly #answersByMac = new Map<Mac, number>();
  #owner: Mac | undefined;
  #turn = 0;
  #requests = 0;
  #answered = 0;
  #unsent = 0;
  #doubles = 0;
  #firstMs = 0;
  #lastAnswerMs: number | undefined;
  #longestGap = { ms: 0, fromMs: 0 };

  constructor(address: IPv4) {
    this.address = address;
  }

  ask(wire: Wire, nowMs: number): void {
    const sender = this.#turn++ % SENDERS;
    if (this.#firstMs === 0) this.#firstMs = nowMs;
    const { mac } = wire.link;
    const packet = request(mac, toIPv4(FIRST_SENDER + sender), this.address);
    this.#open[sender] = undefined;
    if (
      !wire.send(encodeEthernet({ destination: BROADCAST, source: mac, etherType: ETHERTYPE.arp }, encodeArp(packet)))
    ) {
      this.#unsent++;
      return;
    }
    this.#requests++;
    this.#open[sender] = { sentMs: nowMs, macs: new Set() };
  }

  answered(senderIp: IPv4, mac: Mac, nowMs: number): void {
    const request = this.#open[senderIp - FIRST_SENDER];
    if (request === undefined || request.macs.has(mac)) return;
    request.macs.add(mac);
    this.#answersByMac.set(mac, (this.#answersByMac.get(mac) ?? 0) + 1);
    const address = formatIPv4(this.address);
    const afterMs = rounded(nowMs - request.sentMs);
    if (request.macs.size > 1) {
      this.#doubles++;
      say({ event: 'double', address, macs: [...request.macs], requestAtMs: rounded(request.sentMs), afterMs });
      return;
    }
    this.#answered++;
    this.#roundTripsMs.push(nowMs - request.sentMs);
    const gapMs = nowMs - (this.#lastAnswerMs ?? this.#firstMs);
    if (this.#lastAnswerMs !== undefined && gapMs > this.#longestGap.ms) {
      this.#longestGap = { ms: gapMs, fromMs: this.#lastAnswerMs };
    }
    this.#lastAnswerMs = nowMs;
    if (mac === this.#owner) return;
    say({ event: 'owner', address, mac, before: this.#owner ?? null, atMs: rounded(nowMs), gapMs: rounded(gapMs) });
    this.#owner = mac;
  }

  summary(nowMs: number): object {
    const roundTripUs = (share: number) => {
      const ms = quantile(this.#roundTripsMs, share);
      return ms === undefined ? null : Math.round(ms * 1_000);
    };
    return {
      address: formatIPv4(this.address),
      requests: this.#requests,
      answered: this.#answered,
      unsent: this.#unsent,
      doubles: this.#doubles,
      answersByMac: Object.fromEntries(this.#answersByMac),
      longestGapMs: rounded(this.#longestGap.ms),
      longestGapFromMs: rounded(this.#longestGap.fromMs),
      sinceLastAnswerMs: this.#lastAnswerMs === undefined ? null : rounded(nowMs - this.#lastAnswerMs),
      roundTripP50Us: roundTripUs(0.5),
      roundTripP99Us: roundTripUs(0.99),
    };
  }
}

const watched = new Map<IPv4, Watched>();
for (const text of values.address) {
  const address = parseIPv4(text);
  if (address === undefined) throw new Error(`not an IPv4 address: ${text}`);
  watched.set(address, new Watched(address));
}
const everyMs = Number(values['every-ms']);
const signal = untilStopped(values['for-ms'] === undefined ? undefined : Number(values['for-ms']));
const wire = new Wire(values.link);
let dueMs = 0;

say({ event: 'watching', addresses: [...watched.keys()].map(formatIPv4), mac: wire.link.mac });
await wire.run({
  signal,
  onTick: (nowMs) => {
    for (const each of watched.values()) each.ask(wire, nowMs);
    // What was missed while this process did not run is not made up for.
    dueMs = dueMs + everyMs > nowMs ? dueMs + everyMs : nowMs + everyMs;
    return dueMs;
  },
  onFrame: (bytes, nowMs) => {
    const frame = decodeEthernet(bytes);
    const packet = frame.ok ? decodeArp(frame.value.payload) : undefined;
    if (!frame.ok || packet === undefined || !packet.ok) return;
    const { operation, senderIp, senderMac, targetIp } = packet.value;
    if (operation === 'reply') watched.get(senderIp)?.answered(targetIp, senderMac, nowMs);
    else if (targetIp >= FIRST_SENDER && targetIp < FIRST_SENDER + SENDERS) {
      const header = { destination: frame.value.source, source: wire.link.mac, etherType: ETHERTYPE.arp };
      wire.send(encodeEthernet(header, encodeArp(replyTo(packet.value, wire.link.mac))));
    }
  },
});
const endMs = boottimeMs();
say({ event: 'summary', atMs: rounded(endMs), addresses: [...watched.values()].map((each) => each.summary(endMs)) });
process.exit(0);
