/**
 * A controller that dies in the middle of its work, and configurations that are broken: nothing assigned is lost,
 * shared or changed.
 * @module
 */
import assert from 'node:assert/strict';
import fs from 'node:fs';
import { after, afterEach, before, describe, it } from 'mocha';
import type { Cairn } from '../../src/playground/cluster/cairn.js';
import { type Cluster, startCluster } from '../../src/playground/cluster/cluster.js';
import { tryRun } from '../../src/playground/network/process.js';
import { AddressRecord } from './support/address-record.js';
import {
  addressesOf,
  conditionOf,
  configure,
  eventsAbout,
  loadBalancer,
  poolOf,
  serviceOf,
} from './support/objects.js';

const SERVICES = 200;
const CONCURRENT_CREATIONS = 8;

describe('the controller', function () {
  this.timeout(180_000);
  let cluster: Cluster;
  let cairn: Cairn;

  before(async () => {
    cluster = await startCluster({ nodes: 1 });
    await configure(cluster, poolOf('192.0.2.128/25', '198.51.100.0/24'));
    cairn = await cluster.startCairn();
  });
  after(() => cluster?.stop());
  afterEach(function () {
    if (this.currentTest?.state === 'failed') console.log(cairn?.controller.log().slice(-4_000));
  });

  it('killed in the middle of 200 creations and started again, gives each Service one address and changes none', async () => {
    const record = await AddressRecord.start(cluster);
    const names = Array.from({ length: SERVICES }, (_, n) => `churn-${n}`);
    const left = [...names];
    const creators = Array.from({ length: CONCURRENT_CREATIONS }, async () => {
      for (let name = left.pop(); name !== undefined; name = left.pop()) {
        await cluster.api.create('/api/v1/namespaces/default/services', loadBalancer(name));
      }
    });
    await cluster.waitFor('the controller is in the middle of it', () => record.served >= SERVICES / 4, { everyMs: 1 });
    await cairn.controller.kill();
    const servedAtKill = record.served;
    assert.ok(servedAtKill < SERVICES, 'it was killed too late to prove anything');
    await Promise.all(creators);
    await cairn.controller.restart();

    await cluster.waitFor('every Service has an address', () => record.served === SERVICES);
    const services = await Promise.all(names.map((name) => serviceOf(cluster, name)));
    const addresses = services.map(addressesOf);
    assert.deepEqual(
      addresses.filter((each) => each.length !== 1),
      [],
    );
    assert.equal(new Set(addresses.flat()).size, SERVICES);
    assert.deepEqual(await record.stop(), { changed: [], lost: [], twice: [] });
    console.log(`      killed with ${servedAtKill} of ${SERVICES} served`);
  });

  it('follows a configuration that grows', async () => {
    await configure(cluster, poolOf('192.0.2.128/25', '198.51.100.0/24', '203.0.113.7'));
    await cluster.api.create(
      '/api/v1/namespaces/default/services',
      loadBalancer('grown', { loadBalancerIP: '203.0.113.7' }),
    );
    assert.equal(await cluster.externalIp('grown'), '203.0.113.7');
  });

  describe('with a broken configuration', () => {
    const broken = `${poolOf('192.0.2.128/25').trimEnd()}\n- name: second\n  protocol: layer2\n  addresses: [192.0.2.300]\n`;

    it('says what is wrong, with path and line, in an event and in its log', async () => {
      await configure(cluster, broken);
      const event = await cluster.waitFor('an event tells', async () =>
        (await eventsAbout(cluster, 'ConfigMap', 'cairn-config', 'cairn-system')).find(
          ({ type }) => type === 'Warning',
        ),
      );
      for (const text of [event.message, cairn.controller.log()]) {
        assert.match(text, /address-pools\.1\.addresses\.0/);
        assert.match(text, /192\.0\.2\.300/);
        assert.match(text, /line 7/);
      }
    });

    it('is refused by cairn check with exit code 1, path and line', async () => {
      const file = cluster.run.file('broken.yaml');
      const manifest = await cluster.kubectl('-n', 'cairn-system', 'get', 'configmap', 'cairn-config', '-o', 'yaml');
      fs.writeFileSync(file, manifest);
      const { code, stdout } = await tryRun([process.execPath, 'dist/cairn.js', 'check', file]);
      assert.equal(code, 1);
      assert.match(stdout, /address-pools\.1\.addresses\.0/);
    });

    it('goes on with the last good one, also after a restart of both daemons', async () => {
      const before = await serviceOf(cluster, 'grown');
      await Promise.all([cairn.controller.restart(), ...cairn.speakers.map((speaker) => speaker.restart())]);
      await cairn.ready();
      await cluster.api.create('/api/v1/namespaces/default/services', loadBalancer('after-restart'));
      await cluster.externalIp('after-restart');
      await cluster.waitFor('it is announced', async () => {
        const service = await serviceOf(cluster, 'after-restart');
        return conditionOf(service, 'cairn.dev/Announced')?.status === 'True';
      });
      assert.deepEqual(addressesOf(await serviceOf(cluster, 'grown')), addressesOf(before));
    });

    it('takes the mended one', async () => {
      await configure(cluster, poolOf('192.0.2.128/25', '198.51.100.0/24', '203.0.113.7', '203.0.113.9'));
      await cluster.api.create(
        '/api/v1/namespaces/default/services',
        loadBalancer('mended', { loadBalancerIP: '203.0.113.9' }),
      );
      assert.equal(await cluster.externalIp('mended'), '203.0.113.9');
    });
  });

  describe('with a pool that is gone', () => {
    it('leaves its addresses where they are, and says so', async () => {
      await configure(cluster, poolOf('192.0.2.128/25'));
      const service = await cluster.waitFor('the Service says that its pool is gone', async () => {
        const now = await serviceOf(cluster, 'grown');
        return conditionOf(now, 'cairn.dev/AddressAssigned')?.reason === 'OutsidePool' && now;
      });
      assert.deepEqual(addressesOf(service), ['203.0.113.7']);
    });
  });
});
