import assert from 'node:assert/strict';
import fc from 'fast-check';
import { describe, it } from 'mocha';
import {
  type BeatMessage,
  decodeMessage,
  encodeMessage,
  MAX_ECHOES,
  MAX_KEY_IDS,
  type Message,
} from '../../src/arp/beat.js';
import { type Claim, changeMessages, MAX_CLAIMS, MAX_TERM, tableMessages } from '../../src/arp/claims.js';
import {
  clusterTag,
  type Epoch,
  type KeyId,
  type Nonce,
  type Sender,
  seal,
  toEpoch,
  toKey,
} from '../../src/arp/envelope.js';
import { decodeEthernet, ETHERTYPE, MIN_FRAME_BYTES } from '../../src/arp/ethernet.js';
import { toIPv4 } from '../../src/values/ipv4.js';
import { toIPv6 } from '../../src/values/ipv6.js';
import { BROADCAST } from '../../src/values/mac.js';
import { err, ok } from '../../src/values/result.js';
import { hex, ip, ip6, mac, node, noiseFrom } from '../support/values.js';

const SELF = mac('00:00:5e:00:53:01');
const CLUSTER = clusterTag('a');
const KEY = toKey(new TextEncoder().encode('a key of more than 32 bytes, to be safe'));
const KEYS = new Map([[KEY.id, KEY]]);
const SENDER: Sender = {
  node: node('node-1'),
  link: 7,
  mac: SELF,
  epoch: toEpoch(hex('000102030405060708090a0b0c0d0e0f')),
  sequence: 41,
};
const BEAT: BeatMessage = {
  kind: 'beat',
  state: 'running',
  intervalMs: 100,
  beat: 40,
  nodeAddress: ip('192.0.2.10'),
  claimCount: 2,
  claimsDigest: '00112233aabbccdd',
  nonce: '0011223344556677' as Nonce,
  echoes: ['8899aabbccddeeff' as Nonce],
  keyIds: [KEY.id],
};
const ABOUT = { epoch: SENDER.epoch, link: 3 };
const claim = (address: Claim['address'], state: Claim['state'] = 'owned', term = 5): Claim => ({
  address,
  state,
  term,
  services: '0123456789abcdef',
});

const payloadOf = (message: Message): Uint8Array => encodeMessage(SENDER, message, CLUSTER, KEY).subarray(14);
const roundTrip = (message: Message) => decodeMessage(payloadOf(message), SELF, CLUSTER, KEYS);

describe('decodeMessage with encodeMessage', () => {
  // biome-ignore format: table
  const cases: readonly { readonly name: string; readonly message: Message }[] = [
    { name: 'gives back a beat',                     message: BEAT },
    { name: 'gives back a hello',                    message: { ...BEAT, kind: 'hello' } },
    { name: 'gives back a beat without an address',  message: { ...BEAT, nodeAddress: undefined, echoes: [], keyIds: [] } },
    { name: 'gives back the beat of one who leaves', message: { ...BEAT, state: 'leaving' } },
    { name: 'gives back claims of every state',      message: { kind: 'claims', table: undefined, claims: [claim(ip('192.0.2.1'), 'probing'), claim(ip('192.0.2.2'), 'owned'), claim(ip('192.0.2.3'), 'offered'), claim(ip('192.0.2.4'), 'released')] } },
    { name: 'gives back the highest term',           message: { kind: 'claims', table: undefined, claims: [claim(ip('255.255.255.255'), 'owned', MAX_TERM)] } },
    { name: 'gives back a claim on an IPv6 address', message: { kind: 'claims', table: undefined, claims: [claim(ip6('2001:db8::1'))] } },
    { name: 'gives back an empty table',             message: { kind: 'claims', table: { id: 9, part: 0, parts: 1 }, claims: [] } },
    { name: 'gives back a wish for a table',         message: { kind: 'claims-wanted', epoch: SENDER.epoch } },
    { name: 'gives back a question',                 message: { kind: 'ask', about: ABOUT, nonce: BEAT.nonce } },
    { name: 'gives back a veto',                     message: { kind: 'answer', about: ABOUT, nonce: BEAT.nonce, heard: true } },
    { name: 'gives back an answer that is no veto',  message: { kind: 'answer', about: ABOUT, nonce: BEAT.nonce, heard: false } },
  ];
  for (const { name, message } of cases) {
    it(name, () => assert.deepEqual(roundTrip(message), ok({ sender: SENDER, message })));
  }

  const hexOf = (bytes: number) =>
    fc.uint8Array({ minLength: bytes, maxLength: bytes }).map((raw) => Buffer.from(raw).toString('hex'));
  const PLAIN = { noNullPrototype: true } as const;
  const anyClaim = fc.record(
    {
      address: fc.oneof(
        fc.nat({ max: 0xffff_ffff }).map(toIPv4),
        fc.bigInt({ min: 0n, max: (1n << 128n) - 1n }).map(toIPv6),
      ),
      state: fc.constantFrom('probing', 'owned', 'offered', 'released'),
      term: fc.nat({ max: MAX_TERM }),
      services: hexOf(8),
    },
    PLAIN,
  );
  const anyBeat = fc.record(
    {
      kind: fc.constantFrom('beat', 'hello'),
      state: fc.constantFrom('running', 'leaving'),
      intervalMs: fc.integer({ min: 1, max: 0xffff }),
      beat: fc.maxSafeNat(),
      nodeAddress: fc.oneof(fc.constant(undefined), fc.integer({ min: 1, max: 0xffff_ffff }).map(toIPv4)),
      claimCount: fc.nat({ max: 0xffff_ffff }),
      claimsDigest: hexOf(8),
      nonce: hexOf(8).map((text) => text as Nonce),
      echoes: fc.array(
        hexOf(8).map((text) => text as Nonce),
        { maxLength: MAX_ECHOES },
      ),
      keyIds: fc.array(
        fc.nat({ max: 0xffff_ffff }).map((id) => id as KeyId),
        { maxLength: MAX_KEY_IDS },
      ),
    },
    PLAIN,
  );
  const anyMessage = fc.oneof(
    anyBeat,
    fc
      .array(anyClaim, { maxLength: MAX_CLAIMS })
      .map((claims) => ({ kind: 'claims' as const, table: undefined, claims })),
    hexOf(16).map((epoch) => ({ kind: 'claims-wanted' as const, epoch: epoch as Epoch })),
  );

  it('gives back any message, in one frame of the usual MTU', () => {
    fc.assert(
      fc.property(anyMessage, (message: Message) => {
        const frame = encodeMessage(SENDER, message, CLUSTER, KEY);
        assert.ok(frame.length <= 14 + 1_500);
        assert.deepEqual(decodeMessage(frame.subarray(14), SELF, CLUSTER, KEYS), ok({ sender: SENDER, message }));
      }),
      { seed: 0x88b5, numRuns: 300 },
    );
  });
});

describe('encodeMessage', () => {
  it('writes a whole frame of its own EtherType, to everybody unless told whom', () => {
    const frame = decodeEthernet(encodeMessage(SENDER, BEAT, CLUSTER, KEY));
    assert.ok(frame.ok);
    const { destination, source, etherType } = frame.value;
    assert.deepEqual([destination, source, etherType], [BROADCAST, SELF, ETHERTYPE.cairn]);
    const toOne = decodeEthernet(encodeMessage(SENDER, BEAT, CLUSTER, KEY, mac('00:00:5e:00:53:02')));
    assert.equal(toOne.ok && toOne.value.destination, '00:00:5e:00:53:02');
  });

  it('writes nothing so short that a card would pad it', () => {
    const frame = encodeMessage(
      { ...SENDER, node: node('a') },
      { kind: 'claims-wanted', epoch: SENDER.epoch },
      CLUSTER,
      undefined,
    );
    assert.ok(frame.length >= MIN_FRAME_BYTES);
  });
});

describe('decodeMessage', () => {
  const BEAT_BODY = 37;
  const sealed = (kind: number, body: Uint8Array) => seal(SENDER, kind, body, CLUSTER, KEY);
  const malformed = (message: Message['kind']) => err({ kind: 'malformed', message });
  // biome-ignore format: table
  const cases = [
    { name: 'refuses a kind that nobody knows yet',          wire: sealed(99, hex('')),                        want: err({ kind: 'unknown-kind', code: 99 }) },
    { name: 'refuses a beat without a body',                 wire: sealed(0, hex('')),                         want: malformed('beat') },
    { name: 'refuses a beat that never comes again',         wire: sealed(0, new Uint8Array(BEAT_BODY)),       want: malformed('beat') },
    { name: 'refuses a state that nobody knows yet',         wire: sealed(0, hex(`09 0064 ${'00'.repeat(34)}`)), want: malformed('beat') },
    { name: 'refuses more echoes than a beat has',           wire: sealed(0, hex(`00 0064 ${'00'.repeat(33)} ff`)), want: malformed('beat') },
    { name: 'refuses more keys than a beat has',             wire: sealed(0, hex(`00 0064 ${'00'.repeat(32)} ff 00`)), want: malformed('beat') },
    { name: 'refuses claims that end in the middle',         wire: sealed(2, hex('00000001 0000 0001 0001 01 c0000201 0000')), want: malformed('claims') },
    { name: 'refuses more claims than fit a frame',          wire: sealed(2, hex('00000001 0000 0001 ffff')),  want: malformed('claims') },
    { name: 'refuses a part beyond the last one',            wire: sealed(2, hex('00000001 0002 0002 0000')),  want: malformed('claims') },
    { name: 'refuses a claim in a state that nobody knows',  wire: sealed(2, hex('00000001 0000 0001 0001 05 c0000201 00000001 0123456789abcdef')), want: malformed('claims') },
    { name: 'refuses a body with something after its end',   wire: sealed(3, hex(`${'00'.repeat(16)} 00`)),    want: malformed('claims-wanted') },
    { name: 'refuses a question about half a speaker',       wire: sealed(4, hex('0001')),                     want: malformed('ask') },
  ];
  for (const { name, wire, want } of cases) {
    it(name, () => assert.deepEqual(decodeMessage(wire, SELF, CLUSTER, KEYS), want));
  }

  it('never throws on a genuine envelope around anything', () => {
    const noise = noiseFrom(4);
    for (let n = 0; n < 3_000; n++) {
      const wire = seal(SENDER, n % 7, noise(n % 200), CLUSTER, undefined);
      decodeMessage(wire, SELF, CLUSTER, new Map());
    }
  });
});

describe('tableMessages', () => {
  const claims = Array.from({ length: MAX_CLAIMS + 1 }, (_, n) => claim(toIPv4(n)));

  it('tells an empty table in one part', () => {
    assert.deepEqual(tableMessages(3, []), [{ kind: 'claims', table: { id: 3, part: 0, parts: 1 }, claims: [] }]);
  });

  it('spreads a table over as many frames as it needs', () => {
    const messages = tableMessages(3, claims);
    assert.deepEqual(
      messages.map(({ table }) => table),
      [
        { id: 3, part: 0, parts: 2 },
        { id: 3, part: 1, parts: 2 },
      ],
    );
    assert.deepEqual(
      messages.flatMap((message) => message.claims),
      claims,
    );
  });
});

describe('changeMessages', () => {
  it('says nothing where nothing changed', () => assert.deepEqual(changeMessages([]), []));
  it('tells changes without a table around them', () => {
    assert.deepEqual(changeMessages([claim(ip('192.0.2.1'))]), [
      { kind: 'claims', table: undefined, claims: [claim(ip('192.0.2.1'))] },
    ]);
  });
});
