import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import {
  clusterTag,
  type Key,
  MAX_MESSAGE_BYTES,
  MAX_PAYLOAD_BYTES,
  open,
  presenceIn,
  type Sender,
  seal,
  toEpoch,
  toKey,
} from '../../src/arp/envelope.js';
import { err, ok } from '../../src/values/result.js';
import { hex, mac, node, noiseFrom } from '../support/values.js';

const SELF = mac('00:00:5e:00:53:01');
const CLUSTER = clusterTag('a');
const OLD = toKey(new TextEncoder().encode('an old key of more than 32 bytes here'));
const NEW = toKey(new TextEncoder().encode('a newer key of more than 32 bytes here'));
const BOTH = new Map<number, Key>([
  [OLD.id, OLD],
  [NEW.id, NEW],
]);
const NONE = new Map<number, Key>();
const SENDER: Sender = {
  node: node('node-1'),
  link: 7,
  mac: SELF,
  epoch: toEpoch(hex('000102030405060708090a0b0c0d0e0f')),
  sequence: 2 ** 40 + 1,
};
const BODY = hex('c0ffee');
const sealed = seal(SENDER, 2, BODY, CLUSTER, NEW);
const unsigned = seal(SENDER, 2, BODY, CLUSTER, undefined);
const OPENED = ok({ sender: SENDER, kind: 2, body: BODY });

/** `wire` with the bytes at `at` replaced. */
function patched(wire: Uint8Array, at: number, patch: string): Uint8Array {
  const copy = wire.slice();
  copy.set(hex(patch), at);
  return copy;
}
/** Where things lie, so that the rows below say what they spoil. */
const AT = {
  version: 0,
  kind: 1,
  length: 2,
  keyId: 4,
  cluster: 8,
  epoch: 16,
  sequence: 32,
  link: 40,
  mac: 44,
  name: 51,
  body: 57,
  tag: 60,
};

describe('open', () => {
  // biome-ignore format: table
  const cases = [
    { name: 'reads what was sealed',                        wire: sealed,                                  keys: BOTH, want: OPENED },
    { name: 'reads what an older key sealed',               wire: seal(SENDER, 2, BODY, CLUSTER, OLD),     keys: BOTH, want: OPENED },
    { name: 'reads unsigned frames where there is no key',  wire: unsigned,                                keys: NONE, want: OPENED },
    { name: 'ignores Ethernet padding',                     wire: Uint8Array.of(...sealed, 0, 0, 0),       keys: BOTH, want: OPENED },
    { name: 'refuses nothing at all',                       wire: hex(''),                                 keys: BOTH, want: err({ kind: 'truncated', gotBytes: 0 }) },
    { name: 'refuses a frame without the end of its tag',   wire: sealed.slice(0, -1),                     keys: BOTH, want: err({ kind: 'truncated', gotBytes: 91 }) },
    { name: 'refuses a body that is longer than the frame', wire: patched(unsigned, AT.length, 'ffff'),    keys: NONE, want: err({ kind: 'truncated', gotBytes: 60 }) },
    { name: 'knows a newer speaker by its version',         wire: patched(sealed, AT.version, '02'),       keys: BOTH, want: err({ kind: 'unknown-version', version: 2, present: SELF }) },
    { name: 'knows a speaker whose key it lacks',           wire: sealed,                                  keys: new Map([[OLD.id, OLD]]), want: err({ kind: 'unknown-key', keyId: NEW.id, present: SELF }) },
    { name: 'believes no unsigned frame where it has keys', wire: unsigned,                                keys: BOTH, want: err({ kind: 'unknown-key', keyId: 0, present: SELF }) },
    { name: 'reads no signed frame where it has no keys',   wire: sealed,                                  keys: NONE, want: err({ kind: 'unknown-key', keyId: NEW.id, present: SELF }) },
    { name: 'leaves other clusters alone',                  wire: seal(SENDER, 2, BODY, clusterTag('b'), NEW), keys: BOTH, want: err({ kind: 'other-cluster' }) },
    { name: 'refuses another kind under the same tag',      wire: patched(sealed, AT.kind, '03'),          keys: BOTH, want: err({ kind: 'bad-tag' }) },
    { name: 'refuses another epoch under the same tag',     wire: patched(sealed, AT.epoch, 'ff'),         keys: BOTH, want: err({ kind: 'bad-tag' }) },
    { name: 'refuses another sequence under the same tag',  wire: patched(sealed, AT.sequence + 7, 'ff'),  keys: BOTH, want: err({ kind: 'bad-tag' }) },
    { name: 'refuses another link under the same tag',      wire: patched(sealed, AT.link + 3, 'ff'),      keys: BOTH, want: err({ kind: 'bad-tag' }) },
    { name: 'refuses another sending MAC under the same tag', wire: patched(sealed, AT.mac, '02'),         keys: BOTH, want: err({ kind: 'bad-tag' }) },
    { name: 'refuses another name under the same tag',      wire: patched(sealed, AT.name, '6d'),          keys: BOTH, want: err({ kind: 'bad-tag' }) },
    { name: 'refuses another body under the same tag',      wire: patched(sealed, AT.body, 'ff'),          keys: BOTH, want: err({ kind: 'bad-tag' }) },
    { name: 'refuses a spoiled tag',                        wire: patched(sealed, AT.tag, '00ff'),         keys: BOTH, want: err({ kind: 'bad-tag' }) },
    { name: 'refuses the tag of another key',               wire: patched(sealed, AT.keyId, OLD.id.toString(16).padStart(8, '0')), keys: BOTH, want: err({ kind: 'bad-tag' }) },
    { name: 'refuses a name that no node can have',         wire: patched(unsigned, AT.name, '2f'),        keys: NONE, want: err({ kind: 'bad-node-name' }) },
  ];
  for (const { name, wire, keys, want } of cases) {
    it(name, () => assert.deepEqual(open(wire, SELF, CLUSTER, keys), want));
  }

  it('reads inside a frame', () => {
    const framed = Uint8Array.of(...new Uint8Array(14), ...sealed);
    assert.deepEqual(open(framed.subarray(14), SELF, CLUSTER, BOTH), OPENED);
  });

  it('opens no frame in which any one bit was turned', () => {
    for (let bit = 0; bit < sealed.length * 8; bit++) {
      const turned = sealed.slice();
      turned[bit >> 3] = (turned[bit >> 3] as number) ^ (1 << (bit & 7));
      assert.equal(open(turned, SELF, CLUSTER, BOTH).ok, false, `bit ${bit}`);
    }
  });

  it('never throws, whatever arrives', () => {
    const noise = noiseFrom(0x88b5);
    for (let length = 0; length < MAX_PAYLOAD_BYTES; length++) {
      open(noise(length), SELF, CLUSTER, BOTH);
      open(Uint8Array.of(...unsigned.subarray(0, AT.epoch), ...noise(length)), SELF, CLUSTER, NONE);
    }
  });
});

describe('presenceIn', () => {
  // biome-ignore format: table
  const cases = [
    { name: 'finds a speaker of another version',      defect: { kind: 'unknown-version', version: 2, present: SELF }, want: SELF },
    { name: 'finds a speaker with another key',        defect: { kind: 'unknown-key', keyId: 1, present: SELF },       want: SELF },
    { name: 'finds nobody behind a tag that is wrong', defect: { kind: 'bad-tag' },                                    want: undefined },
    { name: 'finds nobody of another cluster',         defect: { kind: 'other-cluster' },                              want: undefined },
  ];
  for (const { name, defect, want } of cases) {
    it(name, () => assert.equal(presenceIn(defect), want));
  }
});

describe('seal', () => {
  it('leaves room for the longest message beside the longest name', () => {
    const longest = {
      ...SENDER,
      node: node(`${'a'.repeat(63)}.${'b'.repeat(63)}.${'c'.repeat(63)}.${'d'.repeat(61)}`),
    };
    const wire = seal(longest, 2, new Uint8Array(MAX_MESSAGE_BYTES), CLUSTER, NEW);
    assert.ok(wire.length <= MAX_PAYLOAD_BYTES, `${wire.length} bytes`);
  });
});
