/**
 * The lab's cluster by itself, without Cairn: its kubelet keeps what a user knows from a real one.
 *
 * Needs root, and the Kubernetes programs.
 * @module
 */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'mocha';
import { Api, type ApiObject, ApiStatusError } from '../../src/playground/cluster/api.js';
import { type Cluster, example, startCluster } from '../../src/playground/cluster/cluster.js';
import { serviceAccountUser } from '../../src/playground/cluster/control-plane.js';

/** Longer than the 10 s between two heartbeats of a node, and shorter than upstream's 50 s. */
const NODE_GRACE_SECONDS = 15;

const ZERO_DOWNTIME = {
  strategy: { type: 'RollingUpdate', rollingUpdate: { maxUnavailable: 0, maxSurge: 1 } },
};

function deployment(name: string, container: ApiObject, spec: ApiObject = {}): string {
  const labels = { app: name };
  const { pod, ...rest } = spec;
  return JSON.stringify({
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name },
    spec: {
      selector: { matchLabels: labels },
      template: { metadata: { labels }, spec: { containers: [{ name, ...container }], ...pod } },
      ...rest,
    },
  });
}

describe('a cluster of the lab', function () {
  this.timeout(120_000);
  let cluster: Cluster;
  const pods = async (app: string): Promise<readonly ApiObject[]> =>
    (await cluster.api.get('/api/v1/namespaces/default/pods', { labelSelector: `app=${app}` })).items;
  const remove = async (app: string) => {
    await cluster.kubectl('delete', 'deployment', app);
    await cluster.waitFor(`the pods of ${app} are gone`, async () => (await pods(app)).length === 0);
  };

  before(async () => {
    cluster = await startCluster({ nodes: 2, nodeGraceSeconds: NODE_GRACE_SECONDS });
  });
  after(() => cluster?.stop());

  it('runs the example with the counter, whose pods find each other', async () => {
    await cluster.apply(example('counter.yaml'));
    await cluster.rolledOut('redis');
    await cluster.rolledOut('counter');
    const [node] = cluster.nodes;
    const count = () =>
      cluster.waitFor('the counter answers', async () => {
        const { code, stdout } = await cluster.client.curl(`http://${node?.address}:31000/`);
        return code === 0 && /^\d+\n$/.test(stdout) && Number(stdout);
      });
    const first = await count();
    assert.equal(await count(), first + 1);
    await cluster.kubectl('delete', '-f', example('counter.yaml'));
  });

  it('updates a Deployment pod by pod, and always has a ready one', async () => {
    const image = { image: 'cairn.dev/lab/whoami', env: [{ name: 'VERSION', value: '1' }] };
    await cluster.applyText(deployment('update', image, { replicas: 2, ...ZERO_DOWNTIME }));
    await cluster.rolledOut('update');
    const before = new Set((await pods('update')).map((pod) => pod.metadata.name));

    let fewestReady = Number.POSITIVE_INFINITY;
    let updating = true;
    const watching = (async () => {
      while (updating) {
        const { status } = await cluster.api.get('/apis/apps/v1/namespaces/default/deployments/update');
        fewestReady = Math.min(fewestReady, status.readyReplicas ?? 0);
      }
    })();
    await cluster.kubectl('set', 'env', 'deployment/update', 'VERSION=2');
    await cluster.rolledOut('update');
    updating = false;
    await watching;
    await cluster.waitFor('the old pods are gone', async () =>
      (await pods('update')).every((pod) => !before.has(pod.metadata.name)),
    );
    assert.ok(fewestReady >= 2, `only ${fewestReady} were ready`);
    await remove('update');
  });

  it('lets a pod end in its own time, and kills it when its grace is over', async () => {
    // preStop uses up all of the grace: what ends it is SIGKILL, 2 s after the deletion.
    const pod = { terminationGracePeriodSeconds: 2 };
    const container = { image: 'cairn.dev/lab/whoami', lifecycle: { preStop: { sleep: { seconds: 2 } } } };
    await cluster.applyText(deployment('graceful', container, { pod }));
    await cluster.rolledOut('graceful');
    const [running] = await pods('graceful');
    const url = `http://${running.status.podIP}/`;
    const node = cluster.node(running.spec.nodeName).host;

    const began = performance.now();
    await cluster.kubectl('delete', 'deployment', 'graceful');
    const [terminating] = await cluster.waitFor('it is being deleted', async () => {
      const found = await pods('graceful');
      return found[0]?.metadata.deletionTimestamp && found;
    });
    assert.ok(terminating);
    assert.equal((await node.curl(url)).code, 0, 'it ended before its time');
    await cluster.waitFor('it is gone', async () => (await pods('graceful')).length === 0);
    const tookMs = performance.now() - began;
    assert.ok(tookMs >= 1_900 && tookMs < 20_000, `it took ${Math.round(tookMs)} ms`);
    assert.notEqual((await node.curl(url, 500)).code, 0);
  });

  it('starts a crashed container again', async () => {
    await cluster.applyText(
      deployment('crash', { image: 'cairn.dev/lab/whoami', env: [{ name: 'PORT', value: '80' }] }),
    );
    await cluster.rolledOut('crash');
    const [pod] = await pods('crash');
    const pid = Number(/\d+$/.exec(pod.status.containerStatuses[0].containerID)?.[0]);
    process.kill(pid, 'SIGKILL');
    await cluster.waitFor('it has been started again', async () => {
      const [status] = (await pods('crash'))[0]?.status.containerStatuses ?? [];
      return status?.restartCount === 1 && status.ready && status.lastState.terminated.exitCode === 137;
    });
    await remove('crash');
  });

  it('says that an unknown image cannot be pulled', async () => {
    await cluster.applyText(deployment('unknown', { image: 'registry.example/none:v1' }));
    const waiting = await cluster.waitFor('it says why', async () => {
      const [pod] = await pods('unknown');
      return pod?.status.containerStatuses?.[0]?.state.waiting;
    });
    assert.equal(waiting.reason, 'ErrImagePull');
    assert.match(await cluster.kubectl('get', 'pods', '-l', 'app=unknown'), /0\/1 +ErrImagePull/);
    await remove('unknown');
  });

  it('follows a readiness probe into the EndpointSlice and out of it', async () => {
    const readinessProbe = { httpGet: { path: '/healthz', port: 'web' }, periodSeconds: 1, failureThreshold: 1 };
    const ports = [{ name: 'web', containerPort: 80 }];
    await cluster.applyText(deployment('probed', { image: 'cairn.dev/lab/whoami', ports, readinessProbe }));
    await cluster.kubectl('expose', 'deployment', 'probed', '--port=80');
    await cluster.rolledOut('probed');
    const [pod] = await pods('probed');
    const isReady = async () => {
      const { items } = await cluster.api.get('/apis/discovery.k8s.io/v1/namespaces/default/endpointslices', {
        labelSelector: 'kubernetes.io/service-name=probed',
      });
      return items[0]?.endpoints?.[0]?.conditions.ready;
    };
    await cluster.waitFor('the slice has it as ready', async () => (await isReady()) === true);
    const node = cluster.node(pod.spec.nodeName).host;
    await node.curl(`http://${pod.status.podIP}/fail`);
    await cluster.waitFor('the slice has it as not ready', async () => (await isReady()) === false);
    await node.curl(`http://${pod.status.podIP}/recover`);
    await cluster.waitFor('the slice has it as ready again', async () => (await isReady()) === true);
    await remove('probed');
  });

  it('holds a token to the rights of its user', async () => {
    const speaker = serviceAccountUser('cairn-system', 'cairn-speaker');
    const { port } = new URL(
      JSON.parse(await cluster.kubectl('config', 'view', '-o', 'json')).clusters[0].cluster.server,
    );
    const api = new Api({ ...cluster.controlPlane.access(speaker), host: '127.0.0.1', port: Number(port) });
    const review = await api.create('/apis/authentication.k8s.io/v1/selfsubjectreviews', {
      apiVersion: 'authentication.k8s.io/v1',
      kind: 'SelfSubjectReview',
    });
    assert.equal(review.status.userInfo.username, speaker.name);
    await assert.rejects(
      api.get('/api/v1/secrets'),
      (error) => error instanceof ApiStatusError && error.status === 403,
    );
    api.disconnect();
  });

  it('calls a node without power NotReady, as the real node-lifecycle controller does', async () => {
    await cluster.powerOff('node-2');
    await cluster.waitFor('node-2 is NotReady', async () => {
      const { status } = await cluster.api.get('/api/v1/nodes/node-2');
      return status.conditions.some((each: ApiObject) => each.type === 'Ready' && each.status === 'Unknown');
    });
  });
});
