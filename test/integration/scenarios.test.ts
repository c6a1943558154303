/**
 * What happens to a cluster and its controllers, each story under several faults of the API server at once.
 */
import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import type { Fault } from '../../src/playground/api/faults.js';
import type { JsonObject } from '../../src/playground/api/object.js';
import { SEED } from './support/fault-table.js';
import { World, type WorldOptions } from './support/world.js';

const TIGHT = ['{name: p, protocol: layer2, addresses: [192.0.2.1-192.0.2.12]}'];
const numbered = (count: number, prefix = 's') =>
  Array.from({ length: count }, (_, at) => `${prefix}${String(at).padStart(3, '0')}`);

/** As an API server is on a bad day. */
const WEATHER: Readonly<Record<string, readonly Fault[]>> = {
  'on a good day': [],
  'while the API is slow': [{ kind: 'delay', delayMs: 1_500, probability: 0.5 }],
  'while a third of all writes is refused': [
    { kind: 'refuse', code: 503, verbs: ['patch', 'create', 'update'], probability: 0.15 },
    { kind: 'refuse', code: 409, verbs: ['patch', 'create', 'update'], probability: 0.1 },
    { kind: 'refuse', code: 429, retryAfterSeconds: 1, verbs: ['patch', 'create', 'update'], probability: 0.1 },
  ],
  'while answers are lost': [
    { kind: 'reset', when: 'after', verbs: ['patch', 'create', 'update'], probability: 0.3 },
    { kind: 'reset', when: 'before', probability: 0.1 },
  ],
  'while watches break and their history is gone': [
    { kind: 'cut', verbs: ['watch'], probability: 0.1 },
    { kind: 'expired', verbs: ['watch'], probability: 0.1 },
  ],
  'while the watch cache lags': [{ kind: 'stale', versions: 8 }],
};

interface Story {
  readonly name: string;
  readonly options?: Partial<WorldOptions>;
  readonly play: (world: World) => Promise<void>;
}

const annotate = (name: string, text: string | undefined) => (service: JsonObject) => {
  const { [name]: _, ...annotations } = service['metadata'].annotations ?? {};
  service['metadata'].annotations = text === undefined ? annotations : { ...annotations, [name]: text };
};
const retype = (type: string) => (service: JsonObject) => {
  service['spec'].type = type;
};
const pick = <T>(world: World, list: readonly T[]): T => list[Math.floor(world.time.chance.next() * list.length)] as T;
const someTurns = (world: World) => world.time.turns(Math.floor(world.time.chance.next() * 60));

const STORIES: readonly Story[] = [
  {
    name: 'starts with 30 waiting Services and room for all but five',
    options: { pools: ['{name: p, protocol: layer2, addresses: [192.0.2.1-192.0.2.25]}'] },
    play: async (world) => {
      for (const name of numbered(30)) world.create(name);
      world.start();
    },
  },
  {
    name: 'is killed and restarted six times in mid-churn',
    options: { pools: TIGHT },
    play: async (world) => {
      const names = numbered(16);
      for (const name of names) world.create(name);
      for (let round = 0; round < 6; round++) {
        const replica = world.start();
        await someTurns(world);
        world.remove(names[round] ?? '');
        world.create(`again${round}`);
        world.edit(names[15 - round] ?? '', annotate('cairn.dev/loadBalancerIPs', `192.0.2.${round + 1}`));
        if (round % 2 === 0) await world.time.pass(1_000);
        else await someTurns(world);
        await (round % 3 === 0 ? world.stop(replica) : world.kill(replica));
      }
      world.start();
    },
  },
  {
    name: 'hands over between two replicas, by SIGTERM and by SIGKILL',
    options: { pools: TIGHT, leaderElect: true },
    play: async (world) => {
      for (const name of numbered(14)) world.create(name);
      world.start();
      world.start();
      for (let round = 0; round < 4; round++) {
        await world.time.until('a leader', () => world.leader() !== undefined);
        await someTurns(world);
        const leader = world.leader();
        assert.ok(leader);
        world.remove(`s00${round}`);
        world.create(`again${round}`);
        await (round % 2 === 0 ? world.stop(leader) : world.kill(leader));
        world.start();
      }
    },
  },
  {
    name: 'freezes in mid-write past its lease and thaws',
    options: { pools: TIGHT, leaderElect: true },
    play: async (world) => {
      for (const name of numbered(8)) world.create(name);
      world.start();
      world.start();
      for (let round = 0; round < 3; round++) {
        await world.time.until('a leader', () => world.leader() !== undefined);
        const frozen = world.leader();
        assert.ok(frozen);
        for (const name of numbered(3, `more${round}x`)) world.create(name);
        await world.time.turns(round + 1);
        frozen.freeze();
        await world.time.until('another leader', () => world.leader() !== undefined && world.leader() !== frozen);
        await world.time.pass(2_000);
        // Freed by one and given to another, while the frozen one has both writes in its hands.
        world.remove(`more${round}x000`);
        world.edit(`more${round}x001`, annotate('cairn.dev/loadBalancerIPs', '192.0.2.12'));
        world.create(`late${round}`);
        await world.time.pass(2_000);
        frozen.thaw();
        await world.time.pass(1_000);
      }
    },
  },
  {
    name: 'has a rival who writes statuses',
    options: { pools: TIGHT },
    play: async (world) => {
      const names = numbered(6);
      for (const name of names) world.create(name);
      world.start();
      await world.time.pass(10_000);
      for (let round = 0; round < 30; round++) {
        const ingress = pick(world, [[{ ip: '203.0.113.9' }], [], [{ ip: world.ips(names[0] ?? '') || '192.0.2.9' }]]);
        world.rival(pick(world, names), ingress);
        await (round % 3 === 0 ? world.time.pass(500) : someTurns(world));
      }
    },
  },
  {
    name: 'has its configuration edited: shrunk, broken, renamed, deleted, grown',
    options: { pools: TIGHT },
    play: async (world) => {
      world.start();
      for (const name of numbered(14)) world.create(name);
      await world.time.pass(3_000);
      world.configure(['{name: p, protocol: layer2, addresses: [192.0.2.1-192.0.2.3]}']);
      await world.time.pass(2_000);
      world.configureText('address-pools:\n- name: p\n  protocol: layer3\n');
      world.create('meanwhile');
      await world.time.pass(2_000);
      world.configure(['{name: q, protocol: layer2, addresses: [192.0.2.4-192.0.2.9], reuse-delay: 3s}']);
      await someTurns(world);
      world.remove('s000');
      world.configure(['{name: q, protocol: layer2, addresses: [192.0.2.4-192.0.2.20], reuse-delay: 3s}']);
      await world.time.pass(2_000);
    },
  },
  {
    name: 'sees Services deleted and created again, and their type changed to and fro',
    options: { pools: ['{name: p, protocol: layer2, addresses: [192.0.2.1-192.0.2.6], reuse-delay: 2s}'] },
    play: async (world) => {
      const names = numbered(9);
      for (const name of names) world.create(name);
      world.start();
      for (let round = 0; round < 24; round++) {
        const name = pick(world, names);
        if (round % 2 === 0) {
          world.remove(name);
          if (round % 4 === 0) await someTurns(world);
          world.create(name);
        } else {
          const isBalancer = world.service(name)?.type === 'LoadBalancer';
          world.edit(name, retype(isBalancer ? pick(world, ['ClusterIP', 'NodePort']) : 'LoadBalancer'));
        }
        await (round % 3 === 0 ? world.time.pass(700) : someTurns(world));
      }
      for (const name of names) world.edit(name, retype('LoadBalancer'));
    },
  },
  {
    name: 'was down while types changed and Services came and went',
    options: { pools: ['{name: p, protocol: layer2, addresses: [192.0.2.1-192.0.2.4]}'] },
    play: async (world) => {
      for (const name of numbered(6)) world.create(name);
      const before = world.start();
      await world.time.pass(20_000);
      await world.kill(before);
      world.edit('s000', retype('ClusterIP'));
      world.edit('s001', retype('NodePort'));
      world.edit('s001', retype('LoadBalancer'));
      world.remove('s002');
      world.create('s002');
      world.create('new');
      world.start();
    },
  },
  {
    name: 'misses changes whose history is gone',
    options: { pools: ['{name: p, protocol: layer2, addresses: [192.0.2.1-192.0.2.4]}'] },
    play: async (world) => {
      for (const name of numbered(8)) world.create(name);
      world.start();
      await world.time.pass(20_000);
      const release = world.fault({ kind: 'refuse', code: 503, verbs: ['watch'] });
      world.fault({ kind: 'disconnect' });
      world.remove('s000');
      world.edit('s001', retype('ClusterIP'));
      world.configure(['{name: p, protocol: layer2, addresses: [192.0.2.1-192.0.2.5]}']);
      await world.time.pass(1_000);
      world.store.compact();
      release();
    },
  },
  {
    name: 'has Services that share, and stop to',
    options: { pools: ['{name: p, protocol: layer2, addresses: [192.0.2.1-192.0.2.3]}'] },
    play: async (world) => {
      const key = { annotations: { 'cairn.dev/allow-shared-ip': 'k' } };
      for (const [at, name] of numbered(4).entries()) {
        world.create(name, { metadata: key, spec: { ports: [{ port: 80 + at }], loadBalancerIP: '192.0.2.1' } });
      }
      const replica = world.start();
      world.create('alone');
      await world.time.pass(3_000);
      world.edit('s001', annotate('cairn.dev/allow-shared-ip', undefined));
      world.edit('s002', ({ spec }) => {
        spec.ports[0].port = 80;
      });
      await someTurns(world);
      await world.kill(replica);
      world.remove('alone');
      world.start();
    },
  },
];

describe(`stories of a controller (seed ${SEED})`, () => {
  for (const [storyAt, { name, options, play }] of STORIES.entries()) {
    for (const [weatherAt, [weather, faults]] of Object.entries(WEATHER).entries()) {
      it(`${name}, ${weather}`, () =>
        World.with({ seed: SEED + 100 * storyAt + weatherAt, ...options }, async (world) => {
          const releases = faults.map((fault) => world.fault(fault));
          await play(world);
          await world.time.pass(5_000);
          for (const release of releases) release();
          await world.rest();
        }));
    }
  }
});
