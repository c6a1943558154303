import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import type { Freed } from '../../src/allocator/resting.js';
import { readFreed, writeFreed } from '../../src/run/freed-state.js';
import { serviceKey } from '../../src/values/names.js';
import { address, noiseFrom } from '../support/values.js';

const NOW_MS = Date.parse('2026-07-01T12:00:00Z');
const ROOM = 1_000_000;
const asIs = (ms: number) => ms;
const freed = (ip: string, secondsAgo: number): Freed => ({
  address: address(ip),
  lastHolder: serviceKey('shop', 'web'),
  freedAtMs: NOW_MS - 1_000 * secondsAgo,
});

const conflict = (ip: string, secondsAgo: number): Freed => ({ ...freed(ip, secondsAgo), because: 'conflict' });
const usedAgain: Freed = { ...conflict('192.0.2.1', 60), usedUntilMs: NOW_MS - 5_000 };

describe('writeFreed', () => {
  // biome-ignore format: table
  const cases: readonly { name: string; given: readonly Freed[]; want: readonly Freed[]; room?: number }[] = [
    { name: 'writes nothing where nothing rests',     given: [],                                                 want: [], room: 0 },
    { name: 'is read back oldest first',              given: [freed('2001:db8::1', 1), freed('192.0.2.1', 5)],   want: [freed('192.0.2.1', 5), freed('2001:db8::1', 1)] },
    { name: 'tells why it rests',                     given: [conflict('192.0.2.1', 1)],                         want: [conflict('192.0.2.1', 1)] },
    { name: 'tells until when it was used all the same', given: [usedAgain],                                     want: [usedAgain] },
    { name: 'leaves out the oldest for want of room', given: [freed('192.0.2.1', 5), freed('192.0.2.2', 1)],     want: [freed('192.0.2.2', 1)], room: 100 },
    { name: 'leaves out all where there is no room',  given: [freed('192.0.2.1', 5)],                            want: [], room: 10 },
  ];
  for (const { name, given, want, room = ROOM } of cases) {
    it(name, () => {
      const text = writeFreed(given, room, asIs);
      assert.ok(text.length <= room);
      assert.deepEqual(readFreed(text), want);
    });
  }

  it('writes the same text whatever the order', () => {
    const given = [freed('192.0.2.1', 5), freed('192.0.2.2', 5), freed('192.0.2.3', 1)];
    assert.equal(writeFreed(given, ROOM, asIs), writeFreed(given.toReversed(), ROOM, asIs));
  });

  it('stays far below what a ConfigMap may hold', () => {
    const many = Array.from({ length: 20_000 }, (_, n) => ({
      ...freed('2001:db8::', 1),
      address: address(`2001:db8::${n.toString(16)}`),
    }));
    assert.ok(writeFreed(many, ROOM, asIs).length < 500_000);
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
    const good = writeFreed([freed('192.0.2.1', 1), freed('192.0.2.2', 2)], ROOM, asIs);
    const noise = noiseFrom(5);
    for (let n = 0; n < 2_000; n++) {
      const [at = 0, character = 0] = noise(2);
      const place = at % good.length;
      readFreed(`${good.slice(0, place)}${String.fromCharCode(character % 128)}${good.slice(place + 1)}`);
    }
  });
});
