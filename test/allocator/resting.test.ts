/**
 * What a ledger remembers of addresses that are free: who had them, until when they rest, and why.
 */
import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { Ledger } from '../../src/allocator/ledger.js';
import { Pools } from '../../src/allocator/pools.js';
import { readFreed, writeFreed } from '../../src/run/freed-state.js';
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

  describe('with an address in quarantine', () => {
    const ip = address('192.0.2.1');
    const endsMs = NOW_MS + 600_000;
    const one = poolsOf('addresses: [192.0.2.1]');
    const avoided = (pools = one) => {
      const ledger = new Ledger(pools);
      ledger.take(ip, A);
      ledger.giveBack(ip, A, NOW_MS, 'conflict');
      return ledger;
    };
    const next = (ledger: Ledger, key: typeof A, nowMs: number, { all } = one) =>
      ledger.nextFree(all[0] ?? assert.fail(), 'IPv4', key, { nowMs });
    const refused = { kind: 'quarantined', address: ip, untilMs: endsMs };

    it('gives it to nobody, its last holder included, and then to anybody', () => {
      for (const key of [A, B]) assert.deepEqual(next(avoided(), key, endsMs - 1), refused);
      assert.deepEqual(next(avoided(), B, endsMs), { kind: 'free', address: ip });
    });

    it('refuses it to nobody who asks for it', () => {
      assert.equal(avoided().restsFor(ip, B, NOW_MS), undefined);
    });

    it('goes on with that after a restart, another configuration, and somebody who had it by name', () => {
      const later = new Ledger(one);
      later.rest([...avoided().resting(NOW_MS)], NOW_MS);
      later.usePools(new Pools([]), NOW_MS);
      later.usePools(one, NOW_MS);
      later.take(ip, B);
      assert.deepEqual([...later.resting(NOW_MS)].length, 1);
      later.giveBack(ip, B, NOW_MS + 1);
      assert.deepEqual(next(later, B, NOW_MS + 2), refused);
    });

    describe('that somebody had by name', () => {
      const delayed = (delay: string, rest = '') => poolsOf(`addresses: [192.0.2.1], reuse-delay: ${delay}${rest}`);
      const C = serviceKey('shop', 'c');
      const usedAgain = (pools: Pools, nowMs: number) => {
        const ledger = avoided(pools);
        ledger.take(ip, B);
        ledger.giveBack(ip, B, nowMs);
        return ledger;
      };
      // biome-ignore format: table
      const cases: readonly { name: string; delay: string; keptUntilMs: number; restsUntilMs: number }[] = [
        { name: 'the delay ends first',      delay: '5m', keptUntilMs: NOW_MS + 360_000,   restsUntilMs: endsMs },
        { name: 'the quarantine ends first', delay: '1h', keptUntilMs: NOW_MS + 3_660_000, restsUntilMs: NOW_MS + 3_660_000 },
      ];
      for (const { name, delay, keptUntilMs, restsUntilMs } of cases) {
        for (const restarts of [false, true]) {
          it(`keeps it for that one where ${name}${restarts ? ', also after a restart' : ''}`, () => {
            const pools = delayed(delay);
            let ledger = usedAgain(pools, NOW_MS + 60_000);
            if (restarts) {
              const freed = readFreed(writeFreed(ledger.resting(NOW_MS + 60_000), 10_000));
              ledger = new Ledger(pools);
              ledger.rest(freed, NOW_MS + 60_000);
            }
            for (const key of [A, C]) {
              const rest = ledger.restsFor(ip, key, NOW_MS + 60_000);
              assert.deepEqual([rest?.lastHolder, rest?.untilMs], [B, keptUntilMs]);
              assert.equal(ledger.restsFor(ip, key, keptUntilMs), undefined);
            }
            assert.equal(ledger.restsFor(ip, B, NOW_MS + 60_000), undefined);
            assert.equal(ledger.isQuarantined(ip, endsMs - 1), true);
            assert.equal(ledger.isQuarantined(ip, endsMs), false);
            const before = next(ledger, C, restsUntilMs - 1, pools);
            assert.deepEqual(before.kind !== 'free' && before.kind !== 'none' && before.untilMs, restsUntilMs);
            assert.deepEqual(next(ledger, C, restsUntilMs, pools), { kind: 'free', address: ip });
          });
        }
      }

      it('says that it was freed lately, and not that a device has it, once the quarantine is over', () => {
        const pools = delayed('1h');
        const untilMs = NOW_MS + 3_660_000;
        const ledger = usedAgain(pools, NOW_MS + 60_000);
        assert.deepEqual(next(ledger, C, NOW_MS + 60_000, pools), { kind: 'quarantined', address: ip, untilMs });
        assert.deepEqual(next(ledger, C, endsMs, pools), { kind: 'resting', untilMs });
      });

      it('gives what comes free before it first', () => {
        const pools = poolsOf('addresses: [192.0.2.1-192.0.2.2], reuse-delay: 1h');
        const ledger = usedAgain(pools, NOW_MS + 60_000);
        ledger.take(address('192.0.2.2'), A);
        ledger.giveBack(address('192.0.2.2'), A, NOW_MS + 60_000, 'conflict');
        const refusal = { kind: 'quarantined', address: address('192.0.2.2'), untilMs: NOW_MS + 660_000 };
        assert.deepEqual(next(ledger, C, NOW_MS + 60_000, pools), refusal);
      });

      it('is as it was where that one gave it back before it was used', () => {
        const pools = delayed('1h');
        const ledger = usedAgain(pools, NOW_MS + 60_000);
        ledger.take(ip, B);
        ledger.giveBack(ip, B, NOW_MS + 120_000, 'unused');
        assert.equal(ledger.restsFor(ip, C, NOW_MS + 120_000)?.untilMs, NOW_MS + 3_660_000);
        ledger.take(ip, C);
        ledger.giveBack(ip, C, NOW_MS + 180_000);
        assert.equal(ledger.restsFor(ip, B, NOW_MS + 180_000)?.lastHolder, C);
      });
    });

    it('gives everything else before it, also when its time is over', () => {
      const two = poolsOf('addresses: [192.0.2.1-192.0.2.2]');
      assert.deepEqual(emptied(avoided(two), two, endsMs), ['192.0.2.2', '192.0.2.1']);
    });

    it('names it in a refusal where it comes before all that rests', () => {
      const two = poolsOf('addresses: [192.0.2.1-192.0.2.2], reuse-delay: 1h');
      const ledger = avoided(two);
      ledger.take(address('192.0.2.2'), A);
      ledger.giveBack(address('192.0.2.2'), A, NOW_MS);
      assert.deepEqual(next(ledger, B, NOW_MS, two), refused);
    });
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
