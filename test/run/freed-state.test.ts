import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import type { Freed } from '../../src/allocator/resting.js';
import { readFreed, writeFreed } from '../../src/run/freed-state.js';
import { serviceKey } from '../../src/values/names.js';
import { config } from '../support/config.js';
import { address, noiseFrom } from '../support/values.js';

const NOW_MS = Date.parse('2026-07-01T12:00:00Z');
const { pools } = config(
  'address-pools: [{name: slow, protocol: layer2, addresses: [192.0.2.0/24, "2001:db8::/64"], reuse-delay: 60s}, {name: fast, protocol: layer2, addresses: [198.51.100.0/24]}]',
);
const freed = (ip: string, secondsAgo: number): Freed => ({
  address: address(ip),
  lastHolder: serviceKey('shop', 'web'),
  freedAtMs: NOW_MS - 1_000 * secondsAgo,
});

describe('writeFreed', () => {
  // biome-ignore format: table
  const cases = [
    { name: 'keeps what rests',                       given: [freed('192.0.2.1', 59)],                           want: [freed('192.0.2.1', 59)] },
    { name: 'leaves out what has rested',             given: [freed('192.0.2.1', 60)],                           want: [] },
    { name: 'leaves out what needs no rest',          given: [freed('198.51.100.1', 1)],                         want: [] },
    { name: 'leaves out what is in no pool any more', given: [freed('203.0.113.1', 1)],                          want: [] },
    { name: 'is read back oldest first',              given: [freed('2001:db8::1', 1), freed('192.0.2.1', 5)],   want: [freed('192.0.2.1', 5), freed('2001:db8::1', 1)] },
  ];
  for (const { name, given, want } of cases) {
    it(name, () => assert.deepEqual(readFreed(writeFreed(given, pools, NOW_MS)), want));
  }

  it('writes the same text whatever the order', () => {
    const given = [freed('192.0.2.1', 5), freed('192.0.2.2', 5), freed('192.0.2.3', 1)];
    assert.equal(writeFreed(given, pools, NOW_MS), writeFreed(given.toReversed(), pools, NOW_MS));
  });

  it('stays far below what a ConfigMap may hold', () => {
    const many = Array.from({ length: 20_000 }, (_, n) => ({
      ...freed('2001:db8::', 1),
      address: address(`2001:db8::${n.toString(16)}`),
    }));
    assert.ok(writeFreed(many, pools, NOW_MS).length < 500_000);
  });
});

describe('readFreed', () => {
  for (const text of [
    undefined,
    '',
    'null',
    '[1]',
    '{}',
    '[{"address":"x"}]',
    '[{"address":"192.0.2.1","lastHolder":"web","freedAt":"x"}]',
  ]) {
    it(`reads nothing from ${JSON.stringify(text)}`, () => assert.deepEqual(readFreed(text), []));
  }

  it('never throws', () => {
    const good = writeFreed([freed('192.0.2.1', 1), freed('192.0.2.2', 2)], pools, NOW_MS);
    const noise = noiseFrom(5);
    for (let n = 0; n < 2_000; n++) {
      const [at = 0, character = 0] = noise(2);
      const place = at % good.length;
      readFreed(`${good.slice(0, place)}${String.fromCharCode(character % 128)}${good.slice(place + 1)}`);
    }
  });
});
