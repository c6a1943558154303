import assert from 'node:assert/strict';
import fc from 'fast-check';
import { describe, it } from 'mocha';
import { byAge, nextAfter, type Queue, Queues } from '../../src/allocator/queues.js';
import { type Want, wantOf, wantToShare } from '../../src/allocator/want.js';
import type { Service } from '../../src/values/objects.js';
import { service } from '../support/objects.js';
import { address, pool } from '../support/values.js';

const P = wantOf(pool('p'), 'IPv4');
const Q = wantOf(pool('q'), 'IPv4');
const Q6 = wantOf(pool('q'), 'IPv6');
const IP = address('192.0.2.1');
const KEY = wantToShare('k');
const SERVICES = Array.from({ length: 8 }, (_, n) =>
  service(`s${n}`, { meta: { createdAt: `2026-07-01T10:00:0${n >> 1}Z` } }),
);
const [a, b] = SERVICES as [Service, Service];

describe('Queues', () => {
  it('have one for all who wait for the same pools, whatever else each of them waits for', () => {
    const queues = new Queues();
    const [first] = queues.join([P, Q, Q6], a);
    const [second, forIp, forKey] = queues.join([IP, P, KEY, Q, Q6, IP], b);
    assert.equal(second, first);
    assert.deepEqual(first, { wants: [P, Q, Q6], services: [a, b] });
    assert.deepEqual([forIp?.wants, forKey?.wants], [[IP], [KEY]]);
  });

  it('keep apart what reads alike', () => {
    const queues = new Queues();
    const lists: readonly (readonly Want[])[] = [
      [P, Q],
      [wantOf(pool('p,IPv4 q'), 'IPv4')],
      [wantOf(pool('p","IPv4 q'), 'IPv4')],
      [wantOf(pool('["IPv4 p","IPv4 q"]'), 'IPv4')],
      [address('192.0.2.1')],
      [address('::c000:201')],
      [wantToShare('IPv4 p')],
      [wantToShare('')],
    ];
    const all = lists.flatMap((wants) => queues.join(wants, a));
    assert.equal(new Set(all).size, lists.length);
  });

  it('agree with a list of who waits for what after any steps', () => {
    const wants = fc.subarray<Want>([P, Q, Q6, IP, KEY]);
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.constantFrom(...SERVICES), wants), { maxLength: 60 }), (steps) => {
        const queues = new Queues();
        const stands = new Map<Service, readonly Queue[]>();
        const waits = new Map<Service, readonly Want[]>();
        for (const [each, its] of steps) {
          queues.leave(stands.get(each) ?? [], each);
          stands.set(each, queues.join(its, each));
          waits.set(each, its);
          for (const want of [P, Q, Q6, IP, KEY]) {
            const there = SERVICES.filter((one) => waits.get(one)?.includes(want)).sort(byAge);
            assert.equal(queues.has(want), there.length > 0);
            assert.deepEqual([...queues.of(want)].flatMap(({ services }) => services).sort(byAge), there);
            for (const after of SERVICES) {
              const next = [...queues.of(want)].flatMap((queue) => nextAfter(queue, after) ?? []).sort(byAge);
              assert.equal(
                next[0],
                there.find((one) => byAge(one, after) > 0),
              );
            }
          }
        }
      }),
      { seed: 7, numRuns: 300 },
    );
  });
});
