/**
 * Both daemons as a cluster runs them: with the rights of deploy/rbac.yaml and no others, and stopped by SIGTERM.
 * @module
 */
import assert from 'node:assert/strict';
import fs from 'node:fs';
import { after, before, describe, it } from 'mocha';
import { Api, ApiStatusError } from '../../src/playground/cluster/api.js';
import { type Cairn, CONTROLLER_ACCOUNT, SPEAKER_ACCOUNT } from '../../src/playground/cluster/cairn.js';
import { type Cluster, startCluster } from '../../src/playground/cluster/cluster.js';
import { serviceAccountUser } from '../../src/playground/cluster/control-plane.js';
import { conditionOf, configure, loadBalancer, poolOf, serviceOf } from './support/objects.js';

/** What the issue of stopping promises; a daemon that needs longer is killed by nobody, but the test fails. */
const STOP_LIMIT_MS = 2_000;

describe('the daemons', function () {
  this.timeout(180_000);
  let cluster: Cluster;
  let cairn: Cairn;

  before(async () => {
    cluster = await startCluster({ nodes: 2 });
    await configure(cluster, poolOf('192.0.2.240/28'));
    cairn = await cluster.startCairn();
    await cluster.api.create('/api/v1/namespaces/default/services', loadBalancer('web'));
  });
  after(() => cluster?.stop());

  it('do their work with the rights that deploy/rbac.yaml grants', async () => {
    await cluster.externalIp('web');
    await cluster.waitFor(
      'the address is announced',
      async () => conditionOf(await serviceOf(cluster, 'web'), 'cairn.dev/Announced')?.status === 'True',
    );
    for (const daemon of [cairn.controller, ...cairn.speakers]) {
      assert.doesNotMatch(daemon.log(), /forbidden/i, `${daemon.kind} on ${daemon.host.name} was refused something`);
    }
  });

  describe('have no other rights:', () => {
    const attempts = [
      { who: SPEAKER_ACCOUNT, may: 'write a Service', verb: 'patch', resource: 'services', namespace: 'default' },
      {
        who: SPEAKER_ACCOUNT,
        may: "write a Service's status",
        verb: 'patch',
        resource: 'services/status',
        namespace: 'default',
      },
      { who: SPEAKER_ACCOUNT, may: 'write a Node', verb: 'patch', resource: 'nodes', namespace: '' },
      { who: SPEAKER_ACCOUNT, may: 'read Secrets', verb: 'list', resource: 'secrets', namespace: '' },
      {
        who: SPEAKER_ACCOUNT,
        may: 'take the Lease',
        verb: 'update',
        resource: 'leases.coordination.k8s.io',
        namespace: 'cairn-system',
      },
      {
        who: SPEAKER_ACCOUNT,
        may: 'read ConfigMaps elsewhere',
        verb: 'list',
        resource: 'configmaps',
        namespace: 'kube-system',
      },
      { who: CONTROLLER_ACCOUNT, may: 'delete a Service', verb: 'delete', resource: 'services', namespace: 'default' },
      { who: CONTROLLER_ACCOUNT, may: 'read Secrets', verb: 'list', resource: 'secrets', namespace: '' },
      {
        who: CONTROLLER_ACCOUNT,
        may: 'write ConfigMaps elsewhere',
        verb: 'update',
        resource: 'configmaps',
        namespace: 'kube-system',
      },
    ];
    for (const { who, may, verb, resource, namespace } of attempts) {
      it(`${who} may not ${may}`, async () => {
        const user = serviceAccountUser('cairn-system', who);
        const groups = user.groups.map((group) => `--as-group=${group}`);
        const scope = namespace === '' ? ['--all-namespaces'] : ['-n', namespace];
        const { stdout } = await cluster.tryKubectl(
          'auth',
          'can-i',
          verb,
          resource,
          ...scope,
          `--as=${user.name}`,
          ...groups,
        );
        assert.equal(stdout.trim(), 'no');
      });
    }

    it("a speaker may not write the controller's ConfigMaps, nor the configuration", async () => {
      await cluster.apply('deploy/admission.yaml');
      const access = cluster.controlPlane.access(serviceAccountUser('cairn-system', SPEAKER_ACCOUNT));
      const { port } = new URL(JSON.parse(fs.readFileSync(cluster.kubeconfig, 'utf8')).clusters[0].cluster.server);
      const api = new Api({ ...access, host: '127.0.0.1', port: Number(port) });
      for (const name of ['cairn-config', 'cairn-state', 'cairn-other']) {
        // The API server takes a moment to put a new policy in force.
        await cluster.waitFor(`a speaker is refused ${name}`, async () => {
          try {
            const object = {
              apiVersion: 'v1',
              kind: 'ConfigMap',
              metadata: { name },
              data: { config: poolOf('192.0.2.240/28') },
            };
            await api.request('PATCH', `/api/v1/namespaces/cairn-system/configmaps/${name}`, {
              body: object,
              contentType: 'application/apply-patch+yaml',
              query: { fieldManager: 'test', force: 'true' },
            });
            return false;
          } catch (error) {
            return error instanceof ApiStatusError && (error.status === 403 || error.status === 422);
          }
        });
      }
    });
  });

  it('end on SIGTERM within 2 s, with exit code 0', async () => {
    for (const daemon of [cairn.controller, ...cairn.speakers]) {
      const beganMs = performance.now();
      const exit = await daemon.stop();
      const tookMs = performance.now() - beganMs;
      assert.deepEqual(exit, { code: 0, signal: null }, `${daemon.kind}: ${daemon.log().slice(-2_000)}`);
      assert.ok(tookMs < STOP_LIMIT_MS, `${daemon.kind} took ${Math.round(tookMs)} ms`);
    }
  });

  it('a speaker without CAP_NET_RAW says what is missing and how to grant it, and ends with exit code 1', async () => {
    const [node] = cluster.nodes;
    assert.ok(node);
    const kubeconfig = cluster.controlPlane.kubeconfigFor(serviceAccountUser('cairn-system', SPEAKER_ACCOUNT));
    const speaker = [
      process.execPath,
      'dist/cairn.js',
      'speaker',
      '--kubeconfig',
      kubeconfig,
      '--node-name',
      node.name,
    ];
    const { code, stdout, stderr } = await node.tryRun([
      'setpriv',
      '--bounding-set=-net_raw',
      '--inh-caps=-net_raw',
      ...speaker,
    ]);
    assert.equal(code, 1);
    assert.match(stdout + stderr, /CAP_NET_RAW/);
    assert.match(stdout + stderr, /securityContext|capabilities/);
  });
});
