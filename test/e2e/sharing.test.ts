/**
 * Services that share an address, and Services with an address of each family, on a real dual-stack cluster.
 * @module
 */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'mocha';
import type { ApiObject } from '../../src/playground/cluster/api.js';
import { type Cluster, startCluster } from '../../src/playground/cluster/cluster.js';
import { addressesOf, conditionOf, configure, loadBalancer, poolOf, servedPod, serviceOf } from './support/objects.js';

const PORT = 7;
const SERVICES = '/api/v1/namespaces/default/services';
const KEY = 'cairn.dev/allow-shared-ip';
/** Sends a line to an echo server and prints what comes back; ends with an error where nothing does in two seconds. */
const ECHO = {
  TCP: `const s = require('net').connect(${PORT}, process.argv[1], () => s.write('hello'));
        s.on('data', (d) => { console.log(String(d)); process.exit(0); }); s.on('error', () => process.exit(1));`,
  UDP: `const s = require('dgram').createSocket('udp4'); s.send('hello', ${PORT}, process.argv[1]);
        s.on('message', (d) => { console.log(String(d)); process.exit(0); });`,
};

const shared = (name: string, protocol: 'TCP' | 'UDP', app: string): ApiObject => {
  const service = loadBalancer(name, { selector: { app }, ports: [{ port: PORT, protocol }] });
  return { ...service, metadata: { ...service.metadata, annotations: { [KEY]: 'echo' } } };
};

describe('one address for several Services, and several for one', function () {
  this.timeout(180_000);
  let cluster: Cluster;

  before(async () => {
    cluster = await startCluster({ nodes: 2, serviceCidrs: ['10.0.0.0/16', 'fd00:10::/112'] });
    await configure(cluster, poolOf('192.0.2.240/29', '2001:db8::/64'));
    await cluster.startCairn();
    const pod = servedPod({ name: 'echo', image: 'cairn.dev/lab/echo', port: PORT, protocol: 'TCP', node: 'node-1' });
    const deployment = pod.items.find(({ kind }: ApiObject) => kind === 'Deployment');
    await cluster.applyText(JSON.stringify(deployment));
    await cluster.api.create(SERVICES, shared('echo-tcp', 'TCP', 'echo'));
    await cluster.api.create(SERVICES, shared('echo-udp', 'UDP', 'echo'));
    await cluster.rolledOut('echo');
  });
  after(() => cluster?.stop());

  const assigned = async (name: string) => conditionOf(await serviceOf(cluster, name), 'cairn.dev/AddressAssigned');
  const addresses = async (name: string) => addressesOf(await serviceOf(cluster, name));

  it('answers TCP and UDP of one port on one address', async () => {
    const address = await cluster.externalIp('echo-tcp');
    assert.equal(await cluster.externalIp('echo-udp'), address);
    for (const protocol of ['TCP', 'UDP'] as const) {
      await cluster.waitFor(`${protocol} is answered`, async () => {
        const { code, stdout } = await cluster.client.tryRun([
          'timeout',
          '2',
          process.execPath,
          '-e',
          ECHO[protocol],
          address,
        ]);
        return code === 0 && stdout.trim() === 'hello';
      });
    }
  });

  it('moves the Service whose key is taken away, and nobody else', async () => {
    const [address] = await addresses('echo-tcp');
    await cluster.kubectl('annotate', 'service', 'echo-udp', `${KEY}-`);
    await cluster.waitFor('echo-udp has an address of its own', async () => {
      const [other] = await addresses('echo-udp');
      return other !== undefined && other !== address;
    });
    assert.deepEqual(await addresses('echo-tcp'), [address]);
  });

  it('gives a dual-stack Service both its addresses, in the order of its families', async () => {
    const families = { ipFamilyPolicy: 'RequireDualStack', ipFamilies: ['IPv6', 'IPv4'] };
    await cluster.api.create(SERVICES, loadBalancer('both', families));
    await cluster.externalIp('both');
    const [six, four, ...others] = await addresses('both');
    assert.match(six ?? '', /^2001:db8::/);
    assert.match(four ?? '', /^192\.0\.2\./);
    assert.deepEqual(others, []);
    assert.equal((await assigned('both'))?.reason, 'Assigned');
    const announced = await cluster.waitFor('the condition speaks of the IPv6 address', async () =>
      conditionOf(await serviceOf(cluster, 'both'), 'cairn.dev/Announced'),
    );
    assert.equal(announced.reason, 'IPv6NotAnnounced');
  });

  it('leaves the family that stays where it is when a Service gets another one, and gives it up', async () => {
    await cluster.api.create(SERVICES, loadBalancer('live'));
    const four = await cluster.externalIp('live');
    const patch = (spec: ApiObject) =>
      cluster.kubectl('patch', 'service', 'live', '--type=merge', '-p', JSON.stringify({ spec }));
    await patch({ ipFamilyPolicy: 'PreferDualStack' });
    const both = await cluster.waitFor('it has both', async () => {
      const now = await addresses('live');
      return now.length === 2 && now;
    });
    assert.equal(both[0], four);
    await patch({ ipFamilyPolicy: 'SingleStack', ipFamilies: ['IPv4'], clusterIPs: null });
    await cluster.waitFor('it has one again', async () => (await addresses('live')).join() === four);
  });
});
