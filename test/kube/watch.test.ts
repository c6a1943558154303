import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'mocha';
import { ApiError } from '../../src/kube/api-error.js';
import type { WatchEvent } from '../../src/kube/client.js';
import type { Log } from '../../src/kube/log.js';
import { CONFIG_MAPS } from '../../src/kube/objects.js';
import { Informer } from '../../src/kube/watch.js';
import type { ConfigMap } from '../../src/values/objects.js';
import { FakeClock } from '../support/clock.js';
import { event, map, page, ScriptedApi } from './list-and-watch.js';

const bookmark = (resourceVersion: number) =>
  event('BOOKMARK', { metadata: { resourceVersion: `${resourceVersion}` } });
const expired = new ApiError(410, 'Expired', 'too old resource version');

class KeptLog implements Log {
  readonly lines: string[] = [];
  debug(): void {}
  info(_facts: object, message: string): void {
    this.lines.push(message);
  }
  warn = this.info;
  error = this.info;
}

describe('Informer', () => {
  let clock: FakeClock;
  let api: ScriptedApi;
  let log: KeptLog;
  let informer: Informer<ConfigMap>;
  let changes: string[];
  let stop: AbortController;
  let ended: Promise<void>;

  beforeEach(() => {
    clock = new FakeClock();
    api = new ScriptedApi();
    log = new KeptLog();
    informer = new Informer({ client: api, resource: CONFIG_MAPS, clock, log, namespace: 'shop' });
    changes = [];
    const said = (object: ConfigMap | undefined) => (object === undefined ? '-' : `${object.data['version']}`);
    informer.onChange((key, after, before) => changes.push(`${key} ${said(before)}>${said(after)}`));
    stop = new AbortController();
  });
  afterEach(async () => {
    stop.abort();
    await ended;
    assert.equal(clock.pending, 0, 'no timer is left behind');
  });

  const start = async () => {
    ended = informer.run(stop.signal);
    await clock.settle();
  };
  const give = async (...what: readonly (WatchEvent | 'end' | Error)[]) => {
    api.latest.give(...what);
    await clock.settle();
  };

  it('holds every page of the list, and says when it does', async () => {
    api.lists = [page(10, [map('a', 1)], 'more'), page(10, [map('b', 2)])];
    assert.equal(informer.isSynced, false);
    await start();
    await informer.synced;
    assert.equal(informer.isSynced, true);
    assert.deepEqual(
      [...informer.values()].map(({ meta }) => meta.name),
      ['a', 'b'],
    );
    assert.deepEqual(changes, ['shop/a ->1', 'shop/b ->2']);
    assert.deepEqual(
      api.listed.map((query) => [query['limit'], query['continue']]),
      [
        [500, undefined],
        [500, 'more'],
      ],
    );
  });

  it('watches from where the list ended, and follows', async () => {
    api.lists = [page(10, [map('a', 1), map('b', 2)])];
    await start();
    assert.equal(api.latest.query['resourceVersion'], '10');
    assert.equal(api.latest.query['allowWatchBookmarks'], true);
    await give(event('ADDED', map('c', 11)), event('MODIFIED', map('a', 12)), event('DELETED', map('b', 13)));
    assert.deepEqual(changes.slice(2), ['shop/c ->11', 'shop/a 1>12', 'shop/b 2>-']);
    assert.equal(informer.size, 2);
    assert.equal(informer.get('shop/a')?.data['version'], '12');
    assert.equal(informer.get('shop/b'), undefined);
  });

  describe('that learns of a write', () => {
    const read = (version: number, uid?: string) => CONFIG_MAPS.read(map('a', version, uid));
    let held: ConfigMap;
    beforeEach(async () => {
      api.lists = [page(10, [map('a', 1)])];
      await start();
      held = informer.get('shop/a') as ConfigMap;
      changes.length = 0;
    });

    it('tells it at once, and not again when the watch brings it', async () => {
      informer.learn(held, read(11));
      assert.deepEqual(changes, ['shop/a 1>11']);
      await give(event('MODIFIED', map('a', 11)), event('MODIFIED', map('a', 12)));
      assert.deepEqual(changes, ['shop/a 1>11', 'shop/a 11>12']);
    });

    it('tells nothing when the watch brings it after the next one was learnt', async () => {
      informer.learn(held, read(11));
      informer.learn(informer.get('shop/a') as ConfigMap, read(12));
      await give(event('MODIFIED', map('a', 11)), event('MODIFIED', map('a', 12)));
      assert.deepEqual(changes, ['shop/a 1>11', 'shop/a 11>12']);
      await give(event('DELETED', map('a', 13)));
      assert.deepEqual(changes.slice(2), ['shop/a 12>-']);
    });

    it('goes on from there when the watch was cut behind it', async () => {
      informer.learn(held, read(11));
      await give(event('MODIFIED', map('a', 11)), new ApiError(0, 'Unreachable', 'cut'));
      await clock.step(60_000);
      assert.equal(api.latest.query['resourceVersion'], '11');
    });

    describe('while a list is under way', () => {
      let answer: (page: object) => Promise<void>;
      beforeEach(async () => {
        let resolve = (_: object) => {};
        api.lists = [
          new Promise<object>((answered) => {
            resolve = answered;
          }),
        ];
        answer = (page) => {
          resolve(page);
          return clock.settle();
        };
        await clock.step(10_000);
        await give(expired);
        informer.learn(held, read(11));
      });

      it('keeps it where the list was made before the write, as before each of several', async () => {
        informer.learn(informer.get('shop/a') as ConfigMap, read(12));
        await answer(page(10, [map('a', 1), map('b', 2)]));
        assert.equal(informer.get('shop/a')?.data['version'], '12');
        assert.deepEqual(changes, ['shop/a 1>11', 'shop/a 11>12', 'shop/b ->2']);
      });

      it('takes over what the list has from after the write', async () => {
        await answer(page(20, [map('a', 15)]));
        assert.deepEqual(changes, ['shop/a 1>11', 'shop/a 11>15']);
      });

      it('tells that it was deleted since', async () => {
        await answer(page(20, []));
        assert.deepEqual(changes, ['shop/a 1>11', 'shop/a 11>-']);
      });

      it('takes over another object in its place', async () => {
        await answer(page(20, [map('a', 15, 'another')]));
        assert.deepEqual(changes, ['shop/a 1>11', 'shop/a 11>15']);
      });

      it('forgets it with that list', async () => {
        await answer(page(20, [map('a', 11)]));
        api.lists = [page(30, [map('a', 1)])];
        await clock.step(10_000);
        await give(expired);
        assert.deepEqual(changes, ['shop/a 1>11', 'shop/a 11>1']);
      });
    });

    it('tells of the same version when it is of another object, or deleted', async () => {
      await give(event('MODIFIED', map('a', 1, 'another')), event('DELETED', map('a', 1, 'another')));
      assert.deepEqual(changes, ['shop/a 1>1', 'shop/a 1>-']);
    });

    const idle = [
      { name: 'the watch has brought something newer', brought: [map('a', 12)], learnt: () => read(11) },
      { name: 'it was deleted meanwhile', brought: ['gone'], learnt: () => read(11) },
      { name: 'it is of another object', brought: [], learnt: () => read(11, 'another') },
      { name: 'the write changed nothing', brought: [], learnt: () => read(1) },
    ] as const;
    for (const { name, brought, learnt } of idle) {
      it(`does nothing where ${name}`, async () => {
        for (const each of brought)
          await give(each === 'gone' ? event('DELETED', map('a', 12)) : event('MODIFIED', each));
        const [before, told] = [informer.get('shop/a'), changes.length];
        informer.learn(held, learnt());
        assert.equal(informer.get('shop/a'), before);
        assert.equal(changes.length, told);
      });
    }
  });

  it('asks the server to end the watch after 5 to 10 minutes', async () => {
    clock.chance = 0.5;
    await start();
    assert.equal(api.latest.query['timeoutSeconds'], 450);
  });

  it('holds values, not what the API sent', async () => {
    api.lists = [page(10, [map('a', 1)])];
    await start();
    assert.ok(!JSON.stringify(informer.get('shop/a')).includes('managedFields'));
  });

  it('goes on from the last event or bookmark after a watch that ended', async () => {
    await start();
    await give(event('ADDED', map('a', 11)), bookmark(25));
    await clock.step(300_000);
    await give('end');
    assert.equal(api.watches.length, 2);
    assert.equal(api.latest.query['resourceVersion'], '25');
    assert.equal(api.listed.length, 1);
    assert.deepEqual(changes, ['shop/a ->11']);
  });

  it('goes on from the last event after a watch that was cut, and keeps what it holds', async () => {
    api.lists = [page(10, [map('a', 1)])];
    await start();
    await clock.step(60_000);
    await give(event('MODIFIED', map('a', 11)), new ApiError(0, 'Unreachable', 'cut'));
    assert.equal(informer.size, 1);
    assert.equal(api.latest.query['resourceVersion'], '11');
    assert.equal(api.listed.length, 1);
  });

  // biome-ignore format: table
  const relists = [
    { name: 'a 410 in the answer',             last: expired },
    { name: 'a 410 as an ERROR event',         last: event('ERROR', { kind: 'Status', code: 410, reason: 'Expired', message: 'too old' }) },
    { name: 'an ERROR event without a code',   last: event('ERROR', { kind: 'Status', status: 'Failure', message: 'unable to decode an event' }) },
    { name: 'an empty ERROR event',           last: event('ERROR', {}) },
    { name: 'a version from a lost future',    last: new ApiError(504, 'Timeout', 'Too large resource version: 99, current: 20') },
    { name: 'an answer nobody foresaw',        last: new ApiError(400, 'BadRequest', 'invalid resource version') },
  ];
  for (const { name, last } of relists) {
    it(`lists again after ${name}, and tells only the differences`, async () => {
      api.lists = [
        page(10, [map('a', 1), map('b', 2), map('c', 3)]),
        page(20, [map('a', 1), map('b', 15), map('d', 16)]),
      ];
      await start();
      changes.length = 0;
      await clock.step(10_000);
      await give(last);
      assert.deepEqual(changes, ['shop/b 2>15', 'shop/d ->16', 'shop/c 3>-']);
      assert.equal(api.latest.query['resourceVersion'], '20');
    });
  }

  it('tells what came while nobody watched oldest first, by name within a second, and then what went', async () => {
    const at = (name: string, second: string) => map(name, 15, `uid-${name}`, `2026-07-01T10:00:${second}Z`);
    api.lists = [
      page(10, [map('gone', 1)]),
      page(20, [at('a', '09'), at('b', '10'), at('c', '05')], 'more'),
      page(20, [at('e', '05'), at('d', '05')]),
    ];
    await start();
    changes.length = 0;
    await clock.step(10_000);
    await give(expired);
    assert.deepEqual(
      changes.map((change) => change.split(' ')[0]),
      ['shop/c', 'shop/d', 'shop/e', 'shop/a', 'shop/b', 'shop/gone'],
    );
  });

  it('tells of an object that was deleted and created again while nobody watched', async () => {
    api.lists = [page(10, [map('a', 1, 'first')]), page(20, [map('a', 15, 'second')])];
    await start();
    const uids: unknown[] = [];
    informer.onChange((_key, after, before) => uids.push([before?.meta.uid, after?.meta.uid]));
    await clock.step(10_000);
    await give(expired);
    assert.deepEqual(uids, [['first', 'second']]);
  });

  describe('whose API server may have been set back', () => {
    let setBacks: string[];
    beforeEach(async () => {
      setBacks = [];
      const onSetBack = () => setBacks.push(changes.join());
      informer = new Informer({ client: api, resource: CONFIG_MAPS, clock, log, namespace: 'shop', onSetBack });
      informer.onChange((key, after) => changes.push(`${key} ${after?.data['version'] ?? '-'}`));
      api.lists = [page(10, [map('a', 1), map('b', 2)])];
      await start();
      await give(event('MODIFIED', map('a', 15)), event('DELETED', map('b', 16)), bookmark(20));
      await clock.step(10_000);
      changes.length = 0;
    });

    // biome-ignore format: table
    const lists = [
      { name: 'has an older version of an object',            list: page(12, [map('a', 1)]),                wasSetBack: true },
      { name: 'has it under versions that go on',             list: page(99, [map('a', 1)]),                wasSetBack: true },
      { name: 'has an object that was deleted',               list: page(99, [map('a', 15), map('b', 2)]),  wasSetBack: true },
      { name: 'has another object from before what was told', list: page(18, [map('a', 15), map('c', 17)]), wasSetBack: true },
      { name: 'has what came after what was told',            list: page(99, [map('a', 21), map('c', 22)]), wasSetBack: false },
      { name: 'lacks an object',                              list: page(99, []),                           wasSetBack: false },
      { name: 'has nothing else, however old it is',          list: page(15, [map('a', 15)]),               wasSetBack: false },
    ];
    for (const { name, list, wasSetBack } of lists) {
      it(`${wasSetBack ? 'says that it was, and then what changed' : 'says nothing of it'}, when the list ${name}`, async () => {
        api.lists = [list];
        await give(expired);
        assert.deepEqual(setBacks, wasSetBack ? [''] : []);
        assert.equal(changes.length > 0, !name.startsWith('has nothing else'));
        assert.equal(api.latest.query['resourceVersion'], list.metadata.resourceVersion);
      });
    }

    it('says nothing of a version that it learnt of a write before the watch told it', async () => {
      informer.learn(informer.get('shop/a') as ConfigMap, CONFIG_MAPS.read(map('a', 21)));
      api.lists = [page(25, [map('a', 21)])];
      await give(expired);
      assert.deepEqual([setBacks, changes], [[], ['shop/a 21']]);
    });

    it('leaves the copy as it is where its work is ended for it', async () => {
      const own = new AbortController();
      const other = new Informer({
        client: api,
        resource: CONFIG_MAPS,
        clock,
        log,
        namespace: 'shop',
        onSetBack: () => own.abort(),
      });
      api.lists = [page(20, [map('a', 15)])];
      const otherEnded = other.run(own.signal);
      await clock.settle();
      const watches = api.watches.length;
      api.lists = [page(12, [map('a', 1)])];
      await clock.step(10_000);
      await give(expired);
      await otherEnded;
      assert.equal(other.get('shop/a')?.data['version'], '15');
      assert.equal(api.watches.length, watches);
    });
  });

  it('lists on one page when the history of the first pages was compacted', async () => {
    api.lists = [page(10, [map('a', 1)], 'more'), expired, page(30, [map('b', 2)])];
    await start();
    assert.deepEqual(
      api.listed.map((query) => query['limit']),
      [500, 500, undefined],
    );
    assert.deepEqual(changes, ['shop/b ->2']);
    assert.equal(api.latest.query['resourceVersion'], '30');
  });

  // biome-ignore format: table
  const outages = [
    { name: 'a server that is away',          failure: new ApiError(0, 'Unreachable', 'refused') },
    { name: 'a token that is not taken',      failure: new ApiError(401, 'Unauthorized', 'who?') },
    { name: 'a right that is missing',        failure: new ApiError(403, 'Forbidden', 'may not list') },
    { name: 'a server that is overloaded',    failure: new ApiError(429, 'TooManyRequests', 'later') },
  ];
  for (const { name, failure } of outages) {
    it(`asks ever less often for a list from ${name}, and gets it in the end`, async () => {
      api.lists = [failure];
      await start();
      await clock.step(60_000);
      // 0.5, 1, 2, 4, 8, 15, 15 s apart.
      assert.equal(api.listed.length, 8);
      assert.equal(informer.isSynced, false);
      api.lists = [page(10, [map('a', 1)])];
      await clock.step(15_000);
      assert.equal(informer.size, 1);
    });

    it(`keeps its place while the watch fails for ${name}`, async () => {
      api.lists = [page(10, [map('a', 1)])];
      await start();
      await clock.step(10_000);
      await give(failure);
      assert.equal(api.listed.length, 1);
      assert.equal(api.latest.query['resourceVersion'], '10');
      assert.equal(informer.size, 1);
    });
  }

  it('does not turn in circles with a server that ends each watch at once', async () => {
    await start();
    for (let second = 0; second < 60; second++) {
      api.latest.give('end');
      await clock.step(1_000);
    }
    assert.ok(api.watches.length < 12, `${api.watches.length} watches in a minute`);
  });

  it('does not turn in circles with a server that takes back each list', async () => {
    await start();
    for (let second = 0; second < 60; second++) {
      api.latest.give(expired);
      await clock.step(1_000);
    }
    assert.ok(api.listed.length < 12, `${api.listed.length} lists in a minute`);
  });

  it('goes on with the other listeners after one that throws', async () => {
    const heard: string[] = [];
    const off = informer.onChange(() => {
      throw new Error('a bug');
    });
    informer.onChange((key) => heard.push(key));
    api.lists = [page(10, [map('a', 1)])];
    await start();
    assert.deepEqual(heard, ['shop/a']);
    assert.deepEqual(log.lines, ['a listener failed']);
    off();
    await give(event('ADDED', map('b', 11)));
    assert.deepEqual(heard, ['shop/a', 'shop/b']);
    assert.equal(log.lines.length, 1);
  });
});
