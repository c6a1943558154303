/**
 * Somebody else writes the ConfigMap of the state as well: what a leader keeps there is put back, at once a few times and
 * then ever so often.
 */
import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'mocha';
import { KeptState } from './kept-state.js';

describe('StateStore beside somebody else who writes', () => {
  let state: KeptState;
  beforeEach(() => {
    state = new KeptState();
  });
  afterEach(() => state.end());

  it('leaves keys alone that it was never asked about', async () => {
    await state.begin({ note: 'by hand' });
    await state.set('freed', '[1]');
    assert.deepEqual(state.held(), { note: 'by hand', freed: '[1]' });
    state.put({ note: 'edited', freed: '[1]' });
    await state.see();
    assert.equal(state.held()?.['note'], 'edited');
  });

  it('puts back what somebody edits', async () => {
    await state.begin();
    await state.set('freed', '[1]');
    await state.see();
    state.put({ freed: '[]' });
    await state.see();
    assert.deepEqual(state.held(), { freed: '[1]' });
  });

  it('puts everything back that somebody deletes: what it set, and what it found', async () => {
    await state.begin({ 'accepted-config': 'pools' });
    state.store.get('accepted-config');
    await state.set('freed', '[1]');
    await state.see();
    state.remove();
    await state.see();
    assert.deepEqual(state.held(), { 'accepted-config': 'pools', freed: '[1]' });
  });

  it('puts it back also when it learns of the deletion from a write that finds nothing', async () => {
    await state.begin({ 'accepted-config': 'pools' });
    state.store.get('accepted-config');
    state.remove();
    await state.set('freed', '[1]');
    assert.equal(state.held(), undefined);
    await state.see();
    assert.deepEqual(state.held(), { 'accepted-config': 'pools', freed: '[1]' });
  });

  it('puts it back when it is deleted while the answer to a write is on its way', async () => {
    await state.begin({ freed: '[0]' });
    const answer = state.api.request.bind(state.api);
    state.api.request = async (...request) => {
      const answered = await answer(...request);
      state.api.request = answer;
      state.remove();
      state.tell(undefined);
      return answered as never;
    };
    await state.set('freed', '[1]');
    assert.deepEqual(state.held(), { freed: '[1]' });
  });

  it('decides again on what it finds when somebody else wrote first', async () => {
    await state.begin({ freed: '[1]' });
    state.put({ freed: '[9]', note: 'by hand' });
    await state.set('freed', '[2]');
    assert.equal(state.held()?.['freed'], '[9]');
    await state.see();
    assert.deepEqual(state.held(), { freed: '[2]', note: 'by hand' });
  });

  describe('against somebody who undoes each of its writes', () => {
    const undo = async () => {
      if (state.held()?.['accepted-config'] === 'theirs') return;
      state.put({ 'accepted-config': 'theirs' });
      await state.see();
    };
    /** Undone within 50 ms each time. */
    const fight = async (forMs: number) => {
      for (let ms = 0; ms < forMs; ms += 50) {
        await undo();
        await state.clock.step(50);
      }
    };
    /** The first one, seen. */
    const written = async () => {
      await state.begin();
      await state.set('accepted-config', 'ours');
      await state.see();
      state.api.writes.length = 0;
    };

    it('writes three times at once, and then once in five seconds', async () => {
      await written();
      for (let n = 1; n <= 300; n++) await undo();
      assert.equal(state.api.writes.length, 3);
      await fight(60_000);
      assert.ok(state.api.writes.length <= 3 + 12, `${state.api.writes.length} writes in a minute`);
      assert.ok(state.api.writes.length >= 3 + 11, `${state.api.writes.length} writes in a minute`);
      await state.clock.step(5_000);
      assert.deepEqual(state.held(), { 'accepted-config': 'ours' });
    });

    it('is as slow with a record that changes all the time', async () => {
      await written();
      let n = 0;
      state.store.keep('freed', () => `${n}`);
      for (; n < 1_200; n++) {
        state.store.touch('freed');
        await fight(50);
      }
      assert.ok(state.api.writes.length <= 3 + 12, `${state.api.writes.length} writes in a minute`);
      await state.clock.step(5_000);
      assert.deepEqual(state.held(), { 'accepted-config': 'ours', freed: '1199' });
    });

    it('writes at once what is set meanwhile', async () => {
      await written();
      await fight(10_000);
      await undo();
      assert.equal(state.held()?.['accepted-config'], 'theirs');
      await state.set('accepted-config', 'new');
      assert.equal(state.held()?.['accepted-config'], 'new');
    });

    it('says so, once for each time that it waits', async () => {
      await written();
      await fight(10_000);
      assert.deepEqual(
        state.warnings,
        Array(2).fill('somebody else writes the state too; it is put back ever so often'),
      );
    });

    it('puts back at once what is changed a while later', async () => {
      await written();
      await fight(10_000);
      await state.clock.step(60_000);
      await state.see();
      state.put({ 'accepted-config': 'theirs' });
      await state.see();
      assert.deepEqual(state.held(), { 'accepted-config': 'ours' });
    });

    it('is not held up by conflicts with somebody who writes other keys', async () => {
      await written();
      for (let n = 1; n <= 20; n++) {
        state.put({ ...state.held(), note: `${n}` });
        await state.set('accepted-config', `${n}`);
        await state.see();
        assert.deepEqual(state.held(), { 'accepted-config': `${n}`, note: `${n}` });
      }
    });
  });
});
