/**
 * The life of Services on a living cluster: statuses that somebody else writes, `cairn move`, edits of the configuration, and
 * nodes' own addresses.
 * @module
 */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'mocha';
import type { Cairn } from '../../src/playground/cluster/cairn.js';
import { type Cluster, startCluster } from '../../src/playground/cluster/cluster.js';
import type { Host } from '../../src/playground/network/host.js';
import { tryRun } from '../../src/playground/network/process.js';
import { AddressRecord } from './support/address-record.js';
import { configure, poolOf } from './support/objects.js';
import { ONE_CONTROLLER, Services } from './support/services.js';

const POOL = '192.0.2.200-192.0.2.209';
const QUIET = '192.0.2.201';

describe('the life of Services', function () {
  this.timeout(180_000);
  let cluster: Cluster;
  let cairn: Cairn;
  let services: Services;

  const run = (...args: readonly string[]) =>
    tryRun([process.execPath, 'dist/cairn.js', ...args, '--kubeconfig', cluster.kubeconfig]);

  before(async () => {
    cluster = await startCluster({ nodes: 2 });
    services = new Services(cluster);
    await configure(cluster, poolOf(POOL));
    cairn = await cluster.startCairn({ controllerFlags: ONE_CONTROLLER });
    await services.served('quiet', { loadBalancerIP: QUIET });
  });
  after(() => cluster?.stop());

  it('gives a Service the address again that somebody took from its status', async () => {
    const ip = await services.served('wiped');
    await services.writeStatus('wiped', '198.51.100.9');
    await services.told('wiped', 'StatusRepaired');
    assert.deepEqual(await services.addresses('wiped'), [ip]);
    await cairn.controller.kill();
    await services.writeStatus('wiped');
    await services.create('before');
    await cairn.controller.restart();
    assert.equal(await cluster.externalIp('wiped'), ip);
  });

  describe('that is to move', () => {
    it('moves to another address, and to the one that is named', async () => {
      const first = await services.served('moving');
      const record = await AddressRecord.start(cluster);
      const away = await run('move', 'moving', '-o', 'json');
      assert.equal(away.code, 0, away.stderr);
      const told = JSON.parse(away.stdout);
      assert.deepEqual([told.result, told.from], ['moved', [first]]);
      assert.deepEqual(await services.addresses('moving'), told.to);
      assert.notDeepEqual(told.to, [first]);
      const named = await run('move', 'svc/moving', '--address', '192.0.2.209');
      assert.equal(named.code, 0, named.stderr);
      assert.match(named.stdout, /moved from .* to 192\.0\.2\.209 \(pool "default"\)/);
      assert.deepEqual((await record.stop()).lost, []);
    });

    it('stays where it is when it cannot, and the exit code says so', async () => {
      const { code, stderr } = await run('move', 'moving', '--address', QUIET);
      assert.equal(code, 1);
      assert.match(stderr, /stays where it is \(AddressTaken\): .*default\/quiet/);
      assert.deepEqual(await services.addresses('moving'), ['192.0.2.209']);
      assert.equal((await run('move', 'nobody')).code, 1);
    });
  });

  it('keeps every address through edits of the configuration, and says which are in no pool', async () => {
    const record = await AddressRecord.start(cluster);
    const edits = [
      { config: poolOf('192.0.2.200-192.0.2.230'), reason: 'Assigned' },
      { config: poolOf('192.0.2.202-192.0.2.230'), reason: 'OutsidePool' },
      { config: poolOf('192.0.2.200-192.0.2.230').replace('default', 'renamed'), reason: 'Assigned' },
      { config: 'address-pools: []\n', reason: 'OutsidePool' },
      { config: poolOf(POOL), reason: 'Assigned' },
    ];
    for (const { config, reason } of edits) {
      await configure(cluster, config);
      await services.assigned('quiet', reason);
    }
    assert.deepEqual(await record.stop(), { changed: [], lost: [], twice: [] });
  });

  it('has each node’s own address, and leaves a program of the node its port', async () => {
    const [first, second] = cluster.nodes as [Host, Host];
    await configure(cluster, poolOf(POOL, first.address, second.address));
    const listener = second.spawn([
      process.execPath,
      '-e',
      'require("net").createServer((s) => s.end("ssh")).listen(2222, "0.0.0.0")',
    ]);
    await services.create('own-1', { loadBalancerIP: first.address });
    await services.create('own-2', { loadBalancerIP: second.address, ports: [{ port: 2222, protocol: 'TCP' }] });
    await services.announced('own-1', 'NodeAddress');
    await services.announced('own-2', 'HostPortTaken');
    const entries = async () => (await services.get('own-2')).status.loadBalancer.ingress;
    assert.deepEqual(await entries(), [{ ip: second.address, ipMode: 'Proxy' }]);
    await listener.kill();
    await services.announced('own-2', 'NodeAddress');
    assert.deepEqual(await entries(), [{ ip: second.address, ipMode: 'VIP' }]);
  });
});
