import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { decodeNetlink, encodeDumpRequest, type NetlinkMessage } from '../../src/linux/netlink.js';
import { address, chanceFrom, hex, mac, noiseFrom, prefix } from '../support/values.js';
import { netlinkVector, netlinkVectors } from './vectors.js';

const UP_AND_RUNNING = 0x1_1043;
const ETH0 = { kind: 'link', index: 2, name: 'eth0', hardwareType: 1, mac: mac('00:00:5e:00:53:01') } as const;
const v4 = { index: 2, address: { address: address('192.0.2.99'), onLink: prefix('192.0.2.0/25') } };
const v6 = { index: 2, address: { address: address('2001:db8::11'), onLink: prefix('2001:db8::/64') } };
const linkLocal = { index: 2, address: { address: address('fe80::200:5eff:fe00:5301'), onLink: prefix('fe80::/64') } };
const toPeer = { index: 2, address: { address: address('10.0.0.1'), onLink: prefix('10.0.0.2/32') } };

/** A copy with the bytes at `at` replaced. */
const patched = (bytes: Uint8Array, at: number, patch: string) => {
  const copy = bytes.slice();
  copy.set(hex(patch), at);
  return copy;
};

describe('decodeNetlink', () => {
  const cases: { name: string; vector: string; want: readonly NetlinkMessage[] }[] = [
    {
      name: 'reads a dump of links',
      vector: 'dump links #1',
      want: [
        { kind: 'link', index: 1, name: 'lo', hardwareType: 772, flags: 0x8, mac: mac('00:00:00:00:00:00') },
        { ...ETH0, flags: UP_AND_RUNNING },
      ],
    },
    { name: 'reads the end of a dump', vector: 'dump links #2', want: [{ kind: 'done', sequence: 7 }] },
    {
      name: 'reads a new address',
      vector: 'ip addr add 192.0.2.99/25 dev eth0 #1',
      want: [{ kind: 'address', ...v4 }],
    },
    {
      name: 'reads that an address is gone',
      vector: 'ip addr del 192.0.2.99/25 dev eth0 #1',
      want: [{ kind: 'address-gone', ...v4 }],
    },
    {
      name: 'takes the other end of a point-to-point address for what the link reaches',
      vector: 'ip addr add 10.0.0.1 peer 10.0.0.2/32 dev eth0 #1',
      want: [{ kind: 'address', ...toPeer }],
    },
    {
      name: 'reads a link that was set down',
      vector: 'ip link set eth0 down #1',
      want: [{ ...ETH0, flags: 0x1002 }],
    },
    {
      name: 'reads that IPv6 addresses went with their link',
      vector: 'ip link set eth0 down #2',
      want: [{ kind: 'address-gone', ...v6 }],
    },
    {
      name: 'reads a link-local address',
      vector: 'ip link set eth0 down #3',
      want: [{ kind: 'address-gone', ...linkLocal }],
    },
    { name: 'passes over what a bridge says of its port', vector: 'ip link set eth0 nomaster #2', want: [] },
    {
      name: 'does not take a port that left its bridge for a link that is gone',
      vector: 'ip link set eth0 nomaster #3',
      want: [],
    },
    { name: 'reads that a link is gone', vector: 'ip link del br9 #1', want: [{ kind: 'link-gone', index: 3 }] },
  ];
  for (const { name, vector, want } of cases) {
    it(name, () => {
      assert.deepEqual(decodeNetlink(netlinkVector(vector)), { messages: want, interrupted: false, defect: undefined });
    });
  }

  it('reads several messages of one datagram, as a view inside a larger buffer', () => {
    const both = ['dump links #2', 'ip link del br9 #1'].map((name) => netlinkVector(name));
    const buffer = Uint8Array.of(9, ...both.flatMap((bytes) => [...bytes]), 9);
    const { messages } = decodeNetlink(buffer.subarray(1, -1));
    assert.deepEqual(
      messages.map((message) => message.kind),
      ['done', 'link-gone'],
    );
  });

  it('says that a dump was interrupted', () => {
    assert.equal(decodeNetlink(patched(netlinkVector('dump links #2'), 6, '12 00')).interrupted, true);
  });

  it('reads a refusal by its errno, and an acknowledgement as nothing', () => {
    const refusal = (errno: string) =>
      hex(`24000000 0200 0000 07000000 00000000 ${errno} 00000000000000000000000000000000`);
    assert.deepEqual(decodeNetlink(refusal('f0ffffff')).messages, [{ kind: 'refused', sequence: 7, errno: 16 }]);
    assert.deepEqual(decodeNetlink(refusal('00000000')).messages, []);
  });

  const defects = [
    { name: 'a header cut short', bytes: hex('140000000300'), want: { kind: 'truncated', atByte: 0 } },
    { name: 'a length of zero', bytes: new Uint8Array(16), want: { kind: 'bad-length', atByte: 0, length: 0 } },
    {
      name: 'a message longer than the datagram',
      bytes: netlinkVector('dump links #2').subarray(0, 16),
      want: { kind: 'bad-length', atByte: 0, length: 20 },
    },
  ];
  for (const { name, bytes, want } of defects) {
    it(`names ${name}`, () => assert.deepEqual(decodeNetlink(bytes).defect, want));
  }

  it('ignores an address with a prefix longer than its family has', () => {
    assert.deepEqual(
      decodeNetlink(patched(netlinkVector('ip addr add 192.0.2.99/25 dev eth0 #1'), 17, '21')).messages,
      [],
    );
  });

  it('never throws, whatever is changed in a datagram', () => {
    const chance = chanceFrom(1);
    for (const bytes of netlinkVectors.values()) {
      for (let round = 0; round < 300; round++) {
        const mutant = bytes.slice(0, chance() < 0.3 ? Math.floor(chance() * bytes.length) : bytes.length);
        for (let flips = 0; flips < 4 && mutant.length > 0; flips++) {
          mutant[Math.floor(chance() * Math.min(mutant.length, 128))] = Math.floor(chance() * 256);
        }
        decodeNetlink(mutant);
      }
    }
  });

  it('never throws on noise', () => {
    const noise = noiseFrom(2);
    for (let length = 0; length < 400; length++) decodeNetlink(noise(length));
  });
});

describe('encodeDumpRequest', () => {
  const cases = [
    {
      name: 'asks for all links',
      what: 'links',
      want: '20000000 1200 0103 07000000 00000000 00000000000000000000000000000000',
    },
    {
      name: 'asks for all addresses',
      what: 'addresses',
      want: '18000000 1600 0103 07000000 00000000 0000000000000000',
    },
  ] as const;
  for (const { name, what, want } of cases) {
    it(name, () => assert.deepEqual(encodeDumpRequest(what, 7), hex(want)));
  }
});
