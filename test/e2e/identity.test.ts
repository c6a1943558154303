/**
 * Services that change their type, class or name, or are deleted and created again: whose the address is then.
 *
 * Nobody announces anything here; whatever is true with a controller that runs is asked again of one that was away.
 * @module
 */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'mocha';
import type { Cairn, Daemon } from '../../src/playground/cluster/cairn.js';
import { type Cluster, startCluster } from '../../src/playground/cluster/cluster.js';
import { configure } from './support/objects.js';
import { marksOn, ONE_CONTROLLER, Services } from './support/services.js';

const OWN_CLASS = 'cairn.dev/lb';
const OTHER_CLASS = 'example.com/other';
const RESTS_MS = 4_000;
/** `scarce` has one address more than the test's Services need, `quick` one alone. */
const CONFIG = `address-pools:
- {name: default, protocol: layer2, addresses: [192.0.2.200-192.0.2.219]}
- {name: scarce, protocol: layer2, addresses: [192.0.2.220/31], auto-assign: false, reuse-delay: 10m}
- {name: quick, protocol: layer2, addresses: [192.0.2.230], auto-assign: false, reuse-delay: ${RESTS_MS / 1_000}s}
`;
const POOL = 'cairn.dev/address-pool';

describe('whose an address is', function () {
  this.timeout(120_000);
  let cluster: Cluster;
  let cairn: Cairn;
  let services: Services;
  let controller: Daemon;

  const from = (name: string, pool: string) => services.create(name, {}, { [POOL]: pool });
  const waits = async (name: string, reason: string) => {
    const { message } = await services.assigned(name, reason);
    assert.deepEqual(await services.addresses(name), []);
    return message;
  };
  /** What a message says about when. */
  const timeIn = (message: string) => Date.parse(/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ/.exec(message)?.[0] ?? message);
  const restarted = async () => {
    await controller.restart();
    await controller.ready();
  };

  before(async () => {
    cluster = await startCluster({ nodes: 1 });
    services = new Services(cluster);
    await services.create('early-own', { loadBalancerClass: OWN_CLASS });
    await services.create('early-other', { loadBalancerClass: OTHER_CLASS });
    await services.create('early-plain');
    await configure(cluster, CONFIG);
    cairn = await cluster.startCairn({ nodes: [], controllerFlags: ONE_CONTROLLER });
    controller = cairn.controller;
  });
  after(() => cluster?.stop());

  describe('of a Service with a class', () => {
    it('serves its own class and none, created before Cairn ran or after, and touches no other', async () => {
      await services.create('late-other', { loadBalancerClass: OTHER_CLASS });
      await services.served('late-own', { loadBalancerClass: OWN_CLASS });
      const addresses = await Promise.all(
        ['early-own', 'early-plain', 'late-own'].map((name) => cluster.externalIp(name)),
      );
      assert.equal(new Set(addresses).size, addresses.length);
      for (const name of ['early-other', 'late-other']) {
        const service = await services.get(name);
        assert.deepEqual([marksOn(service), service.status], [[], { loadBalancer: {} }]);
      }
    });

    it('takes up, at its next start, one that was made anew with another class', async () => {
      await controller.kill();
      await services.delete('early-own');
      await services.create('early-own', { loadBalancerClass: OTHER_CLASS });
      await services.delete('early-other');
      await services.create('early-other', { loadBalancerClass: OWN_CLASS });
      await restarted();
      await cluster.externalIp('early-other');
      assert.deepEqual(marksOn(await services.get('early-own')), []);
    });
  });

  describe('when the type changes to ClusterIP and back', () => {
    const cases = [
      { name: 'plain', while: 'the controller runs' },
      { name: 'classed', loadBalancerClass: OWN_CLASS, while: 'the controller runs' },
      { name: 'plain-away', while: 'the controller is away' },
      { name: 'classed-away', loadBalancerClass: OWN_CLASS, while: 'the controller is away' },
    ];
    for (const { name, loadBalancerClass, while: when } of cases) {
      const isAway = when === 'the controller is away';
      it(`frees the address of a Service ${loadBalancerClass ? 'with' : 'without'} a class while ${when}`, async () => {
        const spec = loadBalancerClass === undefined ? {} : { loadBalancerClass };
        const own = { 'example.com/mine': 'stays' };
        await services.create(name, spec, own);
        const ip = await cluster.externalIp(name);
        const others = {
          type: 'example.com/Checked',
          status: 'True',
          reason: 'Fine',
          message: '',
          lastTransitionTime: new Date(),
        };
        await cluster.api.patch(
          `/api/v1/namespaces/default/services/${name}/status`,
          { status: { conditions: [others] } },
          'application/strategic-merge-patch+json',
        );
        if (isAway) await controller.kill();
        await services.patch(name, { spec: { type: 'ClusterIP', loadBalancerClass: null } });
        if (isAway) await restarted();

        const { message } = await services.told(name, 'Released');
        assert.ok(message.includes(ip), message);
        const service = await services.get(name);
        assert.deepEqual(service.status.loadBalancer, {});
        assert.deepEqual(
          service.status.conditions.map(({ type }: { type: string }) => type),
          ['example.com/Checked'],
        );
        assert.deepEqual(service.metadata.annotations, own);
        assert.equal(await services.served(`${name}-next`, { loadBalancerIP: ip }), ip);

        if (isAway) await controller.kill();
        await services.patch(name, { spec: { type: 'LoadBalancer', ...spec } });
        if (isAway) await restarted();
        assert.notEqual(await cluster.externalIp(name), ip);
        await services.assigned(name, 'Assigned');
      });
    }

    it('gives the same address again where nobody took it meanwhile', async () => {
      const ip = await services.served('there-and-back');
      await services.patch('there-and-back', { spec: { type: 'ClusterIP' } });
      await services.told('there-and-back', 'Released');
      await services.patch('there-and-back', { spec: { type: 'LoadBalancer' } });
      assert.equal(await cluster.externalIp('there-and-back'), ip);
    });
  });

  describe('of a Service that is deleted and created again', () => {
    it('stays its own within reuse-delay, also across a restart: another one hears until when', async () => {
      await from('first', 'scarce');
      await from('second', 'scarce');
      const [ip, other] = await Promise.all([cluster.externalIp('first'), cluster.externalIp('second')]);
      const deletedMs = Date.now();
      await services.delete('first');
      await from('third', 'scarce');
      const message = await waits('third', 'AddressResting');
      const restMs = timeIn(message) - deletedMs;
      // The API has seconds, and the watch may bring the end a moment later.
      assert.ok(restMs > 10 * 60_000 - 1_000 && restMs < 10 * 60_000 + 10_000, message);

      for (const end of ['stop', 'kill'] as const) {
        await controller[end]();
        await restarted();
        const asking = `asking-after-${end}`;
        await services.create(asking, { loadBalancerIP: ip });
        const asked = await waits(asking, 'AddressResting');
        assert.ok(asked.includes('default/first') && timeIn(asked) === timeIn(message), `${asked}, not ${message}`);
      }
      assert.equal(await waits('third', 'AddressResting'), message);

      await from('first', 'scarce');
      assert.equal(await cluster.externalIp('first'), ip);
      const full = await waits('third', 'PoolFull');
      assert.ok(full.includes('default/first'), full);
      assert.deepEqual(await services.addresses('second'), [other]);
      const { message: taken } = await services.assigned('asking-after-kill', 'AddressTaken');
      assert.ok(taken.includes('default/first'), taken);
    });

    it('goes to another one when reuse-delay has passed, and not before', async () => {
      await from('brief', 'quick');
      const ip = await cluster.externalIp('brief');
      await services.delete('brief');
      await from('heir', 'quick');
      const untilMs = timeIn(await waits('heir', 'AddressResting'));
      assert.equal(await cluster.externalIp('heir'), ip);
      assert.ok(Date.now() >= untilMs, `it was given ${untilMs - Date.now()} ms before its time`);
    });
  });

  describe('of a Service that is renamed', () => {
    const IP = '192.0.2.219';
    it('is the new one’s when the old one goes, if that was there already', async () => {
      assert.equal(await services.served('shop', { loadBalancerIP: IP }), IP);
      await services.create('store', { loadBalancerIP: IP });
      const taken = await waits('store', 'AddressTaken');
      assert.ok(taken.includes('default/shop'), taken);
      await services.delete('shop');
      assert.equal(await cluster.externalIp('store'), IP);
    });

    it('is the new one’s at once when that is created after, also while the controller was away', async () => {
      await services.delete('store');
      assert.equal(await services.served('market', { loadBalancerIP: IP }), IP);
      await controller.kill();
      await services.delete('market');
      await services.create('bazaar', { loadBalancerIP: IP });
      await restarted();
      assert.equal(await cluster.externalIp('bazaar'), IP);
    });

    it('rests where the pool has a reuse-delay, and the new one hears who had it', async () => {
      const [ip] = await services.addresses('second');
      await services.delete('third');
      await services.delete('second');
      await services.create('renamed', { loadBalancerIP: ip });
      const message = await waits('renamed', 'AddressResting');
      assert.ok(message.includes('default/second'), message);
    });
  });
});
