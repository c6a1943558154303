/**
 * Services that many pools refuse: of each no more is kept than is told of it, and what helps any of them is found all the same.
 */
import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import type { Allocator } from '../../src/allocator/allocator.js';
import { tellAssigned } from '../../src/allocator/conditions.js';
import { type Queue, Queues } from '../../src/allocator/queues.js';
import type { Refusal } from '../../src/allocator/refusal.js';
import { serviceKey } from '../../src/values/names.js';
import type { Service } from '../../src/values/objects.js';
import { type ServiceParts, service } from '../support/objects.js';
import { begun, NOW_MS, pools, stands } from './begun.js';

const COUNT = 40;
const NUMBERS = Array.from({ length: COUNT }, (_, n) => n);
/** Pools of one address each, or of one IPv4 address and any number of IPv6 addresses. */
const singles = (more = '') => NUMBERS.map((n) => `name: p${n}, addresses: [192.0.2.${n}]${more}`);
const DUAL = NUMBERS.map((n) => `name: p${n}, addresses: [192.0.2.${n}, "2001:db8:${n}::/64"]`);
const HOLDERS = NUMBERS.map((n) => service(`holder-${n}`, { ips: [`192.0.2.${n}`] }));
const BOTH: ServiceParts = { ipFamilies: ['IPv6', 'IPv4'], ipFamilyPolicy: 'RequireDualStack' };
const young = (name: string, second: number, { meta, ...rest }: ServiceParts = {}): Service =>
  service(name, { ...rest, meta: { ...meta, createdAt: `2026-07-01T12:00:0${second}Z` } });
const annotated = (annotations: Readonly<Record<string, string>>): ServiceParts => ({ meta: { annotations } });

const refusalOf = (allocator: Allocator, name: string): Refusal => {
  const standing = allocator.standing(serviceKey('shop', name));
  return standing.state === 'waits' ? standing.because : assert.fail(`${name} ${standing.state}`);
};
const said = (allocator: Allocator, name: string): string =>
  tellAssigned(allocator.standing(serviceKey('shop', name)))?.message ?? '';

/** How long each list is that is in a value. */
const lengthsIn = (value: unknown): readonly number[] => {
  if (typeof value !== 'object' || value === null) return [];
  const size = Array.isArray(value) ? [value.length] : value instanceof Map ? [value.size] : [];
  return [...size, ...Object.values(value).flatMap(lengthsIn)];
};

/** The queues in which anybody stood meanwhile. */
function queuesOf(meanwhile: () => void): ReadonlySet<Queue> {
  const join = Queues.prototype.join;
  const all = new Set<Queue>();
  Queues.prototype.join = function (this: Queues, ...args) {
    const queues = join.apply(this, args);
    for (const queue of queues) all.add(queue);
    return queues;
  };
  try {
    meanwhile();
  } finally {
    Queues.prototype.join = join;
  }
  return all;
}

describe('a Service that many pools refuse', () => {
  // biome-ignore format: table
  const cases: readonly { name: string; given: readonly string[]; waits: ServiceParts }[] = [
    { name: 'as they are full',                                  given: singles(),                                             waits: {} },
    { name: 'as they are full, of both families',                given: DUAL,                                                  waits: BOTH },
    { name: 'as they lack a family',                             given: singles(),                                             waits: BOTH },
    { name: 'as they are for others',                            given: singles(', namespaces: [bank]'),                       waits: {} },
    { name: 'as they know nothing of its Namespace',             given: singles(', namespace-selectors: [{match-labels: {a: b}}]'), waits: {} },
    { name: 'as they are called otherwise',                      given: singles(),                                             waits: annotated({ 'cairn.dev/address-pool': 'x' }) },
  ];
  for (const { name, given, waits } of cases) {
    it(`keeps of them no more than is told, ${name}`, () => {
      const allocator = begun(pools(...given), [...HOLDERS, young('one', 1, waits)]);
      const longest = Math.max(...lengthsIn(refusalOf(allocator, 'one')));
      assert.ok(longest <= 8, `a list of ${longest}`);
      assert.match(said(allocator, 'one'), / and 32 more|; 32 other pools: 32 /);
    });
  }

  it('stands in one queue with all who wait for the same pools, and in one with all whom the same concerns', () => {
    const others = (n: number) => annotated({ 'metallb.universe.tf/allow-shared-ip': `key-${n >> 1}` });
    // biome-ignore format: table
    const rows: readonly { given: readonly string[]; parts: (n: number) => ServiceParts; want: number }[] = [
      { given: singles(), parts: () => ({}), want: 1 },
      { given: DUAL,      parts: () => BOTH, want: 2 },
      { given: singles(), parts: others,     want: 1 + 3 },
    ];
    for (const { given, parts, want } of rows) {
      const waiting = NUMBERS.slice(0, 6).map((n) => young(`w${n}`, n, parts(n)));
      const queues = queuesOf(() => begun(pools(...given), [...HOLDERS, ...waiting]));
      assert.equal(queues.size, want);
    }
  });

  for (const { name, given, parts, want } of [
    { name: 'an address', given: singles(), parts: {}, want: '192.0.2.37' },
    { name: 'an address beside one of the other family', given: DUAL, parts: BOTH, want: '2001:db8:37::,192.0.2.37' },
  ]) {
    it(`is given ${name} of a pool that nothing named, before any that is younger`, () => {
      const allocator = begun(pools(...given), [...HOLDERS, young('new', 2, parts), young('old', 1, parts)]);
      assert.doesNotMatch(said(allocator, 'old'), /"p37"/);
      assert.deepEqual(allocator.observe(serviceKey('shop', 'holder-37'), undefined, NOW_MS), [
        serviceKey('shop', 'old'),
      ]);
      assert.equal(stands(allocator, 'old'), want);
      assert.equal(stands(allocator, 'new'), 'PoolFull');
    });
  }

  it('comes back when the first of all rests ends, also in a pool that nothing named', () => {
    const allocator = begun(pools(...singles(', reuse-delay: 1h')), [...HOLDERS, young('one', 1)]);
    allocator.observe(serviceKey('shop', 'holder-37'), undefined, NOW_MS);
    for (let n = 0; n < COUNT; n++) {
      if (n !== 37) allocator.observe(serviceKey('shop', `holder-${n}`), undefined, NOW_MS + 60_000 + n);
    }
    allocator.wake(NOW_MS + 120_000);
    assert.doesNotMatch(said(allocator, 'one'), /"p37"/);
    assert.equal(allocator.nextMs(), NOW_MS + 3_600_000);
    allocator.wake(NOW_MS + 3_600_000);
    assert.equal(stands(allocator, 'one'), '192.0.2.37');
  });
});
