import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'mocha';
import { ApiError } from '../../src/kube/api-error.js';
import { readConfigMap } from '../../src/kube/objects.js';
import { STATE_CONFIG_MAP } from '../../src/run/state-config-map.js';
import { StateStore } from '../../src/run/state-store.js';
import type { ConfigMap } from '../../src/values/objects.js';
import { FakeClock } from '../support/clock.js';
import { CONFIG_MAPS, FakeControllerApi } from './fake-controller-api.js';

describe('StateStore', () => {
  let api: FakeControllerApi;
  let clock: FakeClock;
  let seen: ConfigMap | undefined;
  let leads: boolean;
  let stop: () => Promise<void>;
  let store: StateStore;
  let warnings: string[];

  const held = () => api.configMap(STATE_CONFIG_MAP);
  const put = (data: Readonly<Record<string, string>>) =>
    api.put(CONFIG_MAPS, { metadata: { name: STATE_CONFIG_MAP, namespace: 'cairn-system' }, data });
  const remove = () => api.remove(CONFIG_MAPS, STATE_CONFIG_MAP, 'cairn-system');
  /** What the API server holds now, as the watch would bring it. */
  const newest = () => api.objects(CONFIG_MAPS).map(readConfigMap)[0];
  const see = async (what = newest()) => {
    seen = what;
    store.changed();
    await clock.settle();
  };
  /** A leader's store, as it is when the views are synced. */
  const begin = async (data?: Readonly<Record<string, string>>) => {
    if (data !== undefined) put(data);
    seen = newest();
    store = new StateStore({
      client: api,
      clock,
      log: { debug() {}, info() {}, warn: (_: object, text: string) => warnings.push(text), error() {} },
      namespace: 'cairn-system',
      seen: () => seen,
      isLeader: () => leads,
    });
    const stopped = new AbortController();
    const running = store.run(stopped.signal);
    stop = async () => {
      stopped.abort();
      await running;
    };
    await clock.settle();
  };
  const set = async (key: string, text: string) => {
    store.set(key, text);
    await clock.settle();
  };

  beforeEach(() => {
    api = new FakeControllerApi();
    clock = new FakeClock();
    seen = undefined;
    leads = true;
    warnings = [];
  });
  afterEach(async () => {
    await stop();
    assert.equal(clock.pending, 0, 'no timer is left behind');
  });

  it('creates the ConfigMap, with the labels of Cairn', async () => {
    await begin();
    await set('freed', '[1]');
    assert.deepEqual(held(), { freed: '[1]' });
    assert.deepEqual(newest()?.meta.labels, {
      'app.kubernetes.io/name': 'cairn',
      'app.kubernetes.io/component': 'controller',
    });
  });

  it('says what is set before it is written, and what a leader before it left', async () => {
    await begin({ freed: '[1]' });
    assert.equal(store.get('freed'), '[1]');
    store.set('freed', '[2]');
    assert.equal(store.get('freed'), '[2]');
    assert.equal(store.get('no-such'), undefined);
  });

  describe('with a text that is made when it is written', () => {
    it('makes it once for any number of changes, and writes nothing where it is the same', async () => {
      await begin({ freed: '[1]' });
      let made = 0;
      let text = '[1]';
      store.keep('freed', () => {
        made++;
        return text;
      });
      for (let n = 0; n < 1_000; n++) store.touch('freed');
      await clock.settle();
      assert.deepEqual([made, api.writes], [1, []]);
      text = '[2]';
      store.touch('freed');
      await clock.settle();
      assert.deepEqual([made, held()], [2, { freed: '[2]' }]);
    });

    describe('that changes often', () => {
      let text: string;
      const record = async (what: string) => {
        text = what;
        store.touch('freed');
        await clock.settle();
      };
      /** The first change, seen. */
      const recorded = async () => {
        await begin();
        store.keep('freed', () => text);
        await record('first');
        assert.deepEqual(held(), { freed: 'first' });
        await see();
      };

      it('writes the first change at once, and once a second after it what came since', async () => {
        await recorded();
        for (let n = 1; n <= 200; n++) {
          await record(`${n}`);
          await see();
          await clock.step(50);
        }
        await clock.step(1_000);
        await see();
        assert.deepEqual(held(), { freed: '200' });
        assert.equal(api.writes.length, 11);
        await clock.step(1_000);
        await record('next');
        assert.deepEqual(held(), { freed: 'next' });
      });

      it('writes it along with what is set, which does not wait', async () => {
        await recorded();
        await record('later');
        assert.deepEqual(held(), { freed: 'first' });
        await set('accepted-config', 'pools');
        assert.deepEqual(held(), { freed: 'later', 'accepted-config': 'pools' });
      });

      it('puts it back at once where somebody changes it', async () => {
        await recorded();
        put({ freed: '[]' });
        await see();
        assert.deepEqual(held(), { freed: 'first' });
      });

      it('writes a second later what comes while it is written', async () => {
        await begin();
        store.keep('freed', () => text);
        api.beforeWrite = () => {
          api.beforeWrite = () => {};
          return record('later');
        };
        await record('first');
        await clock.settle();
        await see();
        await clock.step(900);
        assert.deepEqual(held(), { freed: 'first' });
        await clock.step(200);
        assert.deepEqual(held(), { freed: 'later' });
      });

      it('writes the rest when leading ends, also what came last', async () => {
        await recorded();
        await record('later');
        const request = api.request.bind(api);
        api.request = async (method, path, options) => {
          if (method === 'GET') await record('last');
          return request(method, path, options);
        };
        await stop();
        assert.deepEqual(held(), { freed: 'last' });
      });

      it('tries no more often while the API is away', async () => {
        await recorded();
        await clock.step(1_000);
        let tried = 0;
        api.beforeWrite = () => {
          tried++;
          throw new ApiError(500, 'InternalError', 'no leader');
        };
        clock.chance = 0.999;
        for (let n = 1; n <= 200; n++) {
          await record(`${n}`);
          await clock.step(50);
        }
        assert.ok(tried <= 20, `tried ${tried} times in ten seconds`);
        api.beforeWrite = () => {};
        await clock.step(60_000);
        assert.deepEqual(held(), { freed: '200' });
      });
    });

    it('creates nothing for an empty one', async () => {
      await begin();
      store.keep('freed', () => '');
      store.touch('freed');
      await clock.settle();
      assert.equal(held(), undefined);
    });

    it('has room for it beside the others, its own and what somebody else put there', async () => {
      await begin({ note: 'x'.repeat(1_000), freed: 'old' });
      store.set('accepted-config', 'é'.repeat(500_000));
      store.keep('freed', (room) => 'x'.repeat(room));
      store.touch('freed');
      await clock.settle();
      assert.equal(held()?.['freed']?.length, 1_048_576 - 1_000_000 - 1_000);
    });

    describe('as long as there is room', () => {
      /** As the API server's validation does. */
      const MAX_BYTES = 1_048_576;
      const lengths = () => Object.fromEntries(Object.entries(held() ?? {}).map(([key, text]) => [key, text.length]));
      beforeEach(async () => {
        api.admit = (object) => {
          const data = (object as { readonly data?: Readonly<Record<string, string>> }).data ?? {};
          const bytes = Object.values(data).reduce((sum, text) => sum + Buffer.byteLength(text), 0);
          if (bytes > MAX_BYTES) throw new ApiError(422, 'Invalid', `may not be more than ${MAX_BYTES} bytes`);
          return object;
        };
        await begin();
        store.keep('freed', (room) => 'f'.repeat(Math.max(0, Math.min(room, 480_000))));
        store.touch('freed');
        await set('accepted-config', 'a'.repeat(100_000));
        await see();
        assert.deepEqual(lengths(), { freed: 480_000, 'accepted-config': 100_000 });
      });

      it('gives way to another that grows, though nothing of its own changed', async () => {
        await set('accepted-config', 'b'.repeat(700_000));
        assert.deepEqual(lengths(), { freed: MAX_BYTES - 700_000, 'accepted-config': 700_000 });
        await see();
        await set('accepted-config', 'c'.repeat(MAX_BYTES));
        assert.deepEqual(lengths(), { freed: 0, 'accepted-config': MAX_BYTES });
      });

      it('gives way also with the last write', async () => {
        store.set('accepted-config', 'b'.repeat(700_000));
        await stop();
        assert.deepEqual(lengths(), { freed: MAX_BYTES - 700_000, 'accepted-config': 700_000 });
      });
    });
  });

  describe('when leading ends', () => {
    for (const arrives of [false, true]) {
      it(`writes what was cut off, also where it had ${arrives ? 'arrived' : 'not arrived'}`, async () => {
        await begin({ freed: '[0]' });
        let cut = () => {};
        api.beforeWrite = () => {
          api.beforeWrite = () => {};
          if (arrives) put({ freed: '[1]' });
          return new Promise((_, reject) => {
            cut = () => reject(new Error('aborted'));
          });
        };
        await set('freed', '[1]');
        const stopping = stop();
        cut();
        await stopping;
        assert.deepEqual(held(), { freed: '[1]' });
        assert.deepEqual(api.writes, arrives ? [] : ['PATCH cairn-state']);
      });
    }

    it('writes what was set last', async () => {
      await begin();
      store.set('freed', '[1]');
      await stop();
      assert.deepEqual(held(), { freed: '[1]' });
    });

    it('writes nothing where the lease is lost', async () => {
      await begin();
      leads = false;
      store.set('freed', '[1]');
      await stop();
      assert.equal(held(), undefined);
    });

    it('takes half a second at most', async () => {
      await begin({ freed: '[0]' });
      api.request = (_method, _path, options) =>
        new Promise((_, reject) => options?.signal?.addEventListener('abort', () => reject(new Error('aborted'))));
      store.set('freed', '[1]');
      const stopping = stop();
      await clock.step(500);
      await stopping;
      assert.deepEqual(held(), { freed: '[0]' });
    });
  });

  it('writes nothing that is there already, nor when its own write is seen', async () => {
    await begin({ freed: '[1]' });
    await set('freed', '[1]');
    assert.deepEqual(api.writes, []);
    await set('freed', '[2]');
    await see();
    assert.deepEqual(api.writes, ['PATCH cairn-state']);
  });

  it('leaves keys alone that it was never asked about', async () => {
    await begin({ note: 'by hand' });
    await set('freed', '[1]');
    assert.deepEqual(held(), { note: 'by hand', freed: '[1]' });
    put({ note: 'edited', freed: '[1]' });
    await see();
    assert.equal(held()?.['note'], 'edited');
  });

  it('puts everything back that somebody deletes: what it set, and what it found', async () => {
    await begin({ 'accepted-config': 'pools' });
    store.get('accepted-config');
    await set('freed', '[1]');
    await see();
    remove();
    await see();
    assert.deepEqual(held(), { 'accepted-config': 'pools', freed: '[1]' });
  });

  it('puts back what somebody edits', async () => {
    await begin();
    await set('freed', '[1]');
    await see();
    put({ freed: '[]' });
    await see();
    assert.deepEqual(held(), { freed: '[1]' });
  });

  describe('against somebody who undoes each of its writes', () => {
    const undo = async () => {
      if (held()?.['accepted-config'] === 'theirs') return;
      put({ 'accepted-config': 'theirs' });
      await see();
    };
    /** Undone within 50 ms each time. */
    const fight = async (forMs: number) => {
      for (let ms = 0; ms < forMs; ms += 50) {
        await undo();
        await clock.step(50);
      }
    };
    /** The first one, seen. */
    const written = async () => {
      await begin();
      await set('accepted-config', 'ours');
      await see();
      api.writes.length = 0;
    };

    it('writes three times at once, and then once in five seconds', async () => {
      await written();
      for (let n = 1; n <= 300; n++) await undo();
      assert.equal(api.writes.length, 3);
      await fight(60_000);
      assert.ok(api.writes.length <= 3 + 12, `${api.writes.length} writes in a minute`);
      assert.ok(api.writes.length >= 3 + 11, `${api.writes.length} writes in a minute`);
      await clock.step(5_000);
      assert.deepEqual(held(), { 'accepted-config': 'ours' });
    });

    it('is as slow with a record that changes all the time', async () => {
      await written();
      let n = 0;
      store.keep('freed', () => `${n}`);
      for (; n < 1_200; n++) {
        store.touch('freed');
        await fight(50);
      }
      assert.ok(api.writes.length <= 3 + 12, `${api.writes.length} writes in a minute`);
      await clock.step(5_000);
      assert.deepEqual(held(), { 'accepted-config': 'ours', freed: '1199' });
    });

    it('writes at once what is set meanwhile', async () => {
      await written();
      await fight(10_000);
      await undo();
      assert.equal(held()?.['accepted-config'], 'theirs');
      await set('accepted-config', 'new');
      assert.equal(held()?.['accepted-config'], 'new');
    });

    it('says so, once for each time that it waits', async () => {
      await written();
      await fight(10_000);
      assert.deepEqual(warnings, Array(2).fill('somebody else writes the state too; it is put back ever so often'));
    });

    it('puts back at once what is changed a while later', async () => {
      await written();
      await fight(10_000);
      await clock.step(60_000);
      await see();
      put({ 'accepted-config': 'theirs' });
      await see();
      assert.deepEqual(held(), { 'accepted-config': 'ours' });
    });

    it('is not held up by conflicts with somebody who writes other keys', async () => {
      await written();
      for (let n = 1; n <= 20; n++) {
        put({ ...held(), note: `${n}` });
        await set('accepted-config', `${n}`);
        await see();
        assert.deepEqual(held(), { 'accepted-config': `${n}`, note: `${n}` });
      }
    });
  });

  it('puts it back also when it learns of the deletion from a write that finds nothing', async () => {
    await begin({ 'accepted-config': 'pools' });
    store.get('accepted-config');
    remove();
    await set('freed', '[1]');
    assert.equal(held(), undefined);
    await see();
    assert.deepEqual(held(), { 'accepted-config': 'pools', freed: '[1]' });
  });

  it('puts it back when it is deleted while the answer to a write is on its way', async () => {
    await begin({ freed: '[0]' });
    const answer = api.request.bind(api);
    api.request = async (...request) => {
      const answered = await answer(...request);
      api.request = answer;
      remove();
      seen = undefined;
      store.changed();
      return answered as never;
    };
    await set('freed', '[1]');
    assert.deepEqual(held(), { freed: '[1]' });
  });

  it('changes back to the old text though the watch still shows that one', async () => {
    await begin({ freed: '[1]' });
    await set('freed', '[2]');
    await set('freed', '[1]');
    assert.deepEqual(held(), { freed: '[1]' });
    assert.equal(api.writes.length, 2);
  });

  it('changes back to the old text while the write of the new one is under way', async () => {
    await begin({ freed: '[1]' });
    let release = () => {};
    api.beforeWrite = () =>
      new Promise((resolve) => {
        release = resolve;
      });
    await set('freed', '[2]');
    await set('freed', '[1]');
    api.beforeWrite = () => {};
    release();
    await clock.settle();
    assert.deepEqual(held(), { freed: '[1]' });
  });

  it('is not led astray by a watch that brings an older state of before its last writes', async () => {
    await begin({ freed: '[1]' });
    await set('freed', '[2]');
    const lagging = newest();
    await set('freed', '[3]');
    await set('freed', '[2]');
    await see(lagging);
    await see();
    assert.deepEqual(held(), { freed: '[2]' });
  });

  it('decides again on what it finds when somebody else wrote first', async () => {
    await begin({ freed: '[1]' });
    put({ freed: '[9]', note: 'by hand' });
    await set('freed', '[2]');
    assert.equal(held()?.['freed'], '[9]');
    await see();
    assert.deepEqual(held(), { freed: '[2]', note: 'by hand' });
  });

  for (const there of [undefined, { freed: '[0]' }]) {
    const what = there === undefined ? 'creating' : 'changing';
    it(`tries again when ${what} it is refused as a conflict and nobody wrote, as an admission webhook may do`, async () => {
      await begin(there);
      api.beforeWrite = () => {
        api.beforeWrite = () => {};
        throw new ApiError(409, 'Conflict', 'refused by a webhook');
      };
      await set('freed', '[1]');
      await clock.step(60_000);
      assert.deepEqual(held(), { freed: '[1]' });
    });
  }

  it('writes nothing while it does not lead, and loses nothing by it', async () => {
    await begin();
    leads = false;
    await set('freed', '[1]');
    await clock.step(1_000);
    assert.equal(held(), undefined);
    leads = true;
    await clock.step(60_000);
    assert.deepEqual(held(), { freed: '[1]' });
  });

  it('has its write withheld that comes to its turn when it no longer leads, and loses nothing by it', async () => {
    await begin();
    api.beforeWrite = () => {
      leads = false;
    };
    await set('freed', '[1]');
    assert.equal(held(), undefined);
    api.beforeWrite = () => {};
    leads = true;
    await clock.step(60_000);
    assert.deepEqual(held(), { freed: '[1]' });
  });

  it('tries again when the API is away', async () => {
    await begin();
    api.away = true;
    await set('freed', '[1]');
    api.away = false;
    await clock.step(60_000);
    assert.deepEqual(held(), { freed: '[1]' });
  });
});
