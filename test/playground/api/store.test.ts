import assert from 'node:assert/strict';
import { beforeEach, describe, it } from 'mocha';
import type { ApiObject, JsonObject } from '../../../src/playground/api/object.js';
import type { Resource } from '../../../src/playground/api/resource.js';
import { createResources } from '../../../src/playground/api/resources/index.js';
import type { Status } from '../../../src/playground/api/status.js';
import { Store } from '../../../src/playground/api/store.js';
import type { Result } from '../../../src/values/result.js';
import { FakeClock } from '../../support/clock.js';

let store: Store;
let clock: FakeClock;
let maps: Resource;
let pods: Resource;

const map = (name: string, more: JsonObject = {}): JsonObject => ({
  metadata: { name, namespace: 'default', ...more['metadata'] },
  data: more['data'] ?? { x: '1' },
});
const pod = (name: string): JsonObject => ({
  metadata: { name, namespace: 'default' },
  spec: { nodeName: 'one', containers: [{ name: 'c', image: 'i' }] },
});
function must<T>(result: Result<T, Status>): T {
  assert.ok(result.ok, result.ok ? '' : result.error.message);
  return result.value;
}
const refusal = (result: Result<unknown, Status>) =>
  result.ok ? 'accepted' : `${result.error.code} ${result.error.reason}`;
const wordsOf = (result: Result<unknown, Status>) => (result.ok ? 'accepted' : result.error.message);

/** For each case of a suite. */
function onNewStore(): void {
  beforeEach(() => {
    clock = new FakeClock();
    store = new Store({ resources: createResources(), seed: 1, clock });
    maps = store.resource('configmaps');
    pods = store.resource('pods');
    must(store.create(store.resource('namespaces'), { metadata: { name: 'default' } }));
  });
}

describe('a create', () => {
  onNewStore();

  it('gives name, uid, version and time, whatever the client says of them', () => {
    const sent = map('a', { metadata: { uid: 'mine', creationTimestamp: '1999-01-01T00:00:00Z', generation: 7 } });
    const made = must(store.create(maps, sent));
    assert.match(made.metadata.uid, /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    assert.equal(made.metadata.resourceVersion, String(store.storage.version));
    assert.equal(made.metadata.generation, undefined);
    assert.notEqual(made.metadata.creationTimestamp, '1999-01-01T00:00:00Z');
    assert.equal(sent['metadata'].uid, 'mine');
  });

  it('makes the same uids and names from the same seed', () => {
    const names = (seed: number) => {
      const other = new Store({ resources: createResources(), seed });
      must(other.create(other.resource('namespaces'), { metadata: { name: 'default' } }));
      const sent = { metadata: { generateName: 'a-', namespace: 'default' } };
      return [1, 2].map(() => {
        const { name, uid } = must(other.create(other.resource('configmaps'), sent)).metadata;
        return `${name} ${uid}`;
      });
    };
    assert.deepEqual(names(7), names(7));
    assert.notDeepEqual(names(7), names(8));
  });

  it('generates a name that fits', () => {
    const generateName = 'x'.repeat(80);
    const { name } = must(store.create(maps, { metadata: { generateName, namespace: 'default' } })).metadata;
    assert.match(name, /^x{58}[bcdfghjklmnpqrstvwxz2456789]{5}$/);
  });

  it('draws another name when one is taken', () => {
    const twin = new Store({ resources: createResources(), seed: 1, clock });
    must(twin.create(twin.resource('namespaces'), { metadata: { name: 'default' } }));
    const first = must(
      twin.create(twin.resource('configmaps'), { metadata: { generateName: 'a-', namespace: 'default' } }),
    );
    must(store.create(maps, map('other')));
    const taken = new Store({ resources: createResources(), seed: 1, clock });
    const uids = taken.resource('configmaps');
    must(taken.create(taken.resource('namespaces'), { metadata: { name: 'default' } }));
    taken.storage.put(uids, `default/${first.metadata.name}`, { ...first, metadata: { ...first.metadata } });
    const second = must(taken.create(uids, { metadata: { generateName: 'a-', namespace: 'default' } }));
    assert.notEqual(second.metadata.name, first.metadata.name);
  });

  const refused: readonly [name: string, sent: JsonObject, want: string][] = [
    ['of a name that is there', map('there'), '409 AlreadyExists'],
    ['in a namespace that is not', { metadata: { name: 'a', namespace: 'nope' } }, '404 NotFound'],
    ['in a namespace that is being deleted', { metadata: { name: 'a', namespace: 'going' } }, '403 Forbidden'],
    ['without a name', { metadata: { namespace: 'default' } }, '422 Invalid'],
    ['with a resourceVersion', map('a', { metadata: { resourceVersion: '5' } }), '500 undefined'],
  ];
  for (const [name, sent, want] of refused) {
    it(`is refused ${name}`, () => {
      must(store.create(maps, map('there')));
      const namespaces = store.resource('namespaces');
      must(store.create(namespaces, { metadata: { name: 'going' } }));
      must(store.delete(namespaces, { name: 'going' }));
      const before = store.storage.version;
      assert.equal(refusal(store.create(maps, sent)), want);
      assert.equal(store.storage.version, before);
    });
  }

  it('says that the one of that name is being deleted', () => {
    must(store.create(maps, map('a', { metadata: { finalizers: ['example.com/x'] } })));
    must(store.delete(maps, { namespace: 'default', name: 'a' }));
    assert.equal(wordsOf(store.create(maps, map('a'))), 'object is being deleted: configmaps "a" already exists');
  });

  it('leaves nothing behind when it is a dry run', () => {
    const made = must(store.create(maps, map('a'), { dryRun: true }));
    assert.equal(made.metadata.resourceVersion, undefined);
    assert.equal(store.get(maps, { namespace: 'default', name: 'a' }), undefined);
  });
});

describe('an update', () => {
  onNewStore();

  let old: ApiObject;
  beforeEach(() => {
    old = must(store.create(maps, map('a')));
  });
  const changed = (metadata: JsonObject, data = { x: '2' }) => ({
    ...old,
    metadata: { ...old.metadata, ...metadata },
    data,
  });

  it('of the version that is there is written', () => {
    const made = must(store.update(maps, changed({})));
    assert.equal(made['data'].x, '2');
    assert.equal(made.metadata.resourceVersion, String(store.storage.version));
  });

  const refused: readonly [name: string, metadata: JsonObject, want: string][] = [
    ['of an older version', { resourceVersion: '1' }, '409 Conflict'],
    ['of another uid', { uid: 'x' }, '409 Conflict'],
    ['of what is not there', { name: 'b' }, '404 NotFound'],
    ['of a version that is none', { resourceVersion: 'x' }, '500 undefined'],
  ];
  for (const [name, metadata, want] of refused)
    it(`${name} is refused`, () => assert.equal(refusal(store.update(maps, changed(metadata))), want));

  it('without a version is written whatever is there', () => {
    const { resourceVersion: _version, ...metadata } = old.metadata;
    assert.equal(must(store.update(maps, { ...old, metadata, data: { x: '3' } }))['data'].x, '3');
  });

  it('that changes nothing is no write', () => {
    const before = store.storage.version;
    assert.equal(
      must(store.update(maps, changed({}, { x: '1' }))).metadata.resourceVersion,
      old.metadata.resourceVersion,
    );
    assert.equal(store.storage.version, before);
  });

  it('that changes nothing but the time of managedFields is no write', () => {
    const first = must(store.update(maps, changed({}), { manager: 'm' }));
    const before = store.storage.version;
    clock.jumpWallMs(5_000);
    must(store.update(maps, first, { manager: 'm' }));
    assert.equal(store.storage.version, before);
  });

  it('cannot change the time of creation, nor bring the object nearer to its end', () => {
    const made = must(store.update(maps, changed({ creationTimestamp: '1999-01-01T00:00:00Z', generation: 9 })));
    assert.equal(made.metadata.creationTimestamp, old.metadata.creationTimestamp);
    assert.equal(made.metadata.generation, undefined);
  });

  it('of the spec counts a generation, of the rest it does not', () => {
    const deployments = store.resource('deployments.apps');
    const spec = (replicas: number) => ({
      replicas,
      selector: { matchLabels: { app: 'a' } },
      template: { metadata: { labels: { app: 'a' } }, spec: { containers: [{ name: 'c', image: 'i' }] } },
    });
    const made = must(store.create(deployments, { metadata: { name: 'd', namespace: 'default' }, spec: spec(1) }));
    assert.equal(made.metadata.generation, 1);
    const labelled = must(store.update(deployments, { ...made, metadata: { ...made.metadata, labels: { a: 'b' } } }));
    assert.equal(labelled.metadata.generation, 1);
    const scaled = must(store.update(deployments, { ...labelled, spec: { ...labelled['spec'], replicas: 2 } }));
    assert.equal(scaled.metadata.generation, 2);
    const status = { ...scaled, spec: spec(9), status: { replicas: 2 } };
    const reported = must(store.update(deployments, status, { subresource: 'status' }));
    assert.deepEqual([reported.metadata.generation, reported['spec'].replicas], [2, 2]);
  });
});

describe('a deletion', () => {
  onNewStore();

  const there = (resource: Resource, name: string) => store.get(resource, { namespace: 'default', name });

  it('takes the object away at once', () => {
    must(store.create(maps, map('a')));
    must(store.delete(maps, { namespace: 'default', name: 'a' }));
    assert.equal(there(maps, 'a'), undefined);
    assert.equal(refusal(store.delete(maps, { namespace: 'default', name: 'a' })), '404 NotFound');
  });

  it('waits for finalizers, and ends with the last', () => {
    const made = must(store.create(maps, map('a', { metadata: { finalizers: ['example.com/a', 'example.com/b'] } })));
    const marked = must(store.delete(maps, { namespace: 'default', name: 'a' }));
    assert.notEqual(marked.metadata.deletionTimestamp, undefined);
    assert.equal(marked.metadata.deletionGracePeriodSeconds, 0);
    assert.notEqual(marked.metadata.resourceVersion, made.metadata.resourceVersion);
    const less = must(
      store.update(maps, { ...marked, metadata: { ...marked.metadata, finalizers: ['example.com/b'] } }),
    );
    assert.notEqual(there(maps, 'a'), undefined);
    must(store.update(maps, { ...less, metadata: { ...less.metadata, finalizers: [] } }));
    assert.equal(there(maps, 'a'), undefined);
  });

  it('asked for again changes nothing while it waits', () => {
    must(store.create(maps, map('a', { metadata: { finalizers: ['example.com/a'] } })));
    const first = must(store.delete(maps, { namespace: 'default', name: 'a' }));
    clock.jumpWallMs(5_000);
    const second = must(store.delete(maps, { namespace: 'default', name: 'a' }));
    assert.equal(second.metadata.resourceVersion, first.metadata.resourceVersion);
  });

  const policies = [
    ['Orphan', ['orphan']],
    ['Foreground', ['foregroundDeletion']],
    ['Background', undefined],
  ] as const;
  for (const [propagationPolicy, want] of policies) {
    it(`with ${propagationPolicy} leaves ${want ?? 'nothing'} to wait for`, () => {
      must(store.create(maps, map('a')));
      const marked = must(store.delete(maps, { namespace: 'default', name: 'a' }, { propagationPolicy }));
      assert.deepEqual(marked.metadata.finalizers, want);
      assert.equal(there(maps, 'a') !== undefined, want !== undefined);
    });
  }

  const preconditions: readonly [name: string, given: { uid?: string; resourceVersion?: string }][] = [
    ['another uid', { uid: 'x' }],
    ['another version', { resourceVersion: '1' }],
  ];
  for (const [name, given] of preconditions) {
    it(`of ${name} is refused`, () => {
      must(store.create(maps, map('a')));
      assert.equal(
        refusal(store.delete(maps, { namespace: 'default', name: 'a' }, { preconditions: given })),
        '409 Conflict',
      );
    });
  }

  it('of a running pod waits for its grace period, which a second one may shorten', () => {
    must(store.create(pods, pod('p')));
    const name = { namespace: 'default', name: 'p' };
    const first = must(store.delete(pods, name));
    assert.equal(first.metadata.deletionGracePeriodSeconds, 30);
    assert.equal(must(store.delete(pods, name)).metadata.resourceVersion, first.metadata.resourceVersion);
    const longer = must(store.delete(pods, name, { gracePeriodSeconds: 60 }));
    assert.equal(longer.metadata.deletionGracePeriodSeconds, 30);
    const shorter = must(store.delete(pods, name, { gracePeriodSeconds: 5 }));
    assert.equal(shorter.metadata.deletionGracePeriodSeconds, 5);
    assert.equal(
      Date.parse(first.metadata.deletionTimestamp ?? '') - Date.parse(shorter.metadata.deletionTimestamp ?? ''),
      25_000,
    );
    must(store.delete(pods, name, { gracePeriodSeconds: 0 }));
    assert.equal(there(pods, 'p'), undefined);
  });

  it('of a namespace waits for what finalizes it', () => {
    const namespaces = store.resource('namespaces');
    must(store.create(namespaces, { metadata: { name: 'shop' } }));
    const marked = must(store.delete(namespaces, { name: 'shop' }));
    assert.deepEqual([marked['status'].phase, marked['spec'].finalizers], ['Terminating', ['kubernetes']]);
    const emptied = { ...marked, spec: { finalizers: [] } };
    must(store.update(namespaces, emptied, { subresource: 'finalize' }));
    assert.equal(store.get(namespaces, { name: 'shop' }), undefined);
  });

  it('leaves everything as it was when it is a dry run', () => {
    must(store.create(maps, map('a')));
    must(store.delete(maps, { namespace: 'default', name: 'a' }, { dryRun: true }));
    assert.notEqual(there(maps, 'a'), undefined);
  });
});

describe('a view', () => {
  onNewStore();

  it('shows the same object in other words, and hears of its changes', () => {
    const events = store.resource('events');
    const views = store.resource('events.events.k8s.io');
    const heard: string[] = [];
    const release = store.watch(views, ({ type, object }) => heard.push(`${type} ${object['note']}`));
    must(
      store.create(events, {
        metadata: { name: 'e', namespace: 'default' },
        involvedObject: { kind: 'Pod', namespace: 'default', name: 'p' },
        reason: 'R',
        message: 'hello',
        type: 'Normal',
      }),
    );
    release();
    assert.deepEqual(heard, ['ADDED hello']);
    assert.equal(store.get(views, { namespace: 'default', name: 'e' })?.apiVersion, 'events.k8s.io/v1');
    must(store.delete(views, { namespace: 'default', name: 'e' }));
    assert.deepEqual(store.list(events), []);
  });
});
