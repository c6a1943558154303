/**
 * What a controller that begins finds in statuses and marks, and who keeps what several Services claim.
 */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { describe, it } from 'mocha';
import type { Config } from '../../src/config/config.js';
import { serviceKey } from '../../src/values/names.js';
import type { Service } from '../../src/values/objects.js';
import { type ServiceParts, service } from '../support/objects.js';
import { address } from '../support/values.js';
import { assigned } from '../values/assigned.js';
import { allStand, type Begun, begun, CLASS, NOW_MS, pools, stands } from './begun.js';
import { World } from './world.js';

const ONE = pools('name: a, addresses: [192.0.2.1]');
const THREE = pools('name: a, addresses: [192.0.2.1-192.0.2.3]');
const SLOW = pools('name: a, addresses: [192.0.2.1], reuse-delay: 5m');
const DUAL = pools('name: a, addresses: ["192.0.2.1-192.0.2.3", "2001:db8::1-2001:db8::3"]');
const WEB = serviceKey('shop', 'web');

interface Marked extends ServiceParts {
  /** When it was assigned what it has. */
  readonly at?: string;
  readonly by?: string;
}

/** A Service that we gave these addresses, and whose status shows these `ips` now. */
function given(name: string, lists: string, { at = '10:00', by = 'cairn-system', ...parts }: Marked = {}): Service {
  const annotations = { 'cairn.dev/served-by': `${by} ${lists}`, 'cairn.dev/allocated-from-pool': 'a' };
  const meta = { ...parts.meta, annotations: { ...annotations, ...parts.meta?.annotations } };
  return service(name, { conditions: [assigned('True', `2026-07-01T${at}:00Z`)], ...parts, meta });
}

/** A Service that we told to wait. */
const waiting = (name: string, parts: ServiceParts = {}): Service =>
  service(name, {
    conditions: [assigned('False', '2026-07-01T09:00:00Z')],
    ...parts,
    meta: { annotations: { 'cairn.dev/served-by': 'cairn-system' }, createdAt: '2026-07-01T08:00:00Z' },
  });
/** One that was let share 192.0.2.1 under the key `k`, and has this key now. */
function sharing(name: string, port: number, key: string | undefined, parts: ServiceParts = {}): Service {
  const sharedAs = JSON.stringify({ key: 'k', backends: 'Cluster', ports: [`TCP/${port}`] });
  const wish = key === undefined ? {} : { 'cairn.dev/allow-shared-ip': key };
  const ports = [{ name: '', protocol: 'TCP', port, nodePort: 0 }] as const;
  return given(name, '192.0.2.1', {
    ports,
    ...parts,
    meta: { annotations: { 'cairn.dev/shared-as': sharedAs, ...wish } },
  });
}
/** One that has 192.0.2.1, was let share it with nobody, and has this key now. */
const alone = (name: string, port: number, key: string): Service =>
  given(name, '192.0.2.1', {
    ...shown('192.0.2.1'),
    ports: [{ name: '', protocol: 'TCP', port, nodePort: 0 }],
    meta: { annotations: { 'cairn.dev/allow-shared-ip': key } },
  });
/** One that bears our mark, and no word of ours in its status: a copied manifest, or the work of whoever may edit it. */
const forged = (name: string, lists: string, parts: ServiceParts = {}): Service =>
  given(name, lists, { conditions: [], ...parts });
const shown = (...ips: readonly string[]): ServiceParts => ({ ips });

const FOREIGN = '203.0.113.7';
const hostname: Pick<Service, 'ingress'> = { ingress: [{ ip: '', hostname: 'lb.example.com', ipMode: '' }] };
const METALLB = { serviceClass: { ...CLASS, isDefault: false } };

// biome-ignore format: table
const ROWS: readonly { name: string; given?: Config; services: readonly Service[]; as?: Begun; want: Readonly<Record<string, string>> }[] = [
  { name: 'holds again what was wiped',                     services: [given('web', '192.0.2.2'), service('db')],                              want: { web: '192.0.2.2', db: '192.0.2.1' } },
  { name: 'holds again what somebody overwrote with an address of no pool', services: [given('web', '192.0.2.1', shown(FOREIGN)), service('db')], want: { web: '192.0.2.1', db: '192.0.2.2' } },
  { name: 'holds again what somebody overwrote with a host name', services: [{ ...given('web', '192.0.2.2'), ...hostname }],                   want: { web: '192.0.2.2' } },
  { name: 'drops what somebody wrote beside it',            services: [given('web', '192.0.2.2', shown('192.0.2.2', FOREIGN)), given('db', '192.0.2.1', shown('192.0.2.3', '192.0.2.1'))], want: { web: '192.0.2.2', db: '192.0.2.1' } },
  { name: 'adopts an address of a pool that another provider gave meanwhile', services: [given('web', '192.0.2.2', shown('192.0.2.3'))],       want: { web: '192.0.2.3' } },
  { name: 'holds again the family that is missing',         given: DUAL, services: [given('web', '192.0.2.2,2001:db8::3', { ...shown('192.0.2.3'), ipFamilies: ['IPv4', 'IPv6'], ipFamilyPolicy: 'RequireDualStack' })], want: { web: '192.0.2.3,2001:db8::3' } },
  { name: 'holds again what is of a pool that would be tried later', given: pools('name: b, addresses: [198.51.100.1]', 'name: a, addresses: [192.0.2.1-192.0.2.3]'), services: [given('web', '192.0.2.2')], want: { web: '192.0.2.2' } },
  { name: 'holds again what is of a retired pool',          given: pools('name: a, addresses: [192.0.2.2], retired: true'), services: [given('web', '192.0.2.2')], want: { web: '192.0.2.2' } },
  { name: 'holds again what is in no pool',                 given: ONE, services: [given('web', '198.51.100.9')],                              want: { web: '198.51.100.9 OutsidePool' } },
  { name: 'holds again what another provider’s Service does not have', services: [given('web', '192.0.2.1', shown(FOREIGN)), service('db', { loadBalancerClass: 'metallb', ips: ['192.0.2.2'] })], want: { web: '192.0.2.1', db: 'not-ours' } },
  { name: 'takes no other installation’s mark for its own', services: [given('web', '192.0.2.3', { by: 'elsewhere' })],                         want: { web: '192.0.2.1' } },
  { name: 'takes no annotation alone for a mark',           services: [service('copy', { meta: { annotations: given('web', '198.51.100.9').meta.annotations } })], want: { copy: '192.0.2.1' } },
  { name: 'takes no copied annotation for a mark',          given: ONE, services: [service('copy', { meta: { createdAt: '2026-07-01T08:00:00Z', annotations: given('web', '192.0.2.1').meta.annotations } }), given('web', '192.0.2.1')], want: { web: '192.0.2.1', copy: 'PoolFull' } },
  { name: 'holds for whoever is being deleted what its mark lists', given: ONE, services: [given('web', '192.0.2.1', { ...shown(FOREIGN), meta: { deleting: true } }), service('db')], want: { web: '192.0.2.1', db: 'PoolFull' } },

  { name: 'keeps an address for whom its mark lists it, not for one that waited', given: ONE, services: [waiting('old', shown('192.0.2.1')), given('web', '192.0.2.1', { ...shown('192.0.2.1'), at: '12:00' })], want: { web: '192.0.2.1', old: 'PoolFull' } },
  { name: 'keeps it for whom its mark lists it, not for one assigned another before', services: [given('old', '192.0.2.2', { ...shown('192.0.2.1'), at: '08:00' }), given('web', '192.0.2.1', { ...shown('192.0.2.1'), at: '12:00' })], want: { web: '192.0.2.1', old: '192.0.2.2' } },
  { name: 'keeps it for whom its mark lists it, not for one without a mark', services: [service('old', { ...shown('192.0.2.1'), meta: { createdAt: '2026-07-01T08:00:00Z' } }), given('web', '192.0.2.1', shown('192.0.2.1'))], want: { web: '192.0.2.1', old: '192.0.2.2' } },
  { name: 'keeps it for whom its mark lists it though the status was wiped', services: [service('old', shown('192.0.2.1')), waiting('db', shown('192.0.2.1')), given('web', '192.0.2.1')], want: { web: '192.0.2.1', old: '192.0.2.3', db: '192.0.2.2' } },
  { name: 'keeps it for one that was there before us, not for one that waited', services: [waiting('web', shown('192.0.2.1')), service('old', shown('192.0.2.1'))], want: { old: '192.0.2.1', web: '192.0.2.2' } },
  { name: 'keeps it for the one assigned first where both marks list it', services: [given('old', '192.0.2.1', { ...shown('192.0.2.1'), at: '11:00' }), given('web', '192.0.2.1', { ...shown('192.0.2.1'), at: '10:00' })], want: { web: '192.0.2.1', old: '192.0.2.2' } },
  { name: 'keeps it for the one whose status shows it where both marks list it: the other’s type changed, and it was given away', given: ONE, services: [given('old', '192.0.2.1', { at: '08:00' }), given('web', '192.0.2.1', { ...shown('192.0.2.1'), at: '12:00' })], want: { web: '192.0.2.1', old: 'PoolFull' } },
  { name: 'holds nothing again beside one that shared it, and was edited so that it does no more', services: [sharing('web', 80, 'k'), sharing('db', 81, undefined, shown('192.0.2.1'))], want: { web: '192.0.2.2', db: '192.0.2.1' } },
  { name: 'holds nothing again beside one that had it alone, and has the same key since', services: [sharing('web', 80, 'k'), alone('db', 81, 'k')], want: { web: '192.0.2.2', db: '192.0.2.1' } },
  { name: 'holds again beside one that shares it still',    services: [sharing('web', 80, 'k'), sharing('db', 81, 'k', shown('192.0.2.1')), service('api')], want: { web: '192.0.2.1', db: '192.0.2.1', api: '192.0.2.2' } },
  { name: 'goes back to its own when its status shows somebody else’s', given: pools('name: a, addresses: [192.0.2.1-192.0.2.2]'), services: [given('web', '192.0.2.2', { ...shown('192.0.2.1'), at: '08:00' }), given('db', '192.0.2.1'), service('old', { meta: { createdAt: '2026-07-01T08:00:00Z' } })], want: { web: '192.0.2.2', db: '192.0.2.1', old: 'PoolFull' } },
  { name: 'goes back to its own also where somebody else shows that', services: [given('web', '192.0.2.2', shown('192.0.2.1')), given('db', '192.0.2.1', shown(FOREIGN)), service('old', shown('192.0.2.2'))], want: { web: '192.0.2.2', db: '192.0.2.1', old: '192.0.2.3' } },
  { name: 'leaves everybody where the provider of the meantime put them', services: [given('web', '192.0.2.1', shown('192.0.2.2')), service('db', shown('192.0.2.1')), given('api', '192.0.2.2', shown('192.0.2.3'))], want: { web: '192.0.2.2', db: '192.0.2.1', api: '192.0.2.3' } },

  { name: 'gives nothing that another provider’s Service has', services: [service('other', { loadBalancerClass: 'metallb', ips: ['192.0.2.1'] }), service('web')], want: { web: '192.0.2.2' } },
  { name: 'says who has it',                                given: ONE, services: [service('other', { loadBalancerClass: 'metallb', ips: ['192.0.2.1'] }), service('web'), service('db', { loadBalancerIP: '192.0.2.1' })], want: { web: 'PoolFull', db: 'AddressTaken' } },
  { name: 'gives nothing that a Service without a class has where another serves these', as: METALLB, given: ONE, services: [service('other', shown('192.0.2.1')), service('web', { loadBalancerClass: 'cairn.dev/lb' })], want: { other: 'not-ours', web: 'PoolFull' } },
  { name: 'keeps what both have',                           services: [service('other', { loadBalancerClass: 'metallb', ips: ['192.0.2.1'] }), given('web', '192.0.2.1', shown('192.0.2.1'))], want: { web: '192.0.2.1' } },
  { name: 'keeps what it was assigned though another provider’s Service has it too, and somebody took the mark away', services: [service('other', { loadBalancerClass: 'metallb', ips: ['192.0.2.1'] }), service('web', { ...shown('192.0.2.1'), conditions: [assigned('True')] })], want: { web: '192.0.2.1' } },
  { name: 'does not adopt for one that waited what another provider’s Service has', services: [service('other', { loadBalancerClass: 'metallb', ips: ['192.0.2.1'] }), waiting('web', shown('192.0.2.1'))], want: { web: '192.0.2.2' } },
  { name: 'shares no address with another provider’s Service', given: ONE, services: [service('other', { loadBalancerClass: 'metallb', ips: ['192.0.2.1'], meta: { annotations: { 'metallb.io/allow-shared-ip': 'k' } } }), service('web', { meta: { annotations: { 'cairn.dev/allow-shared-ip': 'k' } } })], want: { web: 'PoolFull' } },

  { name: 'lets an address rest whose Service stopped being ours meanwhile', given: SLOW, services: [given('web', '192.0.2.1', { type: 'ClusterIP' }), service('db')], want: { web: 'not-ours', db: 'AddressResting' } },
  { name: 'takes nothing that was wiped for a Service with a copied mark in which somebody put it', services: [given('web', '192.0.2.1'), forged('copy', '192.0.2.1', { ...shown('192.0.2.1'), meta: { createdAt: '2026-07-01T08:00:00Z' } })], want: { web: '192.0.2.1', copy: '192.0.2.2' } },
  { name: 'keeps nothing for the name of a Service of another type whose mark was forged or copied', given: pools('name: a, addresses: [192.0.2.1-192.0.2.2], reuse-delay: 168h'), services: [forged('copy', '192.0.2.1,192.0.2.2', { type: 'ClusterIP' }), service('db', { loadBalancerIP: '192.0.2.1' }), service('web')], want: { copy: 'not-ours', db: '192.0.2.1', web: '192.0.2.2' } },
  { name: 'passes nothing over for such a mark',              services: [forged('copy', '192.0.2.1', { type: 'ClusterIP' }), service('web')],   want: { web: '192.0.2.1' } },
  { name: 'keeps nothing for one of another type that waited', given: SLOW, services: [forged('web', '192.0.2.1', { type: 'ClusterIP', conditions: [assigned('False')] }), service('db')], want: { db: '192.0.2.1' } },
  { name: 'keeps nothing for a LoadBalancer whose mark stands alone', given: SLOW, services: [forged('web', '192.0.2.1'), service('db', { meta: { createdAt: '2026-07-01T08:00:00Z' } })], want: { db: '192.0.2.1', web: 'PoolFull' } },
  { name: 'gives back what the mark lists, while it is free, where the conditions were wiped too', services: [forged('web', '192.0.2.3'), service('db')], want: { web: '192.0.2.3', db: '192.0.2.1' } },
  { name: 'keeps one address of a family at most for a Service of another type', given: pools('name: a, addresses: ["192.0.2.1-192.0.2.2", "2001:db8::1-2001:db8::2"], reuse-delay: 5m'), services: [given('web', '192.0.2.1,192.0.2.2,2001:db8::1,2001:db8::2', { type: 'ClusterIP' }), service('db', { ipFamilies: ['IPv4', 'IPv6'], ipFamilyPolicy: 'RequireDualStack' }), service('late', { loadBalancerIP: '192.0.2.1' })], want: { db: '192.0.2.2,2001:db8::2', late: 'AddressResting' } },
  { name: 'lets it rest from now on, whatever was known before', given: SLOW, as: { freed: [{ address: address('192.0.2.1'), lastHolder: serviceKey('shop', 'db'), freedAtMs: NOW_MS - 1_000_000 }] }, services: [given('web', '192.0.2.1', { type: 'ClusterIP' }), service('db')], want: { db: 'AddressResting' } },
];

describe('an allocator that begins on what happened while nobody led', () => {
  for (const { name, given: first = THREE, services, as, want } of ROWS) {
    it(name, () => assert.deepEqual(allStand(begun(first, services, as), want), want));
  }

  it('comes to the same whatever the order in which it is told of the Services', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...ROWS),
        fc.infiniteStream(fc.nat()),
        ({ given: first = THREE, services, as, want }, by) => {
          const shuffled = services.map((each) => ({ each, at: by.next().value ?? 0 })).sort((a, b) => a.at - b.at);
          assert.deepEqual(
            allStand(
              begun(
                first,
                shuffled.map(({ each }) => each),
                as,
              ),
              want,
            ),
            want,
          );
        },
      ),
      { seed: 5, numRuns: 300 },
    );
  });

  it('knows what a pool has before it goes by the marks, where there was no configuration yet', () => {
    const services = [given('web', '192.0.2.1', shown('192.0.2.3')), service('db')];
    const allocator = begun(undefined, services);
    assert.equal(stands(allocator, 'web'), 'left-alone');
    allocator.configure(THREE, '', NOW_MS);
    // What was used lately comes last.
    const want = { web: '192.0.2.3', db: '192.0.2.2' };
    assert.deepEqual(allStand(allocator, want), want);
    assert.deepEqual(allStand(begun(THREE, services), want), want);
  });
});

describe('another provider’s Service', () => {
  const other = (ips: readonly string[], resourceVersion: string) =>
    service('other', { loadBalancerClass: 'metallb', ips, meta: { resourceVersion } });
  const OTHER = serviceKey('shop', 'other');

  it('frees its address for who waits when it loses it, and when it is gone', () => {
    const allocator = begun(ONE, [service('web')], {});
    const [web] = [service('web')];
    assert.ok(web !== undefined);
    allocator.observe(web.key, undefined, NOW_MS);
    allocator.observe(OTHER, other(['192.0.2.1'], '2'), NOW_MS);
    allocator.observe(web.key, web, NOW_MS);
    assert.equal(stands(allocator, 'web'), 'PoolFull');
    assert.deepEqual(allocator.observe(OTHER, other([], '3'), NOW_MS), [WEB]);
    assert.equal(stands(allocator, 'web'), '192.0.2.1');
    allocator.observe(web.key, undefined, NOW_MS);
    allocator.observe(OTHER, other(['192.0.2.1'], '4'), NOW_MS);
    allocator.observe(web.key, web, NOW_MS);
    assert.equal(stands(allocator, 'web'), 'PoolFull');
    assert.deepEqual(allocator.observe(OTHER, undefined, NOW_MS), [WEB]);
    assert.equal(stands(allocator, 'web'), '192.0.2.1');
  });

  it('frees nothing by being seen as it was before', () => {
    const allocator = begun(ONE, [other(['192.0.2.1'], '5')]);
    allocator.observe(OTHER, other([], '4'), NOW_MS);
    allocator.observe(WEB, service('web'), NOW_MS);
    assert.equal(stands(allocator, 'web'), 'PoolFull');
  });

  it('moves nobody who has the same address and gets a sharing key', () => {
    const web = given('web', '192.0.2.1', shown('192.0.2.1'));
    const allocator = begun(THREE, [web, other(['192.0.2.1'], '2')]);
    const annotations = { ...web.meta.annotations, 'cairn.dev/allow-shared-ip': 'k' };
    allocator.observe(WEB, { ...web, meta: { ...web.meta, resourceVersion: '3', annotations } }, NOW_MS);
    assert.equal(stands(allocator, 'web'), '192.0.2.1');
  });

  it('takes nothing from who has it already', () => {
    const allocator = begun(ONE, [service('web')]);
    allocator.observe(OTHER, other(['192.0.2.1'], '2'), NOW_MS);
    assert.equal(stands(allocator, 'web'), '192.0.2.1');
    allocator.observe(WEB, undefined, NOW_MS);
    assert.deepEqual(allocator.holders(address('192.0.2.1')), [OTHER]);
  });
});

describe('a Service that the leader before wrote after this one had begun', () => {
  function overtaken(meanwhile: (world: World) => void = () => {}): World {
    const world = new World(THREE);
    for (const name of ['other', 'web']) world.create(name, {});
    world.send(WEB);
    world.remove(serviceKey('shop', 'other'));
    world.takeOver();
    assert.equal(stands(world.allocator, 'web'), '192.0.2.1');
    meanwhile(world);
    world.arrive(WEB);
    return world;
  }

  it('keeps what it was given, and what was planned instead is as free as before', () => {
    const world = overtaken();
    const writes = world.writes;
    world.settle();
    assert.deepEqual([stands(world.allocator, 'web'), world.writes], ['192.0.2.2', writes]);
    assert.deepEqual([...world.allocator.resting(world.nowMs)], []);
    world.create('new', {});
    assert.equal(stands(world.allocator, 'new'), '192.0.2.1');
  });

  it('keeps both addresses though one of them was planned too', () => {
    const world = new World(DUAL);
    world.create('other', {});
    world.create('web', { ipFamilies: ['IPv4', 'IPv6'], ipFamilyPolicy: 'PreferDualStack' });
    world.send(WEB);
    world.remove(serviceKey('shop', 'other'));
    world.takeOver();
    assert.equal(stands(world.allocator, 'web'), '192.0.2.1,2001:db8::1');
    world.arrive(WEB);
    assert.equal(stands(world.allocator, 'web'), '192.0.2.2,2001:db8::1');
    assert.equal(world.isDue(WEB), false);
  });

  it('gets what was planned where somebody else has the other by now', () => {
    const world = overtaken((before) => before.create('new', {}));
    assert.equal(stands(world.allocator, 'new'), '192.0.2.2');
    world.settle();
    assert.deepEqual(allStand(world.allocator, { web: '', new: '' }), { web: '192.0.2.1', new: '192.0.2.2' });
  });
});

describe('a Service that is deleted and created again, or of another type for a while', () => {
  const FULL = pools('name: a, addresses: [192.0.2.1]', 'name: b, addresses: [198.51.100.1-198.51.100.2]');
  const retired = pools(
    'name: a, addresses: [192.0.2.1], retired: true',
    'name: b, addresses: [198.51.100.1-198.51.100.2]',
  );
  const gone = pools('name: b, addresses: [198.51.100.1-198.51.100.2]');
  const again = (world: World) => {
    world.remove(WEB);
    world.create('web', {});
  };
  const flip = (world: World) => {
    world.edit(WEB, (before) => ({ ...before, type: 'ClusterIP' }));
    world.edit(WEB, (before) => ({ ...before, type: 'LoadBalancer' }));
  };

  // biome-ignore format: table
  const cases: readonly { name: string; others: readonly string[]; later?: Config; does: (world: World) => void; want: string }[] = [
    { name: 'has its address again though a pool that comes first has room by now', others: ['first'], does: again, want: '198.51.100.1' },
    { name: 'has it again when its type comes back',                   others: ['first'], does: flip,                want: '198.51.100.1' },
    { name: 'gets another one where its pool is retired',              others: [],        later: retired, does: again, want: '198.51.100.1' },
    { name: 'gets another one where its address is in no pool',        others: [],        later: gone, does: again, want: '198.51.100.1' },
  ];
  for (const { name, others, later, does, want } of cases) {
    it(name, () => {
      const world = new World(FULL);
      for (const each of [...others, 'web']) world.create(each, {});
      world.settle();
      for (const each of others) world.remove(serviceKey('shop', each));
      if (later !== undefined) world.configure(later);
      does(world);
      world.settle();
      assert.equal(stands(world.allocator, 'web'), want);
    });
  }
});
