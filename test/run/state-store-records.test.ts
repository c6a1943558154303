/**
 * Long records in the state, made when they are written: once a second at most, and in the room that the other texts leave.
 */
import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'mocha';
import { ApiError } from '../../src/kube/api-error.js';
import { KeptState } from './kept-state.js';

describe('StateStore with a text that is made when it is written', () => {
  let state: KeptState;
  beforeEach(() => {
    state = new KeptState();
  });
  afterEach(() => state.end());

  it('makes it once for any number of changes, and writes nothing where it is the same', async () => {
    await state.begin({ freed: '[1]' });
    let made = 0;
    let text = '[1]';
    state.store.keep('freed', () => {
      made++;
      return text;
    });
    for (let n = 0; n < 1_000; n++) state.store.touch('freed');
    await state.clock.settle();
    assert.deepEqual([made, state.api.writes], [1, []]);
    text = '[2]';
    await state.touch('freed');
    assert.deepEqual([made, state.held()], [2, { freed: '[2]' }]);
  });

  describe('that changes often', () => {
    let text: string;
    const record = async (what: string) => {
      text = what;
      await state.touch('freed');
    };
    /** The first change, seen. */
    const recorded = async () => {
      await state.begin();
      state.store.keep('freed', () => text);
      await record('first');
      assert.deepEqual(state.held(), { freed: 'first' });
      await state.see();
    };

    it('writes the first change at once, and once a second after it what came since', async () => {
      await recorded();
      for (let n = 1; n <= 200; n++) {
        await record(`${n}`);
        await state.see();
        await state.clock.step(50);
      }
      await state.clock.step(1_000);
      await state.see();
      assert.deepEqual(state.held(), { freed: '200' });
      assert.equal(state.api.writes.length, 11);
      await state.clock.step(1_000);
      await record('next');
      assert.deepEqual(state.held(), { freed: 'next' });
    });

    it('writes it along with what is set, which does not wait', async () => {
      await recorded();
      await record('later');
      assert.deepEqual(state.held(), { freed: 'first' });
      await state.set('accepted-config', 'pools');
      assert.deepEqual(state.held(), { freed: 'later', 'accepted-config': 'pools' });
    });

    it('puts it back at once where somebody changes it', async () => {
      await recorded();
      state.put({ freed: '[]' });
      await state.see();
      assert.deepEqual(state.held(), { freed: 'first' });
    });

    it('writes a second later what comes while it is written', async () => {
      await state.begin();
      state.store.keep('freed', () => text);
      state.api.beforeWrite = () => {
        state.api.beforeWrite = () => {};
        return record('later');
      };
      await record('first');
      await state.clock.settle();
      await state.see();
      await state.clock.step(900);
      assert.deepEqual(state.held(), { freed: 'first' });
      await state.clock.step(200);
      assert.deepEqual(state.held(), { freed: 'later' });
    });

    it('writes the rest when leading ends, also what came last', async () => {
      await recorded();
      await record('later');
      const request = state.api.request.bind(state.api);
      state.api.request = async (method, path, options) => {
        if (method === 'GET') await record('last');
        return request(method, path, options);
      };
      await state.stop();
      assert.deepEqual(state.held(), { freed: 'last' });
    });

    it('tries no more often while the API is away', async () => {
      await recorded();
      await state.clock.step(1_000);
      let tried = 0;
      state.api.beforeWrite = () => {
        tried++;
        throw new ApiError(500, 'InternalError', 'no leader');
      };
      state.clock.chance = 0.999;
      for (let n = 1; n <= 200; n++) {
        await record(`${n}`);
        await state.clock.step(50);
      }
      assert.ok(tried <= 20, `tried ${tried} times in ten seconds`);
      state.api.beforeWrite = () => {};
      await state.clock.step(60_000);
      assert.deepEqual(state.held(), { freed: '200' });
    });
  });

  it('creates nothing for an empty one', async () => {
    await state.begin();
    state.store.keep('freed', () => '');
    await state.touch('freed');
    assert.equal(state.held(), undefined);
  });

  it('has room for it beside the others, its own and what somebody else put there', async () => {
    await state.begin({ note: 'x'.repeat(1_000), freed: 'old' });
    state.store.set('accepted-config', 'é'.repeat(500_000));
    state.store.keep('freed', (room) => 'x'.repeat(room));
    await state.touch('freed');
    assert.equal(state.held()?.['freed']?.length, 1_048_576 - 1_000_000 - 1_000);
  });

  describe('as long as there is room', () => {
    /** As the API server's validation does. */
    const MAX_BYTES = 1_048_576;
    const lengths = () =>
      Object.fromEntries(Object.entries(state.held() ?? {}).map(([key, text]) => [key, text.length]));
    beforeEach(async () => {
      state.api.admit = (object) => {
        const data = (object as { readonly data?: Readonly<Record<string, string>> }).data ?? {};
        const bytes = Object.values(data).reduce((sum, text) => sum + Buffer.byteLength(text), 0);
        if (bytes > MAX_BYTES) throw new ApiError(422, 'Invalid', `may not be more than ${MAX_BYTES} bytes`);
        return object;
      };
      await state.begin();
      state.store.keep('freed', (room) => 'f'.repeat(Math.max(0, Math.min(room, 480_000))));
      state.store.touch('freed');
      await state.set('accepted-config', 'a'.repeat(100_000));
      await state.see();
      assert.deepEqual(lengths(), { freed: 480_000, 'accepted-config': 100_000 });
    });

    it('gives way to another that grows, though nothing of its own changed', async () => {
      await state.set('accepted-config', 'b'.repeat(700_000));
      assert.deepEqual(lengths(), { freed: MAX_BYTES - 700_000, 'accepted-config': 700_000 });
      await state.see();
      await state.set('accepted-config', 'c'.repeat(MAX_BYTES));
      assert.deepEqual(lengths(), { freed: 0, 'accepted-config': MAX_BYTES });
    });

    it('gives way also with the last write', async () => {
      state.store.set('accepted-config', 'b'.repeat(700_000));
      await state.stop();
      assert.deepEqual(lengths(), { freed: MAX_BYTES - 700_000, 'accepted-config': 700_000 });
    });
  });
});
