/**
 * A leader's work goes on only while nobody else can have held the Lease: whoever did may have written what this one has not seen.
 */
import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'mocha';
import { LeaseStore, Replica } from './lease-replica.js';

describe('a term', () => {
  let store: LeaseStore;
  let a: Replica;
  let backup: LeaseStore['lease'];

  beforeEach(async () => {
    store = new LeaseStore();
    a = new Replica(store, 'a');
    a.start();
    await pass(a, 3_000);
    backup = store.lease;
    await pass(a, 2_000);
    assert.deepEqual([a.works, a.terms], [true, 1]);
  });
  afterEach(() => a.end());

  const pass = async (replica: Replica, ms: number) => {
    for (let left = ms; left > 0; left -= 100) await replica.clock.step(100);
  };
  /** The renewal that is due comes, and no other. */
  const renewal = () => pass(a, 1_100);
  const specOf = () => ({ ...store.lease?.spec });
  const remove = () => {
    store.lease = undefined;
  };
  const recreate = (change: Readonly<Record<string, unknown>>) => {
    const spec = { ...specOf(), ...change };
    remove();
    store.serve('POST', { metadata: {}, spec });
  };
  /** The API server's data are from a backup, which has the lease with the same holder. */
  const restore = () => {
    store.lease = backup;
  };
  const cases = [
    { name: 'was given up', happens: () => store.edit({ holderIdentity: '' }) },
    { name: 'was held and given up', happens: () => store.edit({ holderIdentity: '', leaseTransitions: 1 }) },
    { name: 'ran out in other hands', happens: () => store.edit({ holderIdentity: 'b', leaseDurationSeconds: 0 }) },
    { name: 'passed on and came back', happens: () => store.edit({ leaseTransitions: 2 }) },
    { name: 'is gone', happens: () => remove() },
    { name: 'is one from before its last renewal', happens: () => restore() },
    { name: 'is another one', happens: () => recreate({}) },
    { name: 'is another one, and nobody’s', happens: () => recreate({ holderIdentity: '' }) },
  ];
  for (const { name, happens } of cases) {
    it(`ends when the lease ${name}, and another one begins`, async () => {
      happens();
      await renewal();
      assert.deepEqual([a.works, a.election.isLeader()], [false, false]);
      await pass(a, 1_000);
      assert.deepEqual([a.works, a.terms, specOf()['holderIdentity']], [true, 2, 'a']);
    });
  }

  it('ends without a word about a lease that is gone', async () => {
    remove();
    await renewal();
    assert.deepEqual([a.election.holder, a.warnings], ['', ['leadership lost']]);
  });

  it('ends though both clocks stood still while another led and gave the lease up', async () => {
    const b = new Replica(store, 'b');
    b.start();
    await pass(b, 20_000);
    assert.equal(b.works, true);
    await b.end();
    assert.deepEqual([specOf()['holderIdentity'], a.election.isLeader()], ['', true]);
    await renewal();
    assert.equal(a.works, false);
    await pass(a, 1_000);
    assert.deepEqual([a.works, a.terms], [true, 2]);
  });

  it('goes on when the lease was annotated, or its renewal was heard and not answered', async () => {
    store.edit({ preferredHolder: 'b' });
    await renewal();
    a.losesAnswer = true;
    await pass(a, 10_000);
    assert.equal(a.losesAnswer, false);
    assert.deepEqual([a.works, a.terms], [true, 1]);
  });
});
