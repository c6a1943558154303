/**
 * A minikube user: one node, with kubeadm's control-plane taint and exclude label, and the ConfigMap that the metallb
 * addon writes, with one address in it.
 * @module
 */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'mocha';
import type { ApiObject } from '../../src/playground/cluster/api.js';
import { type Cluster, example, startCluster } from '../../src/playground/cluster/cluster.js';
import { KUBEADM_CONTROL_PLANE } from '../../src/playground/cluster/node.js';
import { MINIKUBE_SUBNET } from '../../src/playground/network/network.js';
import {
  addressesOf,
  conditionOf,
  configure,
  eventsAbout,
  loadBalancer,
  poolOf,
  serviceOf,
} from './support/objects.js';

const NODE_ADDRESS = '192.168.64.4';
const FREE_ADDRESS = '192.168.64.100';
const ADDON = { namespace: 'metallb-system', name: 'config' };
/** What minikube's own scheduler settings amount to: pods of users run on the only node there is. */
const TOLERATIONS = JSON.stringify([{ operator: 'Exists' }]);

for (const proxyMode of ['iptables', 'nftables'] as const) {
  describe(`a minikube cluster of one node, with kube-proxy in ${proxyMode} mode`, function () {
    this.timeout(180_000);
    let cluster: Cluster;

    before(async () => {
      cluster = await startCluster({
        nodes: [{ name: 'minikube', address: NODE_ADDRESS, ...KUBEADM_CONTROL_PLANE }],
        subnet: MINIKUBE_SUBNET,
        proxyMode,
      });
      await cluster.kubectl(
        'annotate',
        'namespace',
        'default',
        `scheduler.alpha.kubernetes.io/defaultTolerations=${TOLERATIONS}`,
      );
      await configure(cluster, poolOf(`${FREE_ADDRESS}-${FREE_ADDRESS}`), ADDON);
      await cluster.startCairn({ namespace: ADDON.namespace, configMap: ADDON.name });
    });
    after(() => cluster?.stop());

    /** Waits until the counter answers from outside, and that it counts. */
    async function counts(address: string): Promise<void> {
      await cluster.rolledOut('redis');
      await cluster.rolledOut('counter');
      const ask = () =>
        cluster.waitFor('counter-lb answers', async () => {
          const { code, stdout } = await cluster.client.curl(`http://${address}:30000/`);
          return code === 0 && /^\d+\n$/.test(stdout) && stdout;
        });
      const first = Number(await ask());
      assert.ok(Number(await ask()) > first, 'the counter does not count');
    }

    const cases = [
      { name: 'a free address in the pool', address: FREE_ADDRESS },
      { name: "the node's own address in the pool, as the addon's file has it", address: NODE_ADDRESS },
    ];
    for (const { name, address } of cases) {
      describe(`with ${name}`, () => {
        before(async () => {
          if (address === NODE_ADDRESS) await cluster.apply(example('minikube-metallb-config.yaml'));
          await cluster.apply(example('counter.yaml'));
        });
        after(async () => {
          await cluster.kubectl('delete', '--ignore-not-found', '-f', example('counter.yaml'), '--wait');
          await cluster.kubectl('delete', '--ignore-not-found', 'service', 'second', '--wait');
        });

        it('gives it to counter-lb, where port 30000 leads to 3000', async () => {
          assert.equal(await cluster.externalIp('counter-lb'), address);
          await counts(address);
        });

        it('leaves a second Service pending, and says which pool is full and who holds the address', async () => {
          await cluster.api.create('/api/v1/namespaces/default/services', loadBalancer('second'));
          const told = await cluster.waitFor('the second Service says why', async () =>
            conditionOf(await serviceOf(cluster, 'second'), 'cairn.dev/AddressAssigned'),
          );
          assert.equal(told.status, 'False');
          assert.equal(told.reason, 'PoolFull');
          for (const fact of ['"default"', address, 'default/counter-lb'])
            assert.ok(told.message.includes(fact), told.message);

          const event = await cluster.waitFor('an event says why', async () =>
            (await eventsAbout(cluster, 'Service', 'second')).find(({ message }) => message === told.message),
          );
          assert.equal(event.type, 'Warning');
          assert.equal(event.reason, 'PoolFull');
          assert.match(await cluster.kubectl('get', 'svc', 'second'), /<pending>/);
        });

        it('serves the second as soon as the first is deleted', async () => {
          await cluster.kubectl('delete', 'service', 'counter-lb');
          assert.equal(await cluster.externalIp('second', 'default', 10_000), address);
        });

        it('does not disturb it when the first comes back', async () => {
          await cluster.apply(example('counter.yaml'));
          await cluster.waitFor('counter-lb says why it waits', async () =>
            conditionOf(await serviceOf(cluster, 'counter-lb'), 'cairn.dev/AddressAssigned'),
          );
          const [first, second]: ApiObject[] = await Promise.all([
            serviceOf(cluster, 'counter-lb'),
            serviceOf(cluster, 'second'),
          ]);
          assert.deepEqual(addressesOf(first), []);
          assert.deepEqual(addressesOf(second), [address]);
        });
      });
    }
  });
}
