/**
 * Any sequence of what users, configurations, the API and restarts do to the allocator, and what must be true after each.
 *
 * The default run takes seconds; `CAIRN_MODEL_RUNS=10000` plays as many sequences, and `CAIRN_MODEL_SEED` other ones.
 */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { describe, it } from 'mocha';
import { formatAddress } from '../../src/values/address.js';
import { type ServiceKey, serviceKey } from '../../src/values/names.js';
import type { Service } from '../../src/values/objects.js';
import { config } from '../support/config.js';
import type { ServiceParts } from '../support/objects.js';
import {
  assertGiven,
  assertHeld,
  assertKept,
  assertTold,
  assertTrue,
  grantedIn,
  type Idle,
  idleIn,
  type Touched,
} from './invariants.js';
import { World } from './world.js';

const NAMES = ['a', 'b', 'c', 'd', 'e', 'f'] as const;
const KEYS = NAMES.map((name) => serviceKey('shop', name));

const four = (addresses: string, rest = '') => `{name: a, protocol: layer2, addresses: [${addresses}]${rest}}`;
const FOUR = '192.0.2.1-192.0.2.3';
const SIX = '"2001:db8::1-2001:db8::2"';
/** Small enough to be full often: grown, shrunk, split, renamed, reserved, slow to reuse, closed, of one family or both. */
const CONFIGS = [
  [four(FOUR)],
  [four(`${FOUR}, ${SIX}`)],
  [four('192.0.2.1-192.0.2.6')],
  [four('192.0.2.2')],
  [four('192.0.2.2, "2001:db8::/64"')],
  [four('192.0.2.1'), '{name: b, protocol: layer2, addresses: [192.0.2.2-192.0.2.4]}'],
  [four(FOUR), `{name: b, protocol: layer2, addresses: [${SIX}]}`],
  [`{name: b, protocol: layer2, addresses: [${FOUR}, ${SIX}]}`],
  [four(`192.0.2.1-192.0.2.4, ${SIX}`, ', reserved: {192.0.2.1: shop/c, "2001:db8::1": shop/c}')],
  [four(`${FOUR}, ${SIX}`, ', reuse-delay: 10s')],
  [four(FOUR, ', retired: true')],
  [four(`${FOUR}, ${SIX}`, ', service-selectors: [{match-labels: {tier: edge}}]')],
  [
    four(FOUR, ', auto-assign: false'),
    '{name: b, protocol: layer2, addresses: [192.0.2.255/32], avoid-buggy-ips: true}',
  ],
  [four(FOUR, ', priority: 20'), '{name: b, protocol: layer2, addresses: [198.51.100.1, "2001:db8::2"], priority: 10}'],
  [four(FOUR, ', namespace-selectors: [{match-labels: {team: blue}}]')],
  ['{name: b, protocol: layer2, addresses: [198.51.100.1, 198.51.100.2]}'],
  [four('192.0.2.1-192.0.2.2'), '{name: b, protocol: bgp, addresses: [192.0.2.3, "2001:db8::2"]}'],
].map((pools) => config(`address-pools: [${pools.join(', ')}]`));

const annotated = (name: string, text: string | undefined) => (before: Service) => {
  const { [`cairn.dev/${name}`]: _, ...annotations } = before.meta.annotations;
  const added = text === undefined ? {} : { [`cairn.dev/${name}`]: text };
  return { ...before, meta: { ...before.meta, annotations: { ...annotations, ...added } } };
};
const asking = (loadBalancerIP: string) => (before: Service) => ({ ...before, loadBalancerIP });
const ports = (...each: readonly number[]) => ({
  ports: each.map((port) => ({ name: `p${port}`, protocol: 'TCP' as const, port, nodePort: 0 })),
});
const key = (text: string) => ({ annotations: { 'cairn.dev/allow-shared-ip': text } });
const BOTH = { ipFamilies: ['IPv4', 'IPv6'] } as const;

const PARTS: readonly ServiceParts[] = [
  {},
  {},
  { meta: { labels: { tier: 'edge' } } },
  { loadBalancerIP: '192.0.2.2' },
  { loadBalancerIP: '203.0.113.9' },
  { meta: { annotations: { 'cairn.dev/address-pool': 'b' } } },
  { ipFamilies: ['IPv6'] },
  { ...BOTH, ipFamilyPolicy: 'PreferDualStack' },
  { ipFamilies: ['IPv6', 'IPv4'], ipFamilyPolicy: 'PreferDualStack' },
  { ...BOTH, ipFamilyPolicy: 'RequireDualStack' },
  { ...ports(80), meta: key('k') },
  { ...ports(443), meta: key('k') },
  { ...ports(80), ...BOTH, ipFamilyPolicy: 'PreferDualStack', meta: key('k') },
  { ...ports(53), ...BOTH, ipFamilyPolicy: 'RequireDualStack', meta: key('k') },
  { ...ports(8080), externalTrafficPolicy: 'Local', selector: { app: 'web' }, meta: key('k') },
  { ...ports(443), meta: key('k'), loadBalancerIP: '192.0.2.1' },
  { loadBalancerClass: 'cairn.dev/lb' },
  { loadBalancerClass: 'metallb', ips: ['192.0.2.2'] },
  { loadBalancerClass: 'metallb', ips: ['192.0.2.1', '2001:db8::1'], meta: key('k') },
  { ips: ['192.0.2.3'] },
  { ips: ['192.0.2.1', '2001:db8::2'], ...BOTH, ipFamilyPolicy: 'PreferDualStack' },
  { ips: ['203.0.113.9'] },
  { ips: ['203.0.113.9'], meta: { annotations: { 'metallb.io/ip-allocated-from-pool': 'x' } } },
];

const EDITS: readonly ((before: Service) => Service)[] = [
  asking(''),
  asking('192.0.2.1'),
  asking('192.0.2.3'),
  asking('nonsense'),
  (before) => ({ ...before, type: before.type === 'LoadBalancer' ? 'ClusterIP' : 'LoadBalancer' }),
  (before) => ({ ...before, meta: { ...before.meta, labels: { tier: 'edge' } } }),
  (before) => ({ ...before, meta: { ...before.meta, deleting: true } }),
  annotated('address-pool', 'a'),
  annotated('address-pool', undefined),
  annotated('allow-shared-ip', undefined),
  annotated('allow-shared-ip', 'k'),
  annotated('allow-shared-ip', 'other'),
  annotated('loadBalancerIPs', '192.0.2.2,2001:db8::2'),
  annotated('loadBalancerIPs', undefined),
  (before) => ({ ...before, ...ports(80) }),
  (before) => ({ ...before, ...ports(80, 443) }),
  (before) => ({ ...before, ...ports(8443) }),
  (before) => ({ ...before, externalTrafficPolicy: before.externalTrafficPolicy === 'Local' ? 'Cluster' : 'Local' }),
  (before) => ({ ...before, selector: { app: 'web' } }),
  // As the API server does it: the first family stays.
  (before) => ({ ...before, ipFamilyPolicy: 'SingleStack', ipFamilies: before.ipFamilies.slice(0, 1) }),
  (before) => ({ ...before, ipFamilyPolicy: 'PreferDualStack', ipFamilies: bothFrom(before) }),
  (before) => ({ ...before, ipFamilyPolicy: 'RequireDualStack', ipFamilies: bothFrom(before) }),
  annotated('give-up', '192.0.2.1'),
  annotated('give-up', '192.0.2.2,2001:db8::1'),
  annotated('give-up', undefined),
  // By way of another type, which empties the status: the class of a LoadBalancer does not change.
  (before) => ({ ...before, type: 'LoadBalancer', loadBalancerClass: 'metallb', ingress: [] }),
  (before) => ({ ...before, type: 'LoadBalancer', loadBalancerClass: undefined, ingress: [] }),
  (before) => ({ ...before, type: 'LoadBalancer', loadBalancerClass: 'cairn.dev/lb', ingress: [] }),
  // As somebody who replaces it by a manifest without them does it.
  (before) => ({ ...before, meta: { ...before.meta, annotations: withoutOurs(before) } }),
];

const withoutOurs = ({ meta }: Service) =>
  Object.fromEntries(
    Object.entries(meta.annotations).filter(
      ([name]) => !['served-by', 'allocated-from-pool', 'shared-as'].includes(name.replace('cairn.dev/', '')),
    ),
  );

/** What somebody else writes into a status. */
const RIVALS: readonly (readonly string[])[] = [
  [],
  ['203.0.113.7'],
  ['lb.example.com'],
  ['192.0.2.1'],
  ['192.0.2.2'],
  ['192.0.2.3'],
  ['2001:db8::1'],
  ['192.0.2.1', '2001:db8::2'],
  ['203.0.113.7', '2001:db8::9'],
];

const bothFrom = ({ ipFamilies }: Service) =>
  ipFamilies[0] === 'IPv6' ? (['IPv6', 'IPv4'] as const) : (['IPv4', 'IPv6'] as const);

const which = fc.nat({ max: NAMES.length - 1 });
const how = (list: readonly unknown[]) => fc.nat({ max: list.length - 1 });
/** What happens to Services while nobody leads. */
const act = fc.oneof(
  { weight: 3, arbitrary: fc.record({ do: fc.constant('overwrite' as const), which, how: how(RIVALS) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('create' as const), which, how: how(PARTS) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('remove' as const), which }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('edit' as const), which, how: how(EDITS) }) },
);
type Act = typeof act extends fc.Arbitrary<infer T> ? T : never;
const step = fc.oneof(
  { weight: 5, arbitrary: fc.record({ do: fc.constant('create' as const), which, how: how(PARTS) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('remove' as const), which }) },
  { weight: 5, arbitrary: fc.record({ do: fc.constant('edit' as const), which, how: how(EDITS) }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constant('send' as const), which }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constant('arrive' as const), which }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('settle' as const) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('old' as const), which, how: fc.nat({ max: 3 }) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('config' as const), how: how(CONFIGS) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('pass' as const), how: fc.nat({ max: 15 }) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('restart' as const) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('take over' as const) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('overwrite' as const), which, how: how(RIVALS) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('replace' as const), which }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('unled' as const), acts: fc.array(act, { maxLength: 4 }) }) },
);
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

const create = (which: number, how: number): Step => ({ do: 'create', which, how });
const remove = (which: number): Step => ({ do: 'remove', which });
const edit = (which: number, how: number): Step => ({ do: 'edit', which, how });
const send = (which: number): Step => ({ do: 'send', which });
const arrive = (which: number): Step => ({ do: 'arrive', which });
const overwrite = (which: number, how: number): Step => ({ do: 'overwrite', which, how });
const to = (how: number): Step => ({ do: 'config', how });
const settle: Step = { do: 'settle' };

const at = <T>(list: readonly T[], index: number): T => list[index] as T;

const NOBODY: Touched = { byUser: [], byOthers: [] };
const byUser = (key: string): Touched => ({ byUser: [key], byOthers: [] });

/** Returns whom it is about. */
function play(world: World, each: Step, idle: Idle): Touched {
  switch (each.do) {
    case 'create':
    case 'remove':
    case 'edit':
    case 'overwrite':
      return perform(world, each);
    case 'unled':
      return playUnled(world, each.acts, idle);
    case 'replace':
      world.replace(at(KEYS, each.which));
      return byUser(at(KEYS, each.which));
    case 'send':
      world.send(at(KEYS, each.which));
      return NOBODY;
    case 'arrive':
      world.arrive(at(KEYS, each.which));
      return NOBODY;
    case 'settle':
      world.settle();
      return NOBODY;
    case 'old':
      world.showOld(at(KEYS, each.which), each.how);
      return NOBODY;
    case 'config':
      world.configure(at(CONFIGS, each.how));
      return NOBODY;
    case 'pass':
      world.pass(each.how * 1_000);
      return NOBODY;
    case 'restart':
      world.restart();
      return withMoved(world, NOBODY, idle);
    case 'take over':
      world.takeOver();
      return withMoved(world, NOBODY, idle);
  }
}

function perform(world: World, each: Act): Touched {
  const of = at(KEYS, each.which);
  switch (each.do) {
    case 'create':
      world.create(at(NAMES, each.which), at(PARTS, each.how));
      return byUser(of);
    case 'remove':
      world.remove(of);
      return byUser(of);
    case 'edit':
      world.edit(of, at(EDITS, each.how));
      return byUser(of);
    case 'overwrite':
      world.overwrite(of, at(RIVALS, each.how));
      return { byUser: [], byOthers: [of] };
  }
}

function playUnled(world: World, acts: readonly Act[], idle: Idle): Touched {
  let touched = NOBODY;
  world.unled(() => {
    for (const each of acts) {
      const { byUser, byOthers } = perform(world, each);
      touched = { byUser: [...touched.byUser, ...byUser], byOthers: [...touched.byOthers, ...byOthers] };
    }
  });
  return withMoved(world, touched, idle);
}

/** What somebody wrote into a status and a pool has may stay when another leads, unless it is another Service's. */
function withMoved(world: World, touched: Touched, idle: Idle): Touched {
  const isKept = (ip: string, of: string) =>
    world.isInPool(ip) &&
    ![...idle].some(([key, ips]) => key !== of && ips.includes(ip) && !touched.byUser.includes(key));
  const moved = [...touched.byOthers, ...world.overwritten].filter((of) =>
    (world.statuses().get(of as ServiceKey) ?? []).some((ip) => isKept(ip, of)),
  );
  return { ...touched, byUser: [...touched.byUser, ...moved] };
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
  let idle: Idle = new Map();
  for (const each of steps) {
    const [before, granted] = [world.rightful(), grantedIn(world)];
    const touched = play(world, each, idle);
    assertHeld(world);
    assertGiven(world, granted);
    assertTold(world);
    assertKept(world, { before, idle, touched });
    world.noteAccepted();
    idle = idleIn(world, idle, touched);
  }
  rest(world);
  assertHeld(world);
  return world;
}

/** Sequences that failed once. Their steps are numbers into the lists above: add to the lists only at their ends. */
const ROWS: readonly { readonly name: string; readonly steps: readonly Step[] }[] = [
  {
    name: 'two sharers that both drop their key: one has to go, and neither loses its address over it',
    steps: [create(0, 11), create(2, 12), create(3, 0), create(1, 0), edit(2, 9), send(0), edit(0, 9)],
  },
  {
    name: 'two sharers that both drop their key before either is written',
    steps: [create(4, 15), create(1, 12), edit(4, 9), edit(1, 9), create(0, 0), remove(0)],
  },
  {
    name: 'two sharers that both drop their key: the same one has to go after a restart',
    steps: [create(2, 11), create(3, 0), create(0, 10), create(1, 0), edit(2, 9), send(0), edit(0, 9)],
  },
  {
    name: 'an address whose pool is gone after the Service asked for that pool',
    steps: [create(5, 0), edit(5, 20), to(7), to(0), settle, to(8), edit(5, 7), to(0)],
  },
  {
    name: 'an address outside its pool, of a Service that names the pool',
    steps: [create(0, 0), settle, to(3), edit(0, 0), edit(0, 7)],
  },
  {
    name: 'a shared address that somebody else asks for: the same holder is named after a restart',
    steps: [create(0, 0), create(1, 12), settle, create(2, 3), remove(0), create(0, 11), settle],
  },
  {
    name: 'a sharer that drops its key among three: the same other is named after a restart',
    steps: [create(0, 13), create(2, 12), to(1), create(1, 15), to(0), edit(0, 9)],
  },
  {
    name: 'two addresses asked for, one outside every pool and one taken later',
    steps: [create(0, 7), edit(0, 12), settle, create(1, 0)],
  },
  {
    name: 'an address asked for in a pool that has one family of the two needed',
    steps: [create(0, 0), create(3, 0), create(2, 3), to(3), edit(2, 21), remove(3), settle, remove(0), create(0, 0)],
  },
  {
    name: 'an address asked for, and a pool that is there later',
    steps: [to(7), create(2, 0), edit(2, 1), edit(2, 7), send(2), { do: 'restart' }, to(0), create(0, 0), edit(0, 0)],
  },
  {
    name: 'a pool whose one family is full and whose other becomes so: the same is told after a restart',
    steps: [create(2, 0), create(0, 7), edit(2, 20), create(3, 9), to(7), settle, create(1, 0)],
  },
  {
    name: 'a sharer that is being deleted and drops its key',
    steps: [create(0, 10), edit(0, 6), create(1, 13), to(7), edit(0, 9)],
  },
  {
    name: 'addresses of two pools that another provider gave: the same is told after a restart',
    steps: [create(0, 20), edit(0, 0), { do: 'unled', acts: [] }, send(0), to(0), to(6)],
  },
  {
    name: 'an address that was had before, of a pool that has too little now: the same pools are named after a restart',
    steps: [to(13), create(5, 15), create(0, 0), settle, remove(5), settle, create(5, 13), edit(0, 0)],
  },
  {
    name: 'addresses in and outside the pools that another provider gave: what is asked for is answered as after a restart',
    steps: [to(5), create(1, 0), create(5, 20), edit(5, 12), create(0, 0), send(0), { do: 'restart' }],
  },
  {
    name: 'a sharer that drops its key, and another one whose status is overwritten with the address to which the first is going',
    steps: [
      create(0, 0),
      create(3, 0),
      create(2, 10),
      edit(0, 2),
      settle,
      edit(0, 10),
      edit(2, 9),
      overwrite(0, 7),
      edit(0, 0),
      send(0),
      settle,
    ],
  },
  {
    name: 'an address of two families, one of which went before it was written',
    steps: [create(0, 6), create(5, 12), edit(5, 1), overwrite(5, 4), create(1, 6), to(7), send(5), remove(0)],
  },
  {
    name: 'an address that is shared with one that drops its key before it is written',
    steps: [to(1), create(5, 0), create(1, 12), edit(5, 10), overwrite(1, 3), { do: 'take over' }, to(0), edit(1, 9)],
  },
  {
    name: 'a wish for a pool, of a Service with an address outside every pool: the other family comes as after a restart',
    steps: [create(0, 0), settle, { do: 'unled', acts: [{ do: 'create', which: 2, how: 20 }] }, to(0), edit(2, 7)],
  },
  {
    name: 'a sharing key beside a Service of another provider: it is written down at once and not only after a restart',
    steps: [create(4, 0), { do: 'replace', which: 4 }, settle, edit(4, 3), create(0, 17), edit(4, 10)],
  },
  {
    name: 'an address to be replaced, and then no other: nothing is asked any more',
    steps: [create(1, 19), { do: 'replace', which: 1 }, to(10), edit(1, 0)],
  },
  {
    name: 'an address replaced before it was written, of a Service whose status somebody overwrites twice',
    steps: [
      create(0, 0),
      { do: 'replace', which: 0 },
      overwrite(0, 5),
      create(2, 0),
      create(1, 0),
      overwrite(0, 0),
      edit(0, 0),
    ],
  },
  {
    name: 'a status that somebody overwrote with an address of a pool that goes while that is being put right',
    steps: [create(1, 4), create(0, 0), overwrite(1, 3), send(1), to(15), arrive(1)],
  },
  {
    name: 'a status that was overwritten before another leads, of a Service that asks for what it had',
    steps: [
      create(2, 15),
      create(0, 12),
      settle,
      edit(0, 9),
      overwrite(2, 4),
      { do: 'unled', acts: [] },
      send(2),
      { do: 'restart' },
      to(0),
    ],
  },
];

const RUNS = {
  seed: Number(process.env['CAIRN_MODEL_SEED'] ?? 20_260_701),
  numRuns: Number(process.env['CAIRN_MODEL_RUNS'] ?? 1_000),
};
const sequences = fc.array(step, { minLength: 5, maxLength: 60, size: 'max' });

function assertAtRest(world: World): void {
  for (const [serviceName, service] of world.api) {
    const standing = world.allocator.standing(serviceName);
    assertTrue(world, service, standing);
    if (standing.state !== 'holds') continue;
    assert.deepEqual(
      world.statuses().get(serviceName),
      standing.held.map(({ address }) => formatAddress(address)),
    );
  }
}

function assertSameAfterRestart(world: World): void {
  const before = { statuses: world.statuses(), writes: world.writes };
  world.restart();
  world.settle();
  assert.deepEqual({ statuses: world.statuses(), writes: world.writes }, before);
}

describe(`the allocator, whatever happens (seed ${RUNS.seed}, ${RUNS.numRuns} sequences)`, function () {
  // Long runs are asked for, and a machine may be busy.
  this.timeout(Math.max(60_000, RUNS.numRuns * 100));
  for (const { name, steps } of ROWS) {
    it(name, () => {
      const world = run(steps);
      assertAtRest(world);
      assertSameAfterRestart(world);
    });
  }

  it('gives no address twice, loses and moves none, and says why somebody waits', () => {
    fc.assert(
      fc.property(sequences, (all) => assertAtRest(run(all))),
      RUNS,
    );
  });

  it('writes nothing when it begins again from what it wrote', () => {
    fc.assert(
      fc.property(sequences, (all) => assertSameAfterRestart(run(all))),
      RUNS,
    );
  });

  it('does the same again for the same input', () => {
    fc.assert(
      fc.property(sequences, (all) => assert.deepEqual(run(all).api, run(all).api)),
      { ...RUNS, numRuns: Math.ceil(RUNS.numRuns / 5) },
    );
  });
});
