/**
 * Who answers ARP for some addresses just now, as one host of the network sees it.
 *
 *   observer [--link eth0] [--every-ms 100]          (needs an IPC channel)
 *
 * Takes messages `{ addresses: ["192.0.2.240"] }`, each of which replaces the one before. Says `answers` with all MACs that answered the
 * newest request whenever they change; none, once three requests in a row were not answered. Times are CLOCK_BOOTTIME milliseconds.
 *
 * It asks from an address of its own (RFC 2544's), so that the host's own neighbour table learns nothing from it.
 * @module
 */
import { parseArgs } from 'node:util';
import { decodeArp, encodeArp, replyTo, request } from '../../arp/arp.js';
import { decodeEthernet, ETHERTYPE, encodeEthernet } from '../../arp/ethernet.js';
import { boottimeMs } from '../../linux/clock.js';
import { formatIPv4, type IPv4, parseIPv4, toIPv4 } from '../../values/ipv4.js';
import { BROADCAST, type Mac } from '../../values/mac.js';
import { rounded, say, untilStopped } from './lines.js';
import { Wire } from './wire.js';

const { values } = parseArgs({
  options: { link: { type: 'string', default: 'eth0' }, 'every-ms': { type: 'string', default: '100' } },
});
const everyMs = Number(values['every-ms']);
const SENDER = toIPv4(0xc612_00fa);
const SILENT_ROUNDS = 3;

interface Seen {
  /** Of the round that is under way. */
  readonly answering: Set<Mac>;
  silentRounds: number;
  said: string | undefined;
}

const seen = new Map<IPv4, Seen>();
const wire = new Wire(values.link);

process.on('message', (message) => {
  const { addresses } = message as { readonly addresses: readonly string[] };
  const wanted = new Set(addresses.flatMap((text) => parseIPv4(text) ?? []));
  for (const address of seen.keys()) if (!wanted.has(address)) seen.delete(address);
  for (const address of wanted)
    if (!seen.has(address)) seen.set(address, { answering: new Set(), silentRounds: 0, said: undefined });
});

function endRound(address: IPv4, each: Seen): void {
  each.silentRounds = each.answering.size > 0 ? 0 : each.silentRounds + 1;
  if (each.answering.size === 0 && each.silentRounds < SILENT_ROUNDS) return;
  const macs = [...each.answering].sort();
  each.answering.clear();
  if (macs.join() === each.said) return;
  each.said = macs.join();
  say({ event: 'answers', address: formatIPv4(address), macs, atMs: rounded(boottimeMs()) });
}

say({ event: 'watching', mac: wire.link.mac });
await wire.run({
  signal: untilStopped(),
  onTick: (nowMs) => {
    const { mac } = wire.link;
    const header = { destination: BROADCAST, source: mac, etherType: ETHERTYPE.arp };
    for (const [address, each] of seen) {
      endRound(address, each);
      wire.send(encodeEthernet(header, encodeArp(request(mac, SENDER, address))));
    }
    return nowMs + everyMs;
  },
  onFrame: (bytes) => {
    const frame = decodeEthernet(bytes);
    const packet = frame.ok ? decodeArp(frame.value.payload) : undefined;
    if (!frame.ok || packet === undefined || !packet.ok) return;
    const { operation, senderIp, senderMac, targetIp } = packet.value;
    if (targetIp !== SENDER) return;
    if (operation === 'reply') seen.get(senderIp)?.answering.add(senderMac);
    else {
      const header = { destination: frame.value.source, source: wire.link.mac, etherType: ETHERTYPE.arp };
      wire.send(encodeEthernet(header, encodeArp(replyTo(packet.value, wire.link.mac))));
    }
  },
});
process.exit(0);
