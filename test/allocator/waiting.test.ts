import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import type { Refusal } from '../../src/allocator/refusal.js';
import { Waiting } from '../../src/allocator/waiting.js';
import { wantOf } from '../../src/allocator/want.js';
import { serviceKey } from '../../src/values/names.js';
import { service } from '../support/objects.js';
import { address, pool } from '../support/values.js';

const P = wantOf(pool('p'), 'IPv4');
const Q = wantOf(pool('q'), 'IPv4');
const IP = address('192.0.2.1');
const aged = (name: string, second: number) => service(name, { meta: { createdAt: `2026-07-01T10:00:0${second}Z` } });
const [a, b, c, d] = [aged('a', 1), aged('b', 2), aged('c', 2), aged('d', 4)];
const full = (name: string): Refusal => ({
  kind: 'no-address',
  tried: [{ pool: pool(name), kind: 'full', family: 'IPv4', holders: [], heldCount: 1, reservedCount: 0 }],
});
const resting = (untilMs: number): Refusal => ({
  kind: 'no-address',
  tried: [{ pool: pool('p'), kind: 'all-resting', family: 'IPv4', untilMs }],
});

describe('Waiting', () => {
  const all = () => {
    const waiting = new Waiting();
    waiting.add(d, full('p'));
    waiting.add(b, full('q'), [IP]);
    waiting.add(a, full('q'));
    waiting.add(c, full('p'), [IP]);
    return waiting;
  };

  // biome-ignore format: table
  const cases = [
    { name: 'the oldest of one queue',                       wants: [P],        after: undefined, want: 'c' },
    { name: 'the oldest of several',                         wants: [P, Q],     after: undefined, want: 'a' },
    { name: 'the next of several',                           wants: [P, Q],     after: a,         want: 'b' },
    { name: 'by name of those of one second, each once',     wants: [P, Q, IP], after: b,         want: 'c' },
    { name: 'the next behind one that waits no more',        wants: [Q],        after: aged('a0', 1), want: 'b' },
    { name: 'none behind the last',                          wants: [P, Q],     after: d,         want: undefined },
    { name: 'none where nobody waits',                       wants: [wantOf(pool('x'), 'IPv4')], after: undefined, want: undefined },
  ];
  for (const { name, wants, after, want } of cases) {
    it(`finds ${name}`, () => assert.equal(all().next(wants, after)?.meta.name, want));
  }

  it('knows who waits in a namespace', () => {
    const waiting = all();
    waiting.delete(b.key);
    assert.deepEqual(
      waiting.inNamespace('shop').map(({ meta }) => meta.name),
      ['a', 'c', 'd'],
    );
    for (const { key } of [a, c, d]) waiting.delete(key);
    assert.deepEqual(waiting.inNamespace('shop'), []);
  });

  it('keeps those apart who wait and those who are to hear that there is nothing left', () => {
    const waiting = new Waiting();
    waiting.add(b, full('q'), [], [P]);
    waiting.add(a, full('q'), [], [P]);
    waiting.add(c, full('p'));
    assert.equal(waiting.next([P]), c);
    assert.deepEqual(waiting.waitingFor([P], []), [c]);
    assert.deepEqual(waiting.waitingFor([P], [P]), [a, b, c]);
    for (const { key } of [a, b]) waiting.delete(key);
    assert.equal(waiting.isOfConcern(P), false);
  });

  it('tells of each once whose time has come, and of the soonest to come', () => {
    const waiting = new Waiting();
    waiting.add(d, resting(30));
    waiting.add(c, resting(10));
    waiting.add(a, resting(20));
    assert.equal(waiting.nextMs(), 10);
    assert.deepEqual(waiting.due(20), [a, c]);
    assert.deepEqual(waiting.due(20), []);
    assert.equal(waiting.nextMs(), 30);
    waiting.delete(serviceKey('shop', 'd'));
    assert.equal(waiting.nextMs(), undefined);
  });
});
