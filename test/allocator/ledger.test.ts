import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { Ledger } from '../../src/allocator/ledger.js';
import { Pools } from '../../src/allocator/pools.js';
import { formatAddress } from '../../src/values/address.js';
import { serviceKey } from '../../src/values/names.js';
import { config } from '../support/config.js';
import { address, pool } from '../support/values.js';

const NOW_MS = 1_000_000;
const A = serviceKey('shop', 'a');
const B = serviceKey('shop', 'b');

const poolsOf = (rest: string) => new Pools(config(`address-pools: [{name: p, protocol: layer2, ${rest}}]`).pools);
const SMALL = poolsOf('addresses: [192.0.2.1-192.0.2.3]');

/** Gives out addresses for `B` until there is none, and says in which order. */
function emptied(ledger: Ledger, pools: Pools, nowMs = NOW_MS): readonly string[] {
  const order: string[] = [];
  for (const each of pools.all) {
    for (let free = ledger.nextFree(each, 'IPv4', B, { nowMs }); free.kind !== 'none'; ) {
      if (free.kind === 'resting') return [...order, `resting until ${free.untilMs}`];
      order.push(formatAddress(free.address));
      ledger.take(free.address, B);
      free = ledger.nextFree(each, 'IPv4', B, { nowMs });
    }
  }
  return order;
}

/** Taken and given back by `A`, one after another. */
function used(pools: Pools, ...ips: readonly string[]): Ledger {
  const ledger = new Ledger(pools);
  for (const ip of ips) ledger.take(address(ip), A);
  for (const [at, ip] of ips.entries()) ledger.giveBack(address(ip), A, NOW_MS - 1_000 + at);
  return ledger;
}

describe('a ledger', () => {
  it('keeps the earliest holder first', () => {
    const ledger = new Ledger(SMALL);
    for (const key of [B, A, B]) ledger.take(address('192.0.2.1'), key);
    assert.deepEqual(ledger.holders(address('192.0.2.1')), [B, A]);
    assert.equal(ledger.heldIn(pool('p'), 'IPv4'), 1);
  });

  it('frees an address when its last holder gives it back', () => {
    const ledger = new Ledger(SMALL);
    for (const key of [A, B]) ledger.take(address('192.0.2.1'), key);
    assert.equal(ledger.giveBack(address('192.0.2.1'), A, NOW_MS), false);
    assert.equal(ledger.giveBack(address('192.0.2.1'), B, NOW_MS), true);
    assert.equal(ledger.heldIn(pool('p'), 'IPv4'), 0);
  });

  it('takes nothing back from who does not hold it', () => {
    const ledger = new Ledger(SMALL);
    ledger.take(address('192.0.2.1'), A);
    assert.equal(ledger.giveBack(address('192.0.2.1'), B, NOW_MS), false);
    assert.deepEqual(ledger.holders(address('192.0.2.1')), [A]);
  });

  it('gives what was never used, then what was freed first', () => {
    const ledger = used(SMALL, '192.0.2.2', '192.0.2.1');
    assert.deepEqual(emptied(ledger, SMALL), ['192.0.2.3', '192.0.2.2', '192.0.2.1']);
  });

  it('keeps what rests from others, and says until when', () => {
    const slow = poolsOf('addresses: [192.0.2.1-192.0.2.2], reuse-delay: 10s');
    assert.deepEqual(emptied(used(slow, '192.0.2.1'), slow), ['192.0.2.2', `resting until ${NOW_MS + 9_000}`]);
    assert.deepEqual(emptied(used(slow, '192.0.2.1'), slow, NOW_MS + 9_000), ['192.0.2.2', '192.0.2.1']);
  });

  it('makes nobody wait longer than the delay when the wall clock is set back', () => {
    const slow = poolsOf('addresses: [192.0.2.1], reuse-delay: 10s');
    const ledger = used(slow, '192.0.2.1');
    assert.deepEqual(emptied(ledger, slow, 5_000), ['resting until 15000']);
    assert.deepEqual(emptied(ledger, slow, 14_999), ['resting until 15000']);
    assert.deepEqual(emptied(ledger, slow, 15_000), ['192.0.2.1']);
  });

  it('makes nobody wait longer than the delay for what was freed in a future that another controller saw', () => {
    const slow = poolsOf('addresses: [192.0.2.1], reuse-delay: 10s');
    const ledger = new Ledger(slow);
    ledger.rest([{ address: address('192.0.2.1'), lastHolder: A, freedAtMs: NOW_MS + 3_600_000 }], NOW_MS);
    assert.equal(ledger.restsFor(address('192.0.2.1'), B, NOW_MS + 9_999)?.untilMs, NOW_MS + 10_000);
    assert.equal(ledger.restsFor(address('192.0.2.1'), B, NOW_MS + 10_000), undefined);
  });

  it('hands out no reserved address, nor one that the pool avoids', () => {
    const pools = poolsOf('addresses: [192.0.2.254-192.0.3.1], avoid-buggy-ips: true, reserved: {192.0.2.254: shop/c}');
    assert.deepEqual(emptied(new Ledger(pools), pools), ['192.0.3.1']);
    assert.equal(new Ledger(pools).reservedFreeIn(pools.all[0] ?? assert.fail(), 'IPv4'), 1);
  });

  it('knows what is held and what rests under other pools as well', () => {
    const ledger = used(SMALL, '192.0.2.2');
    ledger.take(address('192.0.2.1'), A);
    const grown = poolsOf('addresses: [192.0.2.0-192.0.2.3]');
    ledger.usePools(grown, NOW_MS);
    assert.deepEqual(emptied(ledger, grown), ['192.0.2.0', '192.0.2.3', '192.0.2.2']);
    assert.equal(ledger.heldIn(pool('p'), 'IPv4'), 4);
  });

  it('names the lowest holders', () => {
    const ledger = used(SMALL, '192.0.2.1');
    for (const ip of ['192.0.2.3', '192.0.2.2']) ledger.take(address(ip), B);
    const [p = assert.fail()] = SMALL.all;
    assert.deepEqual(ledger.lowestHolders(p, 'IPv4', 2), [
      { address: address('192.0.2.2'), holder: B },
      { address: address('192.0.2.3'), holder: B },
    ]);
    assert.deepEqual(ledger.lowestHolders(p, 'IPv4', 1).length, 1);
  });

  it('holds an address that is outside every pool', () => {
    const ledger = new Ledger(SMALL);
    ledger.take(address('203.0.113.1'), A);
    assert.deepEqual(ledger.holders(address('203.0.113.1')), [A]);
    assert.equal(ledger.giveBack(address('203.0.113.1'), A, NOW_MS), true);
  });

  // biome-ignore format: table
  const bounds = [
    { name: 'of a pool',                pools: poolsOf('addresses: [10.0.0.0/16], reuse-delay: 1h') },
    { name: 'that are in no pool',      pools: poolsOf('addresses: [192.0.2.0/24], reuse-delay: 1s') },
  ];
  for (const { name, pools } of bounds) {
    it(`remembers a bounded number of freed addresses ${name}, those freed last`, () => {
      const ledger = new Ledger(pools);
      for (let n = 0; n < 5_000; n++) {
        const each = address(`10.0.${n >> 8}.${n & 255}`);
        ledger.take(each, A);
        ledger.giveBack(each, A, NOW_MS + n);
      }
      const remembered = [...ledger.resting(NOW_MS + 5_000)].map((freed) => freed.address);
      assert.equal(remembered.length, 4_096);
      assert.ok(remembered.includes(address('10.0.19.135')) && !remembered.includes(address('10.0.0.0')));
    });
  }

  it('gives back first what the Service had last', () => {
    const ledger = used(SMALL, '192.0.2.3', '192.0.2.1', '192.0.2.2');
    const [p = assert.fail()] = SMALL.all;
    const next = () => ledger.nextFree(p, 'IPv4', A, { nowMs: NOW_MS });
    assert.deepEqual(next(), { kind: 'free', address: address('192.0.2.2') });
    ledger.usePools(poolsOf('addresses: [192.0.2.0/29]'), NOW_MS);
    ledger.take(address('192.0.2.2'), B);
    ledger.usePools(SMALL, NOW_MS);
    assert.deepEqual(next(), { kind: 'free', address: address('192.0.2.1') });
  });

  it('names holders however many addresses below theirs are reserved', () => {
    const reserved = Array.from({ length: 100 }, (_, n) => `192.0.2.${n}: shop/r${n}`).join(', ');
    const pools = poolsOf(`addresses: [192.0.2.0-192.0.2.100], reserved: {${reserved}}`);
    const ledger = new Ledger(pools);
    ledger.take(address('192.0.2.100'), B);
    const [p = assert.fail()] = pools.all;
    assert.deepEqual(ledger.lowestHolders(p, 'IPv4', 3), [{ address: address('192.0.2.100'), holder: B }]);
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
});
