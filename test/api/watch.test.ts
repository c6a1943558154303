/**
 * Watches over bare HTTP: what is told, from when on, bookmarks, and versions that are too old or too new.
 * @module
 */
import assert from 'node:assert/strict';
import { describe } from 'mocha';
import { MERGE_PATCH, TABLE, type WatchEvent } from './support/http.js';
import { service } from './support/objects.js';
import { onEachServer, onEachServerAtOnce, type World } from './support/world.js';

/** Runs `use` with a watch of this namespace's Services, and ends the watch. */
async function watching(
  world: World,
  query: Readonly<Record<string, string>>,
  use: (events: Awaited<ReturnType<World['http']['watch']>>) => Promise<void>,
): Promise<void> {
  const events = await world.http.watch(world.path('services'), query);
  try {
    await use(events);
  } finally {
    events.close();
  }
}

const versionNow = async (world: World): Promise<string> =>
  (await world.ok(world.http.get(world.path('services')))).metadata.resourceVersion;
const INITIAL_END = 'k8s.io/initial-events-end';

describe('a watch', () => {
  onEachServer('without a version begins with what is there', async (world) => {
    await world.create('services', service('a'));
    await watching(world, {}, async (events) => {
      assert.deepEqual(await events.take(1), ['ADDED a']);
      await world.create('services', service('b'));
      assert.deepEqual(await events.take(1), ['ADDED b']);
    });
  });

  onEachServer('from a version tells everything after it, in order, and nothing before', async (world) => {
    const { metadata } = await world.create('services', service('a'));
    await world.create('services', service('b'));
    await world.ok(world.http.patch(world.path('services', 'a'), { metadata: { labels: { x: 'y' } } }, MERGE_PATCH));
    await world.ok(world.http.delete(world.path('services', 'b')));
    await watching(world, { resourceVersion: metadata.resourceVersion }, async (events) => {
      assert.deepEqual(await events.take(3), ['ADDED b', 'MODIFIED a', 'DELETED b']);
    });
  });

  onEachServer('tells whole objects with rising versions', async (world) => {
    await watching(world, { resourceVersion: await versionNow(world) }, async (events) => {
      const created = await world.create('services', service('a'));
      assert.deepEqual((await events.next())?.object, created);
      await world.ok(world.http.delete(world.path('services', 'a')));
      const deleted = await events.next();
      assert.equal(deleted?.type, 'DELETED');
      assert.equal(deleted.object.metadata.uid, created.metadata.uid);
      assert.ok(Number(deleted.object.metadata.resourceVersion) > Number(created.metadata.resourceVersion));
    });
  });

  onEachServer('of one namespace says nothing of another', async (world) => {
    const events = await world.http.watch('/api/v1/namespaces/default/services', {
      resourceVersion: await versionNow(world),
    });
    await world.create('services', service('a'));
    const { metadata } = await world.ok(
      world.http.post('/api/v1/namespaces/default/services', service(world.unique('mine'))),
    );
    assert.deepEqual(await events.take(1), [`ADDED ${metadata.name}`]);
    events.close();
    await world.http.delete(`/api/v1/namespaces/default/services/${metadata.name}`);
  });

  onEachServer('says nothing of a write that changed nothing', async (world) => {
    const same = await world.create('services', service('a'));
    await watching(world, { resourceVersion: same.metadata.resourceVersion }, async (events) => {
      await world.ok(world.http.put(world.path('services', 'a'), same));
      await world.create('services', service('b'));
      assert.deepEqual(await events.take(1), ['ADDED b']);
    });
  });

  onEachServer('with a selector tells objects that begin and cease to match', async (world) => {
    await world.create('services', service('a'));
    const query = { labelSelector: 'app=web', resourceVersion: await versionNow(world) };
    const label = (app: string | null) =>
      world.ok(world.http.patch(world.path('services', 'a'), { metadata: { labels: { app } } }, MERGE_PATCH));
    await watching(world, query, async (events) => {
      await label('web');
      await world.ok(world.http.patch(world.path('services', 'a'), { metadata: { labels: { x: 'y' } } }, MERGE_PATCH));
      await label(null);
      await world.ok(world.http.delete(world.path('services', 'a')));
      await world.create('services', service('b', {}, { labels: { app: 'web' } }));
      assert.deepEqual(await events.take(4), ['ADDED a', 'MODIFIED a', 'DELETED a', 'ADDED b']);
    });
  });

  onEachServer('of one object by its name tells of that one', async (world) => {
    await world.create('services', service('a'));
    await world.create('services', service('b'));
    await watching(world, { fieldSelector: 'metadata.name=b' }, async (events) => {
      assert.deepEqual(await events.take(1), ['ADDED b']);
      await world.ok(world.http.patch(world.path('services', 'a'), { metadata: { labels: { x: 'y' } } }, MERGE_PATCH));
      await world.ok(world.http.patch(world.path('services', 'b'), { metadata: { labels: { x: 'y' } } }, MERGE_PATCH));
      assert.deepEqual(await events.take(1), ['MODIFIED b']);
    });
  });
});

describe('a watch that is told its start', () => {
  onEachServer('sends what is there, then a bookmark that says so, then changes', async (world) => {
    await world.create('services', service('a'));
    await world.create('services', service('b'));
    const query = { sendInitialEvents: 'true', resourceVersionMatch: 'NotOlderThan', allowWatchBookmarks: 'true' };
    await watching(world, query, async (events) => {
      assert.deepEqual(
        [await events.next(), await events.next()]
          .map((event) => `${event?.type} ${event?.object.metadata.name}`)
          .sort(),
        ['ADDED a', 'ADDED b'],
      );
      const bookmark = await events.next();
      assert.equal(bookmark?.type, 'BOOKMARK');
      assert.equal(bookmark.object.kind, 'Service');
      assert.deepEqual(bookmark.object.metadata.annotations, { [INITIAL_END]: 'true' });
      assert.ok(Number(bookmark.object.metadata.resourceVersion) > 0);
      await world.create('services', service('c'));
      assert.deepEqual(await events.take(1), ['ADDED c']);
    });
  });

  onEachServer('and where nothing is there, begins with that bookmark', async (world) => {
    const query = { sendInitialEvents: 'true', resourceVersionMatch: 'NotOlderThan', allowWatchBookmarks: 'true' };
    await watching(world, query, async (events) => {
      const bookmark = await events.next();
      assert.equal(bookmark?.type, 'BOOKMARK');
      assert.equal(bookmark.object.metadata.annotations[INITIAL_END], 'true');
    });
  });
});

describe('a watch from before what the server remembers', () => {
  onEachServer('is answered 410 in an event, and the history after that is told', async (world) => {
    const old = await world.create('services', service('a'));
    await world.create('services', service('b'));
    await world.server.forgetHistory();
    await watching(world, { resourceVersion: old.metadata.resourceVersion }, async (events) => {
      const error = await events.next();
      assert.equal(error?.type, 'ERROR');
      const { kind, code, reason, message } = error.object;
      assert.deepEqual([kind, code, reason], ['Status', 410, 'Expired']);
      assert.match(message, /^too old resource version: [0-9]+ \([0-9]+\)$/);
      assert.equal(await events.next(), undefined);
    });
    await watching(world, { resourceVersion: await versionNow(world) }, async (events) => {
      await world.create('services', service('c'));
      assert.deepEqual(await events.take(1), ['ADDED c']);
    });
  });
});

describe('watch options that contradict each other are refused:', () => {
  const rows = [
    {
      name: 'initial events without a match',
      query: { sendInitialEvents: 'true' },
      want: 'resourceVersionMatch: Forbidden: sendInitialEvents requires setting resourceVersionMatch to NotOlderThan',
    },
    {
      name: 'a match without initial events',
      query: { resourceVersionMatch: 'NotOlderThan', resourceVersion: '1' },
      want: 'resourceVersionMatch: Forbidden: resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided',
    },
  ];
  for (const { name, query, want } of rows) {
    onEachServer(name, async (world) => {
      const { body } = await world.http.get(world.path('services'), { watch: 'true', ...query });
      assert.deepEqual([body.code, body.message], [422, `ListOptions.meta.k8s.io "" is invalid: ${want}`]);
    });
  }
});

describe('in time', () => {
  onEachServerAtOnce({
    'a watch ends by itself after timeoutSeconds': async (world) => {
      await watching(world, { timeoutSeconds: '1' }, async (events) => {
        assert.equal(await events.next(), undefined);
      });
    },

    'a watch can be had as tables, with columns in the first one only': async (world) => {
      await world.create('services', service('a'));
      const { text } = await world.http.send('GET', world.path('services'), {
        accept: TABLE,
        query: { watch: 'true', timeoutSeconds: '1' },
      });
      const [{ type, object }] = text
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line)) as [WatchEvent];
      assert.equal(type, 'ADDED');
      assert.equal(object.kind, 'Table');
      assert.deepEqual(
        object.columnDefinitions.map((column: { name: string }) => column.name),
        ['Name', 'Type', 'Cluster-IP', 'External-IP', 'Port(s)', 'Age', 'Selector'],
      );
      assert.deepEqual(object.rows[0].cells.slice(0, 2), ['a', 'ClusterIP']);
    },

    'bookmarks come before a watch ends by itself, and lead past other changes': async (world) => {
      const { metadata } = await world.create('services', service('a'));
      const query = {
        resourceVersion: metadata.resourceVersion,
        labelSelector: 'app=none',
        allowWatchBookmarks: 'true',
        timeoutSeconds: '4',
      };
      await watching(world, query, async (events) => {
        const other = await world.create('services', service('b'));
        const bookmark = await events.next();
        assert.equal(bookmark?.type, 'BOOKMARK');
        assert.equal(bookmark.object.kind, 'Service');
        assert.ok(Number(bookmark.object.metadata.resourceVersion) >= Number(other.metadata.resourceVersion));
      });
    },

    'bookmarks are not sent to who did not ask': async (world) => {
      const { metadata } = await world.create('services', service('a'));
      await watching(world, { resourceVersion: metadata.resourceVersion, timeoutSeconds: '3' }, async (events) => {
        assert.equal(await events.next(), undefined);
      });
    },
  });
});
