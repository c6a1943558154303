/**
 * What a ledger does with an address that another device answered for: it is given to nobody for a time, unless by name.
 */
import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { Ledger } from '../../src/allocator/ledger.js';
import { Pools } from '../../src/allocator/pools.js';
import { readFreed, writeFreed } from '../../src/run/freed-state.js';
import { serviceKey } from '../../src/values/names.js';
import { address } from '../support/values.js';
import { A, B, emptied, NOW_MS, poolsOf } from './used-ledger.js';

describe('a ledger with an address in quarantine', () => {
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
            const freed = readFreed(writeFreed(ledger.resting(NOW_MS + 60_000), 10_000, (ms) => ms));
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
