import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'mocha';
import type { ApiObject } from '../../../../src/playground/api/object.js';
import { deploymentOf, TestCluster } from './cluster.js';

const DEPLOYMENTS = 'deployments.apps';
const SETS = 'replicasets.apps';
const SLICES = 'endpointslices.discovery.k8s.io';

let cluster: TestCluster;
/** For each case of a suite. */
function onNewCluster(): void {
  beforeEach(() => {
    cluster = new TestCluster();
  });
  afterEach(() => cluster.stop());
}

const condition = (object: ApiObject, type: string) =>
  object['status'].conditions.find((each: { type: string }) => each.type === type);
const setImage = (image: string) =>
  cluster.change(DEPLOYMENTS, 'web', (web) => ({
    ...web,
    spec: { ...web['spec'], template: deploymentOf('web', {}, image)['spec'].template },
  }));
const scale = (replicas: number) =>
  cluster.change(DEPLOYMENTS, 'web', (web) => ({ ...web, spec: { ...web['spec'], replicas } }));
const images = () => cluster.list('pods').map((pod) => pod['spec'].containers[0].image);
const sizes = () =>
  cluster
    .list(SETS)
    .map((set) => set['spec'].replicas)
    .sort();

describe('a Deployment on the store', () => {
  onNewCluster();

  beforeEach(async () => {
    cluster.create(DEPLOYMENTS, deploymentOf('web'));
    await cluster.rest();
  });

  it('has a ReplicaSet and its pods, named and owned as upstream has them', () => {
    const [set] = cluster.list(SETS);
    assert.match(set?.metadata.name ?? '', /^web-[bcdfghjklmnpqrstvwxz2456789]{10}$/);
    assert.equal(set?.metadata.labels?.['pod-template-hash'], set?.metadata.name.slice(4));
    assert.equal(set?.metadata.annotations?.['deployment.kubernetes.io/revision'], '1');
    for (const pod of cluster.list('pods')) {
      assert.match(pod.metadata.name, new RegExp(`^${set?.metadata.name}-[a-z0-9]{5}$`));
      assert.equal(pod.metadata.ownerReferences?.[0]?.uid, set?.metadata.uid);
    }
  });

  it('tells its status in counts and conditions', () => {
    const web = cluster.get(DEPLOYMENTS, 'web');
    const { conditions, ...counts } = web['status'];
    assert.deepEqual(counts, {
      observedGeneration: 1,
      replicas: 3,
      updatedReplicas: 3,
      readyReplicas: 3,
      availableReplicas: 3,
      terminatingReplicas: 0,
    });
    assert.equal(condition(web, 'Available').status, 'True');
    assert.equal(conditions.length, condition(web, 'Progressing') ? 2 : 1);
    assert.equal(web.metadata.annotations?.['deployment.kubernetes.io/revision'], '1');
  });

  it('spreads its pods over the nodes', () => {
    const nodes = cluster.list('pods').map((pod) => pod['spec'].nodeName);
    assert.deepEqual(nodes.sort(), ['n1', 'n1', 'n2']);
  });

  it('is left alone at rest, also by controllers that begin anew', async () => {
    assert.equal(await cluster.writesOf(() => cluster.clock.step(3_000_000)), 0);
    assert.equal(await cluster.writesOf(() => cluster.restart()), 0);
  });

  it('replaces a pod that is deleted', async () => {
    const [first] = cluster.list('pods');
    cluster.delete('pods', first?.metadata.name ?? '');
    await cluster.rest();
    const names = cluster.list('pods').map(({ metadata }) => metadata.name);
    assert.equal(names.length, 3);
    assert.ok(!names.includes(first?.metadata.name ?? ''));
  });

  it('lets a pod go that loses its label, and makes another', async () => {
    const name = cluster.list('pods')[0]?.metadata.name ?? '';
    cluster.change('pods', name, (pod) => ({ ...pod, metadata: { ...pod.metadata, labels: { app: 'other' } } }));
    await cluster.rest();
    assert.equal(cluster.list('pods').length, 4);
    assert.equal(cluster.get('pods', name).metadata.ownerReferences, undefined);
  });

  it('scales up and down', async () => {
    for (const replicas of [5, 0, 2]) {
      scale(replicas);
      await cluster.rest();
      assert.equal(cluster.list('pods').length, replicas);
      assert.equal(cluster.get(DEPLOYMENTS, 'web')['status'].replicas ?? 0, replicas);
    }
    const told = cluster.list('events').map((event) => event['message']);
    assert.ok(
      told.some((message) => /^Scaled down replica set web-\w+ from 5 to 0$/.test(message)),
      told.join('\n'),
    );
  });

  it('rolls to a new template without ever lacking a ready pod', async () => {
    let fewest = 3;
    const unwatch = cluster.store.watch(cluster.store.resource('pods'), () => {
      const ready = cluster.list('pods').filter((pod) => !pod.metadata.deletionTimestamp && pod['status']?.podIP);
      fewest = Math.min(fewest, ready.length);
    });
    setImage('two');
    await cluster.rest();
    unwatch();
    assert.deepEqual(images(), ['two', 'two', 'two']);
    assert.deepEqual(sizes(), [0, 3]);
    assert.ok(fewest >= 3, `${fewest}`);
  });

  it('goes back to an earlier template as a new revision', async () => {
    setImage('two');
    await cluster.rest();
    setImage('one');
    await cluster.rest();
    assert.deepEqual(images(), ['one', 'one', 'one']);
    assert.equal(cluster.get(DEPLOYMENTS, 'web').metadata.annotations?.['deployment.kubernetes.io/revision'], '3');
    const revived = cluster.list(SETS).find((set) => set['spec'].replicas === 3);
    assert.equal(revived?.metadata.annotations?.['deployment.kubernetes.io/revision'], '3');
    assert.equal(revived?.metadata.annotations?.['deployment.kubernetes.io/revision-history'], '1');
  });

  it('keeps no more old ReplicaSets than revisionHistoryLimit', async () => {
    cluster.change(DEPLOYMENTS, 'web', (web) => ({ ...web, spec: { ...web['spec'], revisionHistoryLimit: 2 } }));
    for (const image of ['two', 'three', 'four', 'five']) {
      setImage(image);
      await cluster.rest();
    }
    const revisions = cluster.list(SETS).map((set) => set.metadata.annotations?.['deployment.kubernetes.io/revision']);
    assert.deepEqual(revisions.sort(), ['3', '4', '5']);
  });

  it('holds a rollout at pods that do not get ready, says so in time, and takes it back', async () => {
    cluster.change(DEPLOYMENTS, 'web', (web) => ({ ...web, spec: { ...web['spec'], progressDeadlineSeconds: 60 } }));
    cluster.isHealthy = (pod) => pod['spec'].containers[0].image !== 'broken';
    setImage('broken');
    await cluster.rest();
    assert.deepEqual(images().sort(), ['broken', 'one', 'one', 'one']);
    assert.equal(condition(cluster.get(DEPLOYMENTS, 'web'), 'Available').status, 'True');
    await cluster.clock.step(70_000);
    await cluster.rest();
    assert.equal(condition(cluster.get(DEPLOYMENTS, 'web'), 'Progressing').reason, 'ProgressDeadlineExceeded');
    setImage('one');
    await cluster.rest();
    assert.deepEqual(images(), ['one', 'one', 'one']);
    assert.equal(condition(cluster.get(DEPLOYMENTS, 'web'), 'Progressing').reason, 'NewReplicaSetAvailable');
  });

  it('waits while it is paused', async () => {
    cluster.change(DEPLOYMENTS, 'web', (web) => ({ ...web, spec: { ...web['spec'], paused: true } }));
    setImage('two');
    await cluster.rest();
    assert.deepEqual(images(), ['one', 'one', 'one']);
    cluster.change(DEPLOYMENTS, 'web', ({ spec: { paused: _, ...spec }, ...web }) => ({ ...web, spec }));
    await cluster.rest();
    assert.deepEqual(images(), ['two', 'two', 'two']);
  });

  it('ends everything old before anything new when it is of type Recreate', async () => {
    cluster.change(DEPLOYMENTS, 'web', (web) => ({ ...web, spec: { ...web['spec'], strategy: { type: 'Recreate' } } }));
    const mixed: string[] = [];
    const unwatch = cluster.store.watch(cluster.store.resource('pods'), () => {
      if (new Set(images()).size > 1) mixed.push(images().join());
    });
    setImage('two');
    await cluster.rest();
    unwatch();
    assert.deepEqual(mixed, []);
    assert.deepEqual(images(), ['two', 'two', 'two']);
  });

  it('counts a pod as available after minReadySeconds', async () => {
    cluster.change(DEPLOYMENTS, 'web', (web) => ({ ...web, spec: { ...web['spec'], minReadySeconds: 30 } }));
    setImage('two');
    await cluster.rest();
    assert.deepEqual(images().filter((image) => image === 'two').length, 1);
    for (let step = 0; step < 4; step++) {
      await cluster.clock.step(31_000);
      await cluster.rest();
    }
    assert.deepEqual(images(), ['two', 'two', 'two']);
    assert.equal(cluster.get(DEPLOYMENTS, 'web')['status'].availableReplicas, 3);
  });

  for (const propagationPolicy of ['Background', 'Foreground'] as const) {
    it(`takes its ReplicaSets and pods with it, deleted with policy ${propagationPolicy}`, async () => {
      cluster.delete(DEPLOYMENTS, 'web', { propagationPolicy });
      await cluster.rest();
      for (const resource of [DEPLOYMENTS, SETS, 'pods']) assert.deepEqual(cluster.list(resource), [], resource);
    });
  }

  it('leaves its ReplicaSet and pods, deleted with policy Orphan, and adopts them when it is made again', async () => {
    cluster.delete(DEPLOYMENTS, 'web', { propagationPolicy: 'Orphan' });
    await cluster.rest();
    assert.equal(cluster.find(DEPLOYMENTS, 'web'), undefined);
    assert.equal(cluster.list(SETS)[0]?.metadata.ownerReferences, undefined);
    const pods = cluster.list('pods').map(({ metadata }) => metadata.name);
    const made = cluster.create(DEPLOYMENTS, deploymentOf('web'));
    await cluster.rest();
    assert.deepEqual(
      cluster.list('pods').map(({ metadata }) => metadata.name),
      pods,
    );
    assert.equal(cluster.list(SETS)[0]?.metadata.ownerReferences?.[0]?.uid, made.metadata.uid);
  });
});

describe('a Pod that no node takes', () => {
  onNewCluster();

  it('says why once, and is bound when a node comes that does', async () => {
    cluster.create('pods', {
      metadata: { name: 'p' },
      spec: { nodeSelector: { disk: 'ssd' }, containers: [{ name: 'c', image: 'i' }] },
    });
    await cluster.rest();
    const refused = condition(cluster.get('pods', 'p'), 'PodScheduled');
    assert.deepEqual([refused.status, refused.reason], ['False', 'Unschedulable']);
    assert.match(
      refused.message,
      /^0\/2 nodes are available: 2 node\(s\) didn't match Pod's node affinity\/selector\./,
    );
    assert.equal(cluster.list('events').filter((event) => event['reason'] === 'FailedScheduling').length, 1);
    cluster.change('nodes', 'n2', (node) => ({ ...node, metadata: { ...node.metadata, labels: { disk: 'ssd' } } }));
    await cluster.rest();
    assert.equal(cluster.get('pods', 'p')['spec'].nodeName, 'n2');
    assert.equal(condition(cluster.get('pods', 'p'), 'PodScheduled').status, 'True');
  });
});

describe('a Service on the store', () => {
  onNewCluster();

  const service = (name: string, spec = {}) =>
    cluster.create('services', {
      metadata: { name },
      spec: { selector: { app: 'web' }, ports: [{ port: 80, protocol: 'TCP', targetPort: 'http' }], ...spec },
    });
  const addresses = (name: string): readonly string[] =>
    cluster
      .list(SLICES)
      .filter(({ metadata }) => metadata.labels?.['kubernetes.io/service-name'] === name)
      .flatMap((slice) => slice['endpoints'] ?? [])
      .filter((endpoint) => endpoint.conditions.ready)
      .flatMap((endpoint) => endpoint.addresses)
      .sort();
  const podAddresses = () =>
    cluster
      .list('pods')
      .map((pod) => pod['status'].podIP)
      .sort();

  beforeEach(async () => {
    cluster.create(DEPLOYMENTS, deploymentOf('web'));
    service('web');
    await cluster.rest();
  });

  it('has its pods in one EndpointSlice and in Endpoints', () => {
    assert.deepEqual(addresses('web'), podAddresses());
    const [subset] = cluster.get('endpoints', 'web')['subsets'];
    assert.deepEqual(
      subset.addresses.map(({ ip }: { ip: string }) => ip),
      podAddresses(),
    );
    assert.deepEqual(subset.ports, [{ port: 8080, protocol: 'TCP' }]);
  });

  it('follows its pods in the same EndpointSlice, with one write for each change', async () => {
    const slice = cluster.list(SLICES)[0]?.metadata.name;
    const before = podAddresses();
    let writes = 0;
    const unwatch = cluster.store.watch(cluster.store.resource(SLICES), () => writes++);
    cluster.delete('pods', cluster.list('pods')[0]?.metadata.name ?? '', { gracePeriodSeconds: 0 });
    await cluster.rest();
    unwatch();
    assert.deepEqual(
      cluster.list(SLICES).map(({ metadata }) => metadata.name),
      [slice],
    );
    assert.deepEqual(addresses('web'), podAddresses());
    assert.notDeepEqual(podAddresses(), before);
    assert.ok(writes <= 2, `${writes} writes for a pod that went and one that came`);
  });

  it('takes its EndpointSlices and Endpoints with it', async () => {
    cluster.delete('services', 'web');
    await cluster.rest();
    assert.deepEqual(cluster.list(SLICES), []);
    assert.deepEqual(cluster.list('endpoints'), []);
  });

  it('has a mirror of Endpoints that somebody made, as long as both are there', async () => {
    service('manual', { selector: undefined, ports: [{ port: 80, protocol: 'TCP', targetPort: 9376 }] });
    cluster.create('endpoints', {
      metadata: { name: 'manual' },
      subsets: [{ addresses: [{ ip: '192.0.2.42' }], ports: [{ port: 9376, protocol: 'TCP' }] }],
    });
    await cluster.rest();
    assert.deepEqual(addresses('manual'), ['192.0.2.42']);
    cluster.change('endpoints', 'manual', (endpoints) => ({
      ...endpoints,
      subsets: [{ addresses: [{ ip: '192.0.2.43' }], ports: [{ port: 9376, protocol: 'TCP' }] }],
    }));
    await cluster.rest();
    assert.deepEqual(addresses('manual'), ['192.0.2.43']);
    cluster.delete('endpoints', 'manual');
    await cluster.rest();
    assert.deepEqual(addresses('manual'), []);
  });

  it('loses the pods of a node that falls silent, and has them again when it speaks', async () => {
    const all = podAddresses();
    const onN1 = cluster
      .list('pods')
      .filter((pod) => pod['spec'].nodeName === 'n1')
      .map((pod) => pod['status'].podIP);
    for (const node of ['n1', 'n2']) cluster.renewLease(node);
    for (let step = 0; step < 6; step++) {
      await cluster.clock.step(10_000);
      cluster.renewLease('n2');
      await cluster.rest();
    }
    const silent = cluster.get('nodes', 'n1');
    assert.equal(condition(silent, 'Ready').status, 'Unknown');
    assert.deepEqual(
      silent['spec'].taints.map(({ key, effect }: Record<string, string>) => `${key}:${effect}`),
      ['node.kubernetes.io/unreachable:NoSchedule', 'node.kubernetes.io/unreachable:NoExecute'],
    );
    assert.deepEqual(
      addresses('web'),
      all.filter((address) => !onN1.includes(address)),
    );
    cluster.renewLease('n1');
    await cluster.rest();
    assert.equal(condition(cluster.get('nodes', 'n1'), 'Ready').status, 'True');
    assert.equal(cluster.get('nodes', 'n1')['spec'].taints, undefined);
    assert.deepEqual(addresses('web'), all);
  });
});

describe('a namespace that is deleted', () => {
  onNewCluster();

  it('ends with all that is in it, once finalizers let go', async () => {
    cluster.create('namespaces', { metadata: { name: 'shop' } });
    const at = (name: string, rest = {}) => ({ metadata: { name, namespace: 'shop', ...rest } });
    cluster.create('configmaps', at('a'));
    cluster.create('configmaps', at('b', { finalizers: ['example.com/wait'] }));
    cluster.create(DEPLOYMENTS, { ...deploymentOf('web'), ...at('web') });
    cluster.create('services', {
      ...at('web'),
      spec: { selector: { app: 'web' }, ports: [{ port: 80, protocol: 'TCP' }] },
    });
    await cluster.rest();
    cluster.delete('namespaces', 'shop');
    await cluster.rest();
    assert.equal(cluster.get('namespaces', 'shop')['status'].phase, 'Terminating');
    const left = ['pods', 'services', 'endpoints', SLICES, DEPLOYMENTS, SETS, 'events'].flatMap((each) =>
      cluster.list(each, 'shop'),
    );
    assert.deepEqual(left, []);
    cluster.change(
      'configmaps',
      'b',
      ({ metadata: { finalizers: _, ...metadata }, ...rest }) => ({ ...rest, metadata }),
      undefined,
      'shop',
    );
    await cluster.rest();
    assert.equal(cluster.find('namespaces', 'shop'), undefined);
    assert.deepEqual(cluster.list('configmaps', 'shop'), []);
  });
});

describe('Events on the store', () => {
  onNewCluster();

  it('are gone after an hour', async () => {
    cluster.create(DEPLOYMENTS, deploymentOf('web'));
    await cluster.rest();
    await cluster.clock.step(3_500_000);
    assert.ok(cluster.list('events').length > 0);
    await cluster.clock.step(200_000);
    await cluster.rest();
    assert.deepEqual(cluster.list('events'), []);
  });
});
