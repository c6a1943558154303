import assert from 'node:assert/strict';
import fc from 'fast-check';
import { describe, it } from 'mocha';
import type { Standing } from '../../src/allocator/standing.js';
import { formatAddress } from '../../src/values/address.js';
import { serviceKey } from '../../src/values/names.js';
import type { Service } from '../../src/values/objects.js';
import { offset, sizeOf } from '../../src/values/range.js';
import { config } from '../support/config.js';
import type { ServiceParts } from '../support/objects.js';
import { World } from './world.js';

const NAMES = ['a', 'b', 'c', 'd', 'e', 'f'] as const;
const KEYS = NAMES.map((name) => serviceKey('shop', name));

/** Small enough to be full often: grown, shrunk, split, renamed, reserved, slow to reuse, closed. */
const CONFIGS = [
  '[{name: a, protocol: layer2, addresses: [192.0.2.1-192.0.2.3]}]',
  '[{name: a, protocol: layer2, addresses: [192.0.2.1-192.0.2.6]}]',
  '[{name: a, protocol: layer2, addresses: [192.0.2.2]}]',
  '[{name: a, protocol: layer2, addresses: [192.0.2.1]}, {name: b, protocol: layer2, addresses: [192.0.2.2-192.0.2.4]}]',
  '[{name: b, protocol: layer2, addresses: [192.0.2.1-192.0.2.3]}]',
  '[{name: a, protocol: layer2, addresses: [192.0.2.1-192.0.2.4], reserved: {192.0.2.1: shop/c}}]',
  '[{name: a, protocol: layer2, addresses: [192.0.2.1-192.0.2.3], reuse-delay: 10s}]',
  '[{name: a, protocol: layer2, addresses: [192.0.2.1-192.0.2.3], retired: true}]',
  '[{name: a, protocol: layer2, addresses: [192.0.2.1-192.0.2.3], service-selectors: [{match-labels: {tier: edge}}]}]',
  '[{name: b, protocol: layer2, addresses: [198.51.100.1, 198.51.100.2]}]',
].map((pools) => config(`address-pools: ${pools}`));

const parts: readonly ServiceParts[] = [
  {},
  {},
  { meta: { labels: { tier: 'edge' } } },
  { loadBalancerIP: '192.0.2.2' },
  { loadBalancerIP: '203.0.113.9' },
  { meta: { annotations: { 'cairn.dev/address-pool': 'b' } } },
];

const edits: readonly ((before: Service) => Service)[] = [
  (before) => ({ ...before, loadBalancerIP: '' }),
  (before) => ({ ...before, loadBalancerIP: '192.0.2.1' }),
  (before) => ({ ...before, loadBalancerIP: '192.0.2.3' }),
  (before) => ({ ...before, loadBalancerIP: 'nonsense' }),
  (before) => ({ ...before, type: before.type === 'LoadBalancer' ? 'ClusterIP' : 'LoadBalancer' }),
  (before) => ({ ...before, meta: { ...before.meta, labels: { tier: 'edge' } } }),
  (before) => ({ ...before, meta: { ...before.meta, deleting: true } }),
  (before) => ({
    ...before,
    meta: { ...before.meta, annotations: { ...before.meta.annotations, 'cairn.dev/address-pool': 'a' } },
  }),
];

const which = fc.nat({ max: NAMES.length - 1 });
const step = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({ do: fc.constant('create' as const), which, how: fc.nat({ max: parts.length - 1 }) }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('remove' as const), which }) },
  {
    weight: 3,
    arbitrary: fc.record({ do: fc.constant('edit' as const), which, how: fc.nat({ max: edits.length - 1 }) }),
  },
  { weight: 4, arbitrary: fc.record({ do: fc.constant('send' as const), which }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constant('arrive' as const), which }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('settle' as const) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('old' as const), which, how: fc.nat({ max: 3 }) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('config' as const), how: fc.nat({ max: CONFIGS.length - 1 }) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('pass' as const), how: fc.nat({ max: 15 }) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('restart' as const) }) },
);
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

const at = <T>(list: readonly T[], index: number): T => list[index] as T;

/** Returns whose Service it is about; undefined: nobody's. */
function play(world: World, each: Step): string | undefined {
  switch (each.do) {
    case 'create':
      world.create(at(NAMES, each.which), at(parts, each.how));
      return at(KEYS, each.which);
    case 'remove':
      world.remove(at(KEYS, each.which));
      return at(KEYS, each.which);
    case 'edit':
      world.edit(at(KEYS, each.which), at(edits, each.how));
      return at(KEYS, each.which);
    case 'send':
      world.send(at(KEYS, each.which));
      return undefined;
    case 'arrive':
      world.arrive(at(KEYS, each.which));
      return undefined;
    case 'settle':
      world.settle();
      return undefined;
    case 'old':
      world.showOld(at(KEYS, each.which), each.how);
      return undefined;
    case 'config':
      world.configure(at(CONFIGS, each.how));
      return undefined;
    case 'pass':
      world.pass(each.how * 1_000);
      return undefined;
    case 'restart':
      world.restart();
      return undefined;
  }
}

/** No address is in two statuses, and the ledger knows one holder of each. */
function assertUnique(world: World): void {
  const seen = new Map<string, string>();
  for (const [key, ips] of world.statuses()) {
    for (const ip of ips) {
      assert.equal(seen.get(ip), undefined, `${ip} is held by ${seen.get(ip)} and ${key}`);
      seen.set(ip, key);
    }
  }
  for (const key of world.api.keys()) {
    const standing = world.allocator.standing(key);
    if (standing.state !== 'holds') continue;
    for (const { address } of standing.held) assert.deepEqual(world.allocator.holders(address), [key]);
  }
}

/** What a Service had it still has, unless it asks for something else. */
function assertKept(before: ReadonlyMap<string, readonly string[]>, world: World, touched: string | undefined): void {
  const after = world.statuses();
  for (const [key, ips] of before) {
    const service = world.api.get(serviceKey('shop', key.slice('shop/'.length)));
    if (ips.length === 0 || key === touched || service === undefined) continue;
    const now = after.get(service.key);
    if (now?.join() === ips.join()) continue;
    const wished = service.loadBalancerIP !== '' || service.meta.annotations['cairn.dev/address-pool'] !== undefined;
    assert.ok(wished && now?.length === ips.length, `${key} had ${ips} and has ${now}`);
  }
}

/** Asks every pool and address one by one what the allocator says of them. */
function assertTrue(world: World, service: Service, standing: Standing): void {
  if (standing.state !== 'waits') return;
  const { because } = standing;
  if (because.kind === 'taken') assert.deepEqual(world.allocator.holders(because.address), [because.holder]);
  if (because.kind !== 'no-address') return;
  for (const tried of because.tried) {
    const pool = world.config.pools.find(({ name }) => name === tried.pool);
    assert.ok(pool !== undefined, `pool ${tried.pool} is no more`);
    if (tried.kind === 'retired') assert.equal(pool.retired, true);
    if (tried.kind !== 'full') continue;
    for (const range of pool.ranges) {
      for (let n = 0n; n < sizeOf(range); n++) {
        const address = offset(range.first, n);
        const [holder] = world.allocator.holders(address);
        assert.ok(
          holder === undefined || world.api.has(holder),
          `${holder} is gone and holds ${formatAddress(address)}`,
        );
        const isKept = pool.reserved.has(address) && pool.reserved.get(address) !== service.key;
        assert.ok(holder !== undefined || isKept, `${formatAddress(address)} is free, and ${service.key} waits`);
      }
    }
    for (const { address, holder } of tried.holders) assert.deepEqual(world.allocator.holders(address), [holder]);
  }
}

/** Everything written, and everybody told: what one write frees is given by the next, as far as there are Services. */
function rest(world: World): void {
  for (const _ of NAMES) {
    world.settle();
    world.pass(1_000);
  }
  world.settle();
}

function run(steps: readonly Step[]): World {
  const world = new World(at(CONFIGS, 0));
  for (const each of steps) {
    const before = world.statuses();
    const touched = play(world, each);
    assertUnique(world);
    assertKept(before, world, touched);
  }
  rest(world);
  assertUnique(world);
  return world;
}

const RUNS = { seed: 20_260_701, numRuns: Number(process.env['CAIRN_TEST_RUNS'] ?? 3_000) };
const steps = fc.array(step, { minLength: 5, maxLength: 60, size: 'max' });

describe('the allocator, whatever happens', () => {
  it('gives no address twice, loses and moves none, and says why somebody waits', () => {
    fc.assert(
      fc.property(steps, (all) => {
        const world = run(all);
        for (const [key, service] of world.api) {
          const standing = world.allocator.standing(key);
          assertTrue(world, service, standing);
          if (standing.state !== 'holds') continue;
          const held = standing.held.map(({ address }) => formatAddress(address));
          assert.deepEqual(world.statuses().get(key), held);
        }
      }),
      RUNS,
    );
  });

  it('writes nothing when it begins again from what it wrote', () => {
    fc.assert(
      fc.property(steps, (all) => {
        const world = run(all);
        const before = { statuses: world.statuses(), writes: world.writes };
        world.restart();
        world.settle();
        assert.deepEqual({ statuses: world.statuses(), writes: world.writes }, before);
      }),
      RUNS,
    );
  });

  it('does the same again for the same input', () => {
    fc.assert(
      fc.property(steps, (all) => assert.deepEqual(run(all).api, run(all).api)),
      { ...RUNS, numRuns: RUNS.numRuns / 5 },
    );
  });
});
