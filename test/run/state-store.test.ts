import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'mocha';
import { ApiError } from '../../src/kube/api-error.js';
import { KeptState } from './kept-state.js';

describe('StateStore', () => {
  let state: KeptState;
  beforeEach(() => {
    state = new KeptState();
  });
  afterEach(() => state.end());

  it('creates the ConfigMap, with the labels of Cairn', async () => {
    await state.begin();
    await state.set('freed', '[1]');
    assert.deepEqual(state.held(), { freed: '[1]' });
    assert.deepEqual(state.newest()?.meta.labels, {
      'app.kubernetes.io/name': 'cairn',
      'app.kubernetes.io/component': 'controller',
    });
  });

  it('says what is set before it is written, and what a leader before it left', async () => {
    await state.begin({ freed: '[1]' });
    assert.equal(state.store.get('freed'), '[1]');
    state.store.set('freed', '[2]');
    assert.equal(state.store.get('freed'), '[2]');
    assert.equal(state.store.get('no-such'), undefined);
  });

  describe('when leading ends', () => {
    for (const arrives of [false, true]) {
      it(`writes what was cut off, also where it had ${arrives ? 'arrived' : 'not arrived'}`, async () => {
        await state.begin({ freed: '[0]' });
        let cut = () => {};
        state.api.beforeWrite = () => {
          state.api.beforeWrite = () => {};
          if (arrives) state.put({ freed: '[1]' });
          return new Promise((_, reject) => {
            cut = () => reject(new Error('aborted'));
          });
        };
        await state.set('freed', '[1]');
        const stopping = state.stop();
        cut();
        await stopping;
        assert.deepEqual(state.held(), { freed: '[1]' });
        assert.deepEqual(state.api.writes, arrives ? [] : ['PATCH cairn-state']);
      });
    }

    it('writes what was set last', async () => {
      await state.begin();
      state.store.set('freed', '[1]');
      await state.stop();
      assert.deepEqual(state.held(), { freed: '[1]' });
    });

    it('writes nothing where the lease is lost', async () => {
      await state.begin();
      state.leads = false;
      state.store.set('freed', '[1]');
      await state.stop();
      assert.equal(state.held(), undefined);
    });

    it('ends when it is told that this takes too long', async () => {
      await state.begin({ freed: '[0]' });
      state.api.request = (_method, _path, options) =>
        new Promise((_, reject) => options?.signal?.addEventListener('abort', () => reject(new Error('aborted'))));
      state.store.set('freed', '[1]');
      const stopping = state.stop();
      await state.clock.settle();
      state.late.abort();
      await stopping;
      assert.deepEqual(state.held(), { freed: '[0]' });
    });
  });

  it('writes nothing that is there already, nor when its own write is seen', async () => {
    await state.begin({ freed: '[1]' });
    await state.set('freed', '[1]');
    assert.deepEqual(state.api.writes, []);
    await state.set('freed', '[2]');
    await state.see();
    assert.deepEqual(state.api.writes, ['PATCH cairn-state']);
  });

  it('changes back to the old text though the watch still shows that one', async () => {
    await state.begin({ freed: '[1]' });
    await state.set('freed', '[2]');
    await state.set('freed', '[1]');
    assert.deepEqual(state.held(), { freed: '[1]' });
    assert.equal(state.api.writes.length, 2);
  });

  it('changes back to the old text while the write of the new one is under way', async () => {
    await state.begin({ freed: '[1]' });
    let release = () => {};
    state.api.beforeWrite = () =>
      new Promise((resolve) => {
        release = resolve;
      });
    await state.set('freed', '[2]');
    await state.set('freed', '[1]');
    state.api.beforeWrite = () => {};
    release();
    await state.clock.settle();
    assert.deepEqual(state.held(), { freed: '[1]' });
  });

  it('is not led astray by a watch that brings an older state of before its last writes', async () => {
    await state.begin({ freed: '[1]' });
    await state.set('freed', '[2]');
    const lagging = state.newest();
    await state.set('freed', '[3]');
    await state.set('freed', '[2]');
    await state.see(lagging);
    await state.see();
    assert.deepEqual(state.held(), { freed: '[2]' });
  });

  for (const there of [undefined, { freed: '[0]' }]) {
    const what = there === undefined ? 'creating' : 'changing';
    it(`tries again when ${what} it is refused as a conflict and nobody wrote, as an admission webhook may do`, async () => {
      await state.begin(there);
      state.api.beforeWrite = () => {
        state.api.beforeWrite = () => {};
        throw new ApiError(409, 'Conflict', 'refused by a webhook');
      };
      await state.set('freed', '[1]');
      await state.clock.step(60_000);
      assert.deepEqual(state.held(), { freed: '[1]' });
    });
  }

  it('writes nothing while it does not lead, and loses nothing by it', async () => {
    await state.begin();
    state.leads = false;
    await state.set('freed', '[1]');
    await state.clock.step(1_000);
    assert.equal(state.held(), undefined);
    state.leads = true;
    await state.clock.step(60_000);
    assert.deepEqual(state.held(), { freed: '[1]' });
  });

  it('has its write withheld that comes to its turn when it no longer leads, and loses nothing by it', async () => {
    await state.begin();
    state.api.beforeWrite = () => {
      state.leads = false;
    };
    await state.set('freed', '[1]');
    assert.equal(state.held(), undefined);
    state.api.beforeWrite = () => {};
    state.leads = true;
    await state.clock.step(60_000);
    assert.deepEqual(state.held(), { freed: '[1]' });
  });

  it('tries again when the API is away', async () => {
    await state.begin();
    state.api.away = true;
    await state.set('freed', '[1]');
    state.api.away = false;
    await state.clock.step(60_000);
    assert.deepEqual(state.held(), { freed: '[1]' });
  });
});
