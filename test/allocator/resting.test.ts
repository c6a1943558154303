/**
 * What a ledger remembers of addresses that are free: who had them, until when they rest, and why.
 */
import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { Ledger } from '../../src/allocator/ledger.js';
import { Pools } from '../../src/allocator/pools.js';
import { formatAddress } from '../../src/values/address.js';
import { serviceKey } from '../../src/values/names.js';
import { config } from '../support/config.js';
import { address } from '../support/values.js';
import { A, B, emptied, NOW_MS, poolsOf, SMALL, used } from './used-ledger.js';
import { World } from './world.js';

describe('a ledger with addresses that were freed', () => {
  // biome-ignore format: table
  const bounds = [
    { name: 'of a pool',                pools: poolsOf('addresses: [10.0.0.0/16], reuse-delay: 1h') },
    { name: 'that are in no pool',      pools: poolsOf('addresses: [192.0.2.0/24], reuse-delay: 1s') },
  ];
  for (const { name, pools } of bounds) {
    it(`remembers a bounded number of freed addresses ${name}, those freed last`, () => {
      const ledger = new Ledger(pools);
      for (let n = 0; n < 5_000; n++) {
        const each = address(`10.0.${(4_999 - n) >> 8}.${(4_999 - n) & 255}`);
        ledger.take(each, A);
        ledger.giveBack(each, A, NOW_MS + n);
      }
      const remembered = [...ledger.resting(NOW_MS + 5_000)].map((freed) => freed.address);
      assert.equal(remembered.length, 4_096);
      assert.ok(remembered.includes(address('10.0.0.0')) && !remembered.includes(address('10.0.19.135')));
    });
  }

  it('remembers nothing of what is in no pool where no pool has a delay', () => {
    const ledger = new Ledger(SMALL);
    ledger.take(address('203.0.113.1'), A);
    ledger.giveBack(address('203.0.113.1'), A, NOW_MS);
    assert.deepEqual([...ledger.resting(NOW_MS)], []);
  });

  it('lets the newer of two records of an address count, in whatever order they come', () => {
    const slow = poolsOf('addresses: [192.0.2.1-192.0.2.2], reuse-delay: 10s');
    const ip = address('192.0.2.1');
    const older = { address: ip, lastHolder: A, freedAtMs: NOW_MS - 5_000 };
    const newer = { address: ip, lastHolder: B, freedAtMs: NOW_MS };
    for (const records of [
      [older, newer],
      [newer, older],
    ]) {
      const ledger = new Ledger(slow);
      ledger.rest(records, NOW_MS);
      assert.equal(ledger.restsFor(ip, A, NOW_MS)?.untilMs, NOW_MS + 10_000);
    }
  });

  it('frees at once what nobody can have used', () => {
    const slow = poolsOf('addresses: [192.0.2.1], reuse-delay: 10s');
    const ledger = new Ledger(slow);
    ledger.take(address('192.0.2.1'), A);
    ledger.giveBack(address('192.0.2.1'), A, NOW_MS, 'unused');
    assert.deepEqual(emptied(ledger, slow), ['192.0.2.1']);
  });

  it('lets go on resting what its last holder took again and gave back unused', () => {
    const slow = poolsOf('addresses: [192.0.2.1], reuse-delay: 10s');
    const ledger = used(slow, '192.0.2.1');
    ledger.take(address('192.0.2.1'), A);
    assert.deepEqual([...ledger.resting(NOW_MS)], []);
    ledger.giveBack(address('192.0.2.1'), A, NOW_MS, 'unused');
    assert.deepEqual(emptied(ledger, slow), [`resting until ${NOW_MS + 9_000}`]);
  });

  it('says that other addresses rest, and nothing where the pool has no delay', () => {
    const changesOf = (pools: Pools) => {
      const ledger = new Ledger(pools);
      return ['take', 'give back', 'take'].map((what) => {
        const before = ledger.restingChanges;
        if (what === 'take') ledger.take(address('192.0.2.1'), A);
        else ledger.giveBack(address('192.0.2.1'), A, NOW_MS);
        return ledger.restingChanges !== before;
      });
    };
    assert.deepEqual(changesOf(poolsOf('addresses: [192.0.2.1], reuse-delay: 10s')), [false, true, true]);
    assert.deepEqual(changesOf(SMALL), [false, false, false]);
  });

  describe('whose configuration is edited by mistake, and corrected', () => {
    const slow = poolsOf('addresses: [192.0.2.1], reuse-delay: 5m');
    const p = slow.all[0] ?? assert.fail();
    // biome-ignore format: table
    const cases: readonly { name: string; mistake: Pools; isFreedMeanwhile?: boolean }[] = [
      { name: 'the pool is gone',                           mistake: new Pools([]) },
      { name: 'the pool has other addresses',               mistake: poolsOf('addresses: [198.51.100.1]') },
      { name: 'the address is reserved for another',        mistake: poolsOf('addresses: [192.0.2.1], reserved: {192.0.2.1: shop/c}, reuse-delay: 5m') },
      { name: 'the pool is gone when the address is freed', mistake: new Pools([]), isFreedMeanwhile: true },
      { name: 'the address is reserved when it is freed',   mistake: poolsOf('addresses: [192.0.2.1], reserved: {192.0.2.1: shop/c}, reuse-delay: 5m'), isFreedMeanwhile: true },
    ];
    for (const { name, mistake, isFreedMeanwhile = false } of cases) {
      for (const restarts of [false, true]) {
        it(`keeps for its last holder what rested where ${name}${restarts ? ', also after a restart' : ''}`, () => {
          let ledger = new Ledger(slow);
          ledger.take(address('192.0.2.1'), A);
          if (isFreedMeanwhile) ledger.usePools(mistake, NOW_MS);
          ledger.giveBack(address('192.0.2.1'), A, NOW_MS);
          ledger.usePools(mistake, NOW_MS + 1_000);
          if (restarts) {
            const freed = [...ledger.resting(NOW_MS + 2_000)];
            ledger = new Ledger(mistake);
            ledger.rest(freed, NOW_MS + 2_000);
          }
          ledger.usePools(slow, NOW_MS + 60_000);
          const next = (key: typeof A) => ledger.nextFree(p, 'IPv4', key, { nowMs: NOW_MS + 60_000 });
          assert.deepEqual(next(B), { kind: 'resting', untilMs: NOW_MS + 300_000 });
          assert.equal(next(A).kind, 'free');
        });
      }
    }
  });

  describe('with an address that is given on request only', () => {
    const ip = address('192.0.2.255');
    const only = 'addresses: [192.0.2.255], reuse-delay: 5m';
    // biome-ignore format: table
    const cases: readonly { name: string; pools: Pools; back: Pools }[] = [
      { name: 'reserved',      pools: poolsOf(`${only}, reserved: {192.0.2.255: shop/b}`), back: poolsOf(only) },
      { name: 'buggy',         pools: poolsOf(`${only}, avoid-buggy-ips: true`),           back: poolsOf(only) },
      { name: 'in no pool',    pools: poolsOf('addresses: [192.0.2.1], reuse-delay: 5m'),  back: poolsOf(only) },
    ];
    for (const { name, pools, back } of cases) {
      it(`goes on with the quarantine of one that is ${name} when somebody had it`, () => {
        const ledger = new Ledger(pools);
        ledger.take(ip, A);
        ledger.giveBack(ip, A, NOW_MS, 'conflict');
        ledger.take(ip, B);
        assert.equal([...ledger.resting(NOW_MS + 1)].length, 1);
        ledger.giveBack(ip, B, NOW_MS + 1);
        assert.equal(ledger.isQuarantined(ip, NOW_MS + 2), true);
        assert.equal(ledger.isQuarantined(ip, NOW_MS + 600_000), false);
      });

      it(`lets one that is ${name} go on resting when somebody had it and gave it back unused`, () => {
        const ledger = new Ledger(pools);
        ledger.take(ip, A);
        ledger.giveBack(ip, A, NOW_MS);
        ledger.take(ip, B);
        assert.deepEqual([...ledger.resting(NOW_MS + 1)], [], 'held');
        ledger.giveBack(ip, B, NOW_MS + 1, 'unused');
        ledger.usePools(back, NOW_MS + 2);
        assert.equal(ledger.restsFor(ip, B, NOW_MS + 2)?.untilMs, NOW_MS + 300_000);
      });

      it(`forgets why one that is ${name} rested when its time has passed before it is used`, () => {
        const ledger = new Ledger(pools);
        ledger.take(ip, A);
        ledger.giveBack(ip, A, NOW_MS, 'conflict');
        ledger.take(ip, B);
        ledger.giveBack(ip, B, NOW_MS + 600_000);
        ledger.usePools(back, NOW_MS + 600_000);
        assert.equal(ledger.restsFor(ip, A, NOW_MS + 600_000)?.lastHolder, B);
      });
    }
  });
});

describe('an address that was never in a status', () => {
  const two = config('address-pools: [{name: p, protocol: layer2, addresses: [192.0.2.1-192.0.2.2], reuse-delay: 1h}]');
  const heldBy = (world: World, name: string) => {
    const standing = world.allocator.standing(serviceKey('shop', name));
    return standing.state === 'holds'
      ? standing.held.map((held) => formatAddress(held.address)).join()
      : standing.state;
  };

  it('is free for others at once when the Service no longer asks for it', () => {
    const world = new World(two);
    world.create('web', {});
    world.settle();
    const web = serviceKey('shop', 'web');
    world.edit(web, (before) => ({ ...before, loadBalancerIP: '192.0.2.2' }));
    assert.equal(heldBy(world, 'web'), '192.0.2.2');
    world.edit(web, (before) => ({ ...before, loadBalancerIP: '' }));
    world.create('db', {});
    assert.deepEqual([heldBy(world, 'web'), heldBy(world, 'db')], ['192.0.2.1', '192.0.2.2']);
  });

  it('is free for others at once when the Service is gone, and rests where it was in one', () => {
    const world = new World(two);
    for (const name of ['a', 'b']) world.create(name, {});
    world.remove(serviceKey('shop', 'a'));
    world.create('c', {});
    assert.equal(heldBy(world, 'c'), '192.0.2.1');
    world.settle();
    world.remove(serviceKey('shop', 'c'));
    world.create('d', {});
    assert.equal(heldBy(world, 'd'), 'waits');
  });
});
