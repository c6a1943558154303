/**
 * The manifests that users have, applied unchanged with kubectl to a real cluster of three nodes.
 * @module
 */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'mocha';
import type { ApiObject } from '../../src/playground/cluster/api.js';
import { type Cluster, example, startCluster } from '../../src/playground/cluster/cluster.js';
import {
  addressesOf,
  conditionOf,
  configure,
  createNamespaces,
  loadBalancer,
  poolOf,
  serviceOf,
} from './support/objects.js';

/** Those of config/examples/my-service.yaml. */
const NAMESPACES = ['given-cluster-ip', 'no-selector', 'many-ports', 'sticky', 'prod', 'external-ips', 'headless'];

/** The address that my-service asks for is in a pool that nobody draws from unasked. */
const CONFIG = `${poolOf('192.0.2.240-192.0.2.250')}- name: on-request
  protocol: layer2
  auto-assign: false
  addresses: [192.0.2.127/32]
`;

for (const proxyMode of ['iptables', 'nftables'] as const) {
  describe(`the examples, with kube-proxy in ${proxyMode} mode`, function () {
    this.timeout(180_000);
    let cluster: Cluster;
    /** As they were before Cairn was there. */
    let untouched: readonly ApiObject[];

    before(async () => {
      cluster = await startCluster({ nodes: 3, proxyMode });
      await createNamespaces(cluster, ...NAMESPACES);
      await cluster.apply(example('http-go.yaml'));
      await cluster.apply(example('my-service.yaml'));
      await cluster.api.create('/api/v1/namespaces/default/services', {
        ...loadBalancer('somebody-elses', { loadBalancerClass: 'example.com/other' }),
      });
      const all = await cluster.api.get('/api/v1/services');
      untouched = all.items.filter((service: ApiObject) => !isForCairn(service));
      await configure(cluster, CONFIG);
      await cluster.startCairn();
    });
    after(() => cluster?.stop());

    it('gives http-go-lb an EXTERNAL-IP that kubectl shows and a client outside reaches', async () => {
      const address = await cluster.externalIp('http-go-lb');
      await cluster.rolledOut('http-go');
      assert.match(
        await cluster.kubectl('get', 'svc', 'http-go-lb'),
        new RegExp(`LoadBalancer +\\S+ +${address} +80:`),
      );
      const answer = await cluster.waitFor('http-go-lb answers', async () => {
        const { code, stdout } = await cluster.client.curl(`http://${address}/`);
        return code === 0 && stdout;
      });
      assert.match(answer, /^Welcome! http-go-/);
    });

    it('spreads requests over the pods of the Service', async () => {
      const address = await cluster.externalIp('http-go-lb');
      const pods = new Set<string>();
      await cluster.waitFor('every pod has answered', async () => {
        const { code, stdout } = await cluster.client.curl(`http://${address}/`);
        if (code === 0) pods.add(stdout);
        return pods.size === 3;
      });
    });

    it('gives my-service the address it asks for, beside its given clusterIP', async () => {
      assert.equal(await cluster.externalIp('my-service', 'given-cluster-ip'), '192.0.2.127');
      const service = await serviceOf(cluster, 'my-service', 'given-cluster-ip');
      assert.deepEqual(service.status.loadBalancer.ingress, [{ ip: '192.0.2.127', ipMode: 'VIP' }]);
      assert.equal(service.spec.clusterIP, '10.0.171.239');
    });

    it('gives each of the others an address of its own', async () => {
      const namespaces = ['given-cluster-ip', 'no-selector', 'many-ports', 'sticky'];
      const addresses = await Promise.all(namespaces.map((namespace) => cluster.externalIp('my-service', namespace)));
      assert.equal(new Set([...addresses, await cluster.externalIp('http-go-lb')]).size, namespaces.length + 1);
    });

    it('says on the Service that the address is assigned and who announces it', async () => {
      const service = await cluster.waitFor('http-go-lb is announced', async () => {
        const current = await serviceOf(cluster, 'http-go-lb');
        return conditionOf(current, 'cairn.dev/Announced')?.status === 'True' && current;
      });
      assert.equal(conditionOf(service, 'cairn.dev/AddressAssigned')?.status, 'True');
      assert.match(service.metadata.annotations['cairn.dev/announced-by'], /^192\.0\.2\.\d+=node-[123]$/);
      assert.equal(service.metadata.annotations['cairn.dev/allocated-from-pool'], 'default');
    });

    it('never touches a ClusterIP, NodePort, headless, ExternalName or externalIPs Service, nor one of another class', async () => {
      const types = untouched.map(
        ({ spec }) => spec.loadBalancerClass ?? (spec.clusterIP === 'None' ? 'headless' : spec.type),
      );
      for (const type of ['ClusterIP', 'NodePort', 'headless', 'ExternalName', 'example.com/other']) {
        assert.ok(types.includes(type), `no ${type} Service in the test`);
      }
      for (const before of untouched) {
        const now = await serviceOf(cluster, before.metadata.name, before.metadata.namespace);
        assert.equal(
          now.metadata.resourceVersion,
          before.metadata.resourceVersion,
          `${before.metadata.namespace}/${before.metadata.name}`,
        );
        assert.deepEqual(addressesOf(now), []);
      }
    });
  });
}

const isForCairn = ({ spec }: ApiObject) => spec.type === 'LoadBalancer' && spec.loadBalancerClass === undefined;
