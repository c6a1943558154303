/**
 * Clients that keep a copy: the official client's informer and Cairn's own, over changes, cut watches and lost history.
 * @module
 */
import assert from 'node:assert/strict';
import { CoreV1Api, KubeConfig, makeInformer, Watch } from '@kubernetes/client-node';
import { describe } from 'mocha';
import { connect } from '../../src/kube/client.js';
import { type Clock, systemClock } from '../../src/kube/clock.js';
import { CONFIG_MAPS } from '../../src/kube/objects.js';
import { Informer } from '../../src/kube/watch.js';
import { Cable } from './support/cable.js';
import { type Json, MERGE_PATCH } from './support/http.js';
import { configMap } from './support/objects.js';
import { onEachServer, type World } from './support/world.js';

/** A copy of the ConfigMaps labelled `kept`, as `name=data.a` of each. */
interface Copy {
  holds(): string;
  /** `add x`, `update x`, `delete x`, in the order told. */
  readonly told: readonly string[];
  stop(): void;
}
type StartCopy = (world: World, kubeconfig: string) => Promise<Copy>;

const LABEL = 'kept=yes';
const kept = (name: string, a: string) => configMap(name, { a }, { labels: { kept: 'yes' } });
const set = (world: World, name: string, a: string) =>
  world.ok(world.http.patch(world.path('configmaps', name), { data: { a } }, MERGE_PATCH));

const startOfficial: StartCopy = async (world, kubeconfig) => {
  const config = new KubeConfig();
  config.loadFromFile(kubeconfig);
  const api = config.makeApiClient(CoreV1Api);
  const list = () => api.listNamespacedConfigMap({ namespace: world.namespace, labelSelector: LABEL });
  const informer = makeInformer(config, `/api/v1/namespaces/${world.namespace}/configmaps`, list, LABEL);
  const told: string[] = [];
  for (const verb of ['add', 'update', 'delete'] as const) {
    informer.on(verb, ({ metadata }: Json) => told.push(`${verb} ${metadata.name}`));
  }
  let stopped = false;
  // What its documentation tells everybody to do.
  informer.on('error', () => {
    if (!stopped) setTimeout(() => void informer.start(), 100);
  });
  await informer.start();
  return {
    told,
    holds: () =>
      informer
        .list()
        .map(({ metadata, data }: Json) => `${metadata.name}=${data.a}`)
        .sort()
        .join(' '),
    stop: () => {
      stopped = true;
      void informer.stop();
    },
  };
};

/** Waits ten times shorter: what is tried is that it comes back, not how long it stays away. */
const hastyClock: Clock = { ...systemClock, after: (delayMs, callback) => systemClock.after(delayMs / 10, callback) };

const startOurs: StartCopy = async (world, kubeconfig) => {
  const client = connect({ kubeconfig });
  const silent = { debug() {}, info() {}, warn() {}, error() {} };
  const informer = new Informer({
    client,
    resource: CONFIG_MAPS,
    clock: hastyClock,
    log: silent,
    namespace: world.namespace,
    labelSelector: LABEL,
  });
  const told: string[] = [];
  informer.onChange((key, after, before) => {
    told.push(`${before === undefined ? 'add' : after === undefined ? 'delete' : 'update'} ${key.split('/')[1]}`);
  });
  const ending = new AbortController();
  void informer.run(ending.signal);
  await informer.synced;
  return {
    told,
    holds: () =>
      [...informer.values()]
        .map(({ meta, data }) => `${meta.name}=${data['a']}`)
        .sort()
        .join(' '),
    stop: () => {
      ending.abort();
      client.close();
    },
  };
};

const CLIENTS = { "the official client's informer": startOfficial, "Cairn's informer": startOurs } as const;

/** Runs `use` with a copy that is fed through a cable, and ends both. */
async function copying(
  world: World,
  starts: readonly StartCopy[],
  use: (copies: readonly Copy[], cable: Cable) => Promise<void>,
) {
  const cable = await Cable.lay(world);
  const copies = await Promise.all(starts.map((start) => start(world, cable.kubeconfig)));
  try {
    await use(copies, cable);
  } finally {
    for (const copy of copies) copy.stop();
    cable.close();
  }
}

const toHold = (world: World, copy: Copy | undefined, want: string) =>
  world.waitFor(`the copy holds ${want}`, () => copy?.holds() === want, { timeoutMs: 20_000 });

for (const [name, start] of Object.entries(CLIENTS)) {
  describe(name, () => {
    onEachServer('holds what there is, and follows every change', async (world) => {
      await world.create('configmaps', kept('a', '1'));
      await copying(world, [start], async ([copy]) => {
        await toHold(world, copy, 'a=1');
        await world.create('configmaps', kept('b', '1'));
        await set(world, 'b', '2');
        await world.ok(world.http.delete(world.path('configmaps', 'a')));
        await toHold(world, copy, 'b=2');
        assert.deepEqual(copy?.told, ['add a', 'add b', 'update b', 'delete a']);
      });
    });

    onEachServer('learns after a cut what it missed', async (world) => {
      await world.create('configmaps', kept('a', '1'));
      await world.create('configmaps', kept('b', '1'));
      await copying(world, [start], async ([copy], cable) => {
        await toHold(world, copy, 'a=1 b=1');
        cable.cut();
        await set(world, 'a', '2');
        await world.ok(world.http.delete(world.path('configmaps', 'b')));
        await world.create('configmaps', kept('c', '1'));
        cable.plug();
        await toHold(world, copy, 'a=2 c=1');
        await set(world, 'c', '2');
        await toHold(world, copy, 'a=2 c=2');
      });
    });

    onEachServer('drops what no longer has the label', async (world) => {
      await world.create('configmaps', kept('a', '1'));
      await copying(world, [start], async ([copy]) => {
        await toHold(world, copy, 'a=1');
        await world.ok(
          world.http.patch(world.path('configmaps', 'a'), { metadata: { labels: { kept: 'no' } } }, MERGE_PATCH),
        );
        await toHold(world, copy, '');
      });
    });
  });
}

describe('every informer', () => {
  onEachServer('lists again when the server has forgotten the history', async (world) => {
    await world.create('configmaps', kept('a', '1'));
    await world.create('configmaps', kept('b', '1'));
    await copying(world, Object.values(CLIENTS), async (copies, cable) => {
      for (const copy of copies) await toHold(world, copy, 'a=1 b=1');
      cable.cut();
      await set(world, 'a', '2');
      await world.ok(world.http.delete(world.path('configmaps', 'b')));
      await world.server.forgetHistory();
      cable.plug();
      for (const copy of copies) await toHold(world, copy, 'a=2');
      await world.create('configmaps', kept('c', '1'));
      for (const copy of copies) {
        await toHold(world, copy, 'a=2 c=1');
        assert.ok(copy.told.includes('delete b'), copy.told.join());
      }
    });
  });
});

describe("the official client's watch", () => {
  onEachServer('tells every event with its object', async (world) => {
    const config = new KubeConfig();
    config.loadFromFile(world.server.kubeconfig);
    const seen: string[] = [];
    const { metadata } = await world.ok(world.http.get(world.path('configmaps')));
    const request = await new Watch(config).watch(
      `/api/v1/namespaces/${world.namespace}/configmaps`,
      { resourceVersion: metadata.resourceVersion, labelSelector: LABEL },
      (phase, object: Json) => seen.push(`${phase} ${object.metadata.name} ${object.kind}`),
      () => {},
    );
    await world.create('configmaps', kept('a', '1'));
    await world.ok(world.http.delete(world.path('configmaps', 'a')));
    await world.waitFor('two events', () => seen.length === 2);
    request.abort();
    assert.deepEqual(seen, ['ADDED a ConfigMap', 'DELETED a ConfigMap']);
  });
});

describe("the official client's requests", () => {
  onEachServer('create, read, replace, patch and delete with its own types', async (world) => {
    const config = new KubeConfig();
    config.loadFromFile(world.server.kubeconfig);
    const api = config.makeApiClient(CoreV1Api);
    const { namespace } = world;
    const created = await api.createNamespacedService({
      namespace,
      body: { metadata: { name: 'web' }, spec: { type: 'LoadBalancer', ports: [{ port: 80, targetPort: 'http' }] } },
    });
    assert.equal(created.spec?.allocateLoadBalancerNodePorts, true);
    assert.ok(created.metadata?.creationTimestamp instanceof Date);
    const replaced = await api.replaceNamespacedService({
      name: 'web',
      namespace,
      body: { ...created, metadata: { ...created.metadata, labels: { a: 'b' } } },
    });
    assert.deepEqual(replaced.metadata?.labels, { a: 'b' });
    const status = { loadBalancer: { ingress: [{ ip: '192.0.2.240' }] } };
    const patched = await api.patchNamespacedServiceStatus({
      name: 'web',
      namespace,
      body: [{ op: 'replace', path: '/status', value: status }],
    });
    assert.equal(patched.status?.loadBalancer?.ingress?.[0]?.ip, '192.0.2.240');
    await assert.rejects(
      api.replaceNamespacedService({ name: 'web', namespace, body: created }),
      (error: Json) => error.code === 409 && JSON.parse(error.body).reason === 'Conflict',
    );
    await api.deleteNamespacedService({ name: 'web', namespace });
    await assert.rejects(api.readNamespacedService({ name: 'web', namespace }), (error: Json) => error.code === 404);
  });
});
