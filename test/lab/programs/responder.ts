/**
 * Another provider's speaker: answers whoever asks for the addresses, with the MAC of the link that it runs on.
 *
 *   responder --address 192.0.2.200 [--address …] [--link eth0]
 *
 * The addresses are on no interface, as with MetalLB's layer-2 mode: on a node the answers are from the very MAC that Cairn's
 * speaker there would give. It announces them once when it starts. Lines on stdout: `started`, and `summary` at the end.
 * @module
 */
import { parseArgs } from 'node:util';
import { announcement, decodeArp, encodeArp, replyTo } from '../../../src/arp/arp.js';
import { decodeEthernet, ETHERTYPE, encodeEthernet } from '../../../src/arp/ethernet.js';
import { say, untilStopped } from '../../../src/playground/programs/lines.js';
import { Wire } from '../../../src/playground/programs/wire.js';
import { parseIPv4 } from '../../../src/values/ipv4.js';
import { BROADCAST } from '../../../src/values/mac.js';

const IDLE_MS = 1_000;

const { values } = parseArgs({
  options: { link: { type: 'string', default: 'eth0' }, address: { type: 'string', multiple: true, default: [] } },
});
const addresses = values.address.map((text) => {
  const address = parseIPv4(text);
  if (address === undefined) throw new Error(`not an IPv4 address: ${text}`);
  return address;
});

const wire = new Wire(values.link);
const source = wire.link.mac;
for (const address of addresses) {
  const packet = encodeArp(announcement(source, address));
  wire.send(encodeEthernet({ destination: BROADCAST, source, etherType: ETHERTYPE.arp }, packet));
}
say({ event: 'started', mac: source });

let answers = 0;
await wire.run({
  signal: untilStopped(),
  onTick: (nowMs) => nowMs + IDLE_MS,
  onFrame: (bytes) => {
    const frame = decodeEthernet(bytes);
    const packet = frame.ok && frame.value.etherType === ETHERTYPE.arp ? decodeArp(frame.value.payload) : undefined;
    if (packet === undefined || !packet.ok) return;
    const { operation, targetIp, senderMac } = packet.value;
    if (operation !== 'request' || senderMac === source || !addresses.includes(targetIp)) return;
    const answer = encodeArp(replyTo(packet.value, source));
    if (wire.send(encodeEthernet({ destination: senderMac, source, etherType: ETHERTYPE.arp }, answer))) answers++;
  },
});
say({ event: 'summary', answers });
process.exit(0);
