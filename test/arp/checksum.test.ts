import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { icmpv6Checksum, onesComplementSum } from '../../src/arp/checksum.js';
import { hex, noiseFrom } from '../support/values.js';

/** RFC 1071 §3. */
const EXAMPLE = hex('0001 f203 f4f5 f6f7');

describe('onesComplementSum', () => {
  // biome-ignore format: table
  const cases = [
    { name: "gives RFC 1071's example",       bytes: EXAMPLE,          from: 0, to: 8, start: 0,      want: 0xddf2 },
    { name: 'takes an odd last byte as high', bytes: EXAMPLE,          from: 0, to: 3, start: 0,      want: 0x0001 + 0xf200 },
    { name: 'reads only what it was told to', bytes: EXAMPLE,          from: 2, to: 4, start: 0,      want: 0xf203 },
    { name: 'goes on from a start',           bytes: EXAMPLE,          from: 2, to: 4, start: 0x0001, want: 0xf204 },
    { name: 'carries around, twice',          bytes: hex('ffff ffff 0001'), from: 0, to: 6, start: 0xffff, want: 0x0001 },
    { name: 'sums nothing to its start',      bytes: EXAMPLE,          from: 4, to: 4, start: 7,      want: 7 },
  ];
  for (const { name, bytes, from, to, start, want } of cases) {
    it(name, () => assert.equal(onesComplementSum(bytes, from, to, start), want));
  }
});

describe('icmpv6Checksum', () => {
  it('is zero once it stands in its field, for 500 random packets of any length', () => {
    const noise = noiseFrom(1071);
    for (let n = 0; n < 500; n++) {
      const packet = noise(44 + n);
      packet.set([0, 0], 42);
      new DataView(packet.buffer).setUint16(42, icmpv6Checksum(packet));
      assert.equal(icmpv6Checksum(packet), 0);
      packet[8 + n] = (packet[8 + n] as number) ^ 1;
      assert.notEqual(icmpv6Checksum(packet), 0, `byte ${8 + n} is not covered`);
    }
  });
});
