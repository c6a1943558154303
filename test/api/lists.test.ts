/**
 * Lists: order, pages, versions, and what becomes of a page's token when history is forgotten.
 * @module
 */
import assert from 'node:assert/strict';
import { describe } from 'mocha';
import type { Json } from './support/http.js';
import { configMap, service } from './support/objects.js';
import { onEachServer, type World } from './support/world.js';

const names = (list: Json): readonly string[] => list.items.map((item: Json) => item.metadata.name);

/** Services rather than ConfigMaps: a real control plane puts a ConfigMap of its own into every namespace. */
const five = (world: World) =>
  Promise.all(['a', 'b', 'c', 'd', 'e'].map((name) => world.create('services', service(name))));

describe('a list', () => {
  onEachServer('is in the order of names, and its items carry no kind', async (world) => {
    for (const name of ['b', 'c', 'a']) await world.create('services', service(name));
    const list = await world.ok(world.http.get(world.path('services')));
    assert.deepEqual([list.kind, list.apiVersion], ['ServiceList', 'v1']);
    assert.deepEqual(names(list), ['a', 'b', 'c']);
    assert.equal(list.items[0].kind, undefined);
  });

  onEachServer('of an empty or missing namespace has no items', async (world) => {
    const empty = await world.ok(world.http.get(world.path('services')));
    assert.deepEqual(empty.items, []);
    const missing = await world.ok(world.http.get('/api/v1/namespaces/none-such/services'));
    assert.deepEqual(missing.items, []);
    assert.match(missing.metadata.resourceVersion, /^[0-9]+$/);
  });

  onEachServer('has the version of the whole server, not of its newest item', async (world) => {
    const { metadata } = await world.create('services', service('a'));
    const later = await world.create('configmaps', configMap('later'));
    const list = await world.ok(world.http.get(world.path('services')));
    assert.ok(Number(list.metadata.resourceVersion) >= Number(later.metadata.resourceVersion));
    assert.equal(list.items[0].metadata.resourceVersion, metadata.resourceVersion);
  });

  onEachServer('over all namespaces holds those of each', async (world) => {
    await world.create('services', service(world.unique('mine')));
    const list = await world.ok(world.http.get('/api/v1/services'));
    assert.ok(names(list).includes(world.unique('mine')));
    assert.ok(names(list).includes('kubernetes'));
  });

  onEachServer('that asks for version 0 may be old but is a list', async (world) => {
    await world.create('services', service('a'));
    const list = await world.ok(world.http.get(world.path('services'), { resourceVersion: '0' }));
    assert.equal(list.kind, 'ServiceList');
  });

  onEachServer('not older than a write holds it', async (world) => {
    const { metadata } = await world.create('services', service('a'));
    const query = { resourceVersion: metadata.resourceVersion, resourceVersionMatch: 'NotOlderThan' };
    assert.deepEqual(names(await world.ok(world.http.get(world.path('services'), query))), ['a']);
  });

  onEachServer('of exactly one version is the state of then', async (world) => {
    await world.create('services', service('a'));
    const then = await world.create('services', service('b'));
    await world.create('services', service('c'));
    const query = { resourceVersion: then.metadata.resourceVersion, resourceVersionMatch: 'Exact' };
    const list = await world.ok(world.http.get(world.path('services'), query));
    assert.deepEqual(names(list), ['a', 'b']);
    assert.equal(list.metadata.resourceVersion, then.metadata.resourceVersion);
  });
});

describe('pages', () => {
  onEachServer('hold what limit says, and tell how many follow', async (world) => {
    await five(world);
    const first = await world.ok(world.http.get(world.path('services'), { limit: '2' }));
    assert.deepEqual(names(first), ['a', 'b']);
    assert.equal(first.metadata.remainingItemCount, 3);
    const second = await world.ok(
      world.http.get(world.path('services'), { limit: '2', continue: first.metadata.continue }),
    );
    assert.deepEqual(names(second), ['c', 'd']);
    assert.equal(second.metadata.resourceVersion, first.metadata.resourceVersion);
    const third = await world.ok(
      world.http.get(world.path('services'), { limit: '2', continue: second.metadata.continue }),
    );
    assert.deepEqual(names(third), ['e']);
    assert.equal(third.metadata.continue, undefined);
    assert.equal(third.metadata.remainingItemCount, undefined);
  });

  onEachServer('are all of the state that the first was read from', async (world) => {
    await five(world);
    const first = await world.ok(world.http.get(world.path('services'), { limit: '3' }));
    await world.ok(world.http.delete(world.path('services', 'd')));
    await world.create('services', service('dd'));
    const rest = await world.ok(world.http.get(world.path('services'), { continue: first.metadata.continue }));
    assert.deepEqual(names(rest), ['d', 'e']);
  });

  onEachServer('count no rest when a selector filters', async (world) => {
    await Promise.all(
      ['a', 'b', 'c'].map((name) => world.create('services', service(name, {}, { labels: { app: 'x' } }))),
    );
    const page = await world.ok(world.http.get(world.path('services'), { limit: '2', labelSelector: 'app=x' }));
    assert.deepEqual(names(page), ['a', 'b']);
    assert.equal(page.metadata.remainingItemCount, undefined);
    assert.ok(page.metadata.continue);
  });

  onEachServer('end in 410 when the history is gone, with a token to go on from the newest state', async (world) => {
    await five(world);
    const first = await world.ok(world.http.get(world.path('services'), { limit: '2' }));
    await world.ok(world.http.delete(world.path('services', 'd')));
    await world.server.forgetHistory();
    const { body } = await world.http.get(world.path('services'), { limit: '2', continue: first.metadata.continue });
    assert.deepEqual([body.code, body.reason], [410, 'Expired']);
    assert.match(body.message, /^The provided continue parameter is too old to display a consistent list result\./);
    const rest = await world.ok(world.http.get(world.path('services'), { continue: body.metadata.continue }));
    assert.deepEqual(names(rest), ['c', 'e']);
  });

  onEachServer('of a token that is none are a BadRequest', async (world) => {
    const { body } = await world.http.get(world.path('services'), { limit: '2', continue: 'banana' });
    assert.deepEqual([body.code, body.reason], [400, 'BadRequest']);
    assert.match(body.message, /^invalid continue token: continue key is not valid: /);
  });
});

describe('list options that contradict each other are refused:', () => {
  const invalid = (field: string, why: string) => `ListOptions.meta.k8s.io "" is invalid: ${field}: Forbidden: ${why}`;
  const rows = [
    {
      name: 'a match without a version',
      query: { resourceVersionMatch: 'Exact' },
      want: [
        422,
        invalid('resourceVersionMatch', 'resourceVersionMatch is forbidden unless resourceVersion is provided'),
      ],
    },
    {
      name: 'exactly version 0',
      query: { resourceVersionMatch: 'Exact', resourceVersion: '0' },
      want: [422, invalid('resourceVersionMatch', 'resourceVersionMatch "exact" is forbidden for resourceVersion "0"')],
    },
    {
      name: 'an unknown match',
      query: { resourceVersionMatch: 'Sometimes', resourceVersion: '1' },
      want: [
        422,
        'ListOptions.meta.k8s.io "" is invalid: resourceVersionMatch: Unsupported value: "Sometimes": supported values: "Exact", "NotOlderThan", ""',
      ],
    },
    {
      name: 'initial events of a list',
      query: { sendInitialEvents: 'true' },
      want: [422, invalid('sendInitialEvents', 'sendInitialEvents is forbidden for list')],
    },
    {
      name: 'a version that is no number',
      query: { resourceVersion: 'banana' },
      want: [
        400,
        'invalid resource version: resourceVersion: Invalid value: "banana": strconv.ParseUint: parsing "banana": invalid syntax',
      ],
    },
    {
      name: 'a limit that is no number',
      query: { limit: 'x' },
      want: [400, 'strconv.ParseInt: parsing "x": invalid syntax'],
    },
  ];
  for (const { name, query, want } of rows) {
    onEachServer(name, async (world) => {
      const { body } = await world.http.get(world.path('services'), query as Readonly<Record<string, string>>);
      assert.deepEqual([body.code, body.message], want);
    });
  }
});
