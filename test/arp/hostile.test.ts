/**
 * What anybody on the link may send: 160,000 frames of noise, and of good frames with bytes changed, cut and added.
 * @module
 */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { describe, it } from 'mocha';
import { announcement, decodeArp, encodeArp, probe, replyTo, request } from '../../src/arp/arp.js';
import { decodeMessage, encodeMessage, type Message } from '../../src/arp/beat.js';
import { clusterTag, type Sender, toEpoch, toKey, toNonce } from '../../src/arp/envelope.js';
import { decodeEthernet, ETHERNET_BYTES, ETHERTYPE, encodeEthernet } from '../../src/arp/ethernet.js';
import {
  advertisement,
  advertisementTo,
  decodeNdp,
  duplicateAddressDetection,
  encodeNdp,
  solicitation,
} from '../../src/arp/ndp.js';
import { BROADCAST } from '../../src/values/mac.js';
import type { Result } from '../../src/values/result.js';
import { hex, ip, ip6, mac, node, noiseFrom } from '../support/values.js';

const SELF = mac('00:00:5e:00:53:01');
const VIP = ip('192.0.2.240');
const ASKED = request(mac('00:00:5e:00:53:0a'), ip('192.0.2.1'), VIP);
const SOLICITED = solicitation(mac('00:00:5e:00:53:0a'), ip6('2001:db8::1'), ip6('2001:db8::f0'));

const CLUSTER = clusterTag('5f1e');
const KEY = toKey(noiseFrom(1)(48));
const EPOCH = toEpoch(noiseFrom(2)(16));
const NONCE = toNonce(noiseFrom(3)(8));
const SENDER: Sender = { node: node('node-1'), link: 2, mac: SELF, epoch: EPOCH, sequence: 7 };
const CLAIM = { address: VIP, term: 3, state: 'owned', services: '00000000000000f0' } as const;
const MESSAGES: readonly Message[] = [
  {
    kind: 'beat',
    state: 'running',
    intervalMs: 100,
    beat: 5,
    nodeAddress: ip('192.0.2.11'),
    claimCount: 1,
    claimsDigest: '00000000000000f0',
    nonce: NONCE,
    echoes: [NONCE, NONCE],
    keyIds: [KEY.id],
  },
  { kind: 'claims', table: { id: 1, part: 0, parts: 1 }, claims: [CLAIM, { ...CLAIM, address: SOLICITED.target }] },
  { kind: 'claims-wanted', epoch: EPOCH },
  { kind: 'ask', about: { epoch: EPOCH, link: 2 }, nonce: NONCE },
  { kind: 'answer', about: { epoch: EPOCH, link: 2 }, nonce: NONCE, heard: true },
];
const withoutHeader = (frame: Uint8Array) => frame.subarray(ETHERNET_BYTES);

type Decoder = (bytes: Uint8Array) => Result<unknown, { readonly kind: string }>;

interface Protocol {
  readonly name: string;
  readonly etherType: number;
  readonly decode: Decoder;
  readonly good: readonly Uint8Array[];
}

const PROTOCOLS: readonly Protocol[] = [
  {
    name: 'ARP',
    etherType: ETHERTYPE.arp,
    decode: decodeArp,
    good: [ASKED, probe(SELF, VIP), announcement(SELF, VIP), replyTo(ASKED, SELF)].map(encodeArp),
  },
  {
    name: 'neighbour discovery',
    etherType: ETHERTYPE.ipv6,
    decode: decodeNdp,
    good: [
      SOLICITED,
      duplicateAddressDetection(SOLICITED.target),
      advertisement(SELF, SOLICITED.target),
      advertisementTo(SOLICITED, SELF),
    ].map(encodeNdp),
  },
  {
    // Not signed, so that what is changed reaches the decoders of the messages.
    name: "Cairn's own protocol",
    etherType: ETHERTYPE.cairn,
    decode: (bytes) => decodeMessage(bytes, SELF, CLUSTER, new Map()),
    good: MESSAGES.map((message) => withoutHeader(encodeMessage(SENDER, message, CLUSTER, undefined))),
  },
  {
    name: "Cairn's own protocol, signed",
    etherType: ETHERTYPE.cairn,
    decode: (bytes) => decodeMessage(bytes, SELF, CLUSTER, new Map([[KEY.id, KEY]])),
    good: MESSAGES.map((message) => withoutHeader(encodeMessage(SENDER, message, CLUSTER, KEY))),
  },
];

const FRAMES_EACH = 40_000;

/** The longest frame that a link with an MTU of 1500 carries. */
const MAX_FRAME_BYTES = 1514;

/** A frame with some of its bytes changed, then cut off somewhere or made longer. */
const mutated = (good: readonly Uint8Array[], etherType: number): fc.Arbitrary<Uint8Array> =>
  fc
    .record({
      payload: fc.constantFrom(...good),
      changes: fc.array(fc.tuple(fc.nat({ max: 160 }), fc.nat({ max: 255 })), { maxLength: 6 }),
      bytes: fc.option(fc.nat({ max: 200 }), { nil: undefined }),
    })
    .map(({ payload, changes, bytes }) => {
      const frame = encodeEthernet({ destination: BROADCAST, source: SELF, etherType }, payload);
      for (const [at, value] of changes) if (at < frame.length) frame[at] = value;
      const sized = new Uint8Array(bytes ?? frame.length);
      sized.set(frame.subarray(0, sized.length));
      return sized;
    });

const noise = (etherType: number): fc.Arbitrary<Uint8Array> =>
  fc
    .uint8Array({ maxLength: MAX_FRAME_BYTES - ETHERNET_BYTES })
    .map((payload) => encodeEthernet({ destination: BROADCAST, source: SELF, etherType }, payload));

describe('the decoders on a hostile link', () => {
  for (const { name, etherType, decode, good } of PROTOCOLS) {
    it(`throw at none of ${FRAMES_EACH} frames of ${name}, and name every defect`, () => {
      const seen = new Set<string>();
      const frames = fc.oneof(
        { arbitrary: mutated(good, etherType), weight: 4 },
        { arbitrary: noise(etherType), weight: 1 },
      );
      fc.assert(
        fc.property(frames, (bytes) => {
          const frame = decodeEthernet(bytes);
          if (!frame.ok) return seen.add(frame.error.kind) && true;
          const decoded = decode(frame.value.payload);
          seen.add(decoded.ok ? 'ok' : decoded.error.kind);
          return true;
        }),
        { seed: etherType, numRuns: FRAMES_EACH },
      );
      // Frames that all fail at the first check would prove nothing.
      for (const outcome of ['ok', 'truncated', 'length-not-type']) {
        assert.ok(seen.has(outcome), `no frame came out as ${outcome}: ${[...seen].join(', ')}`);
      }
      assert.ok(seen.size >= 5, [...seen].join(', '));
    });
  }

  it('look at nothing before their bytes or after them', () => {
    for (const { decode, good } of PROTOCOLS) {
      for (const payload of good) {
        for (let bytes = 0; bytes <= payload.length; bytes++) {
          const alone = payload.slice(0, bytes);
          const amid = Uint8Array.of(...hex('ff ff ff'), ...payload, ...payload).subarray(3, 3 + bytes);
          assert.deepEqual(decode(amid), decode(alone));
        }
      }
    }
  });
});
