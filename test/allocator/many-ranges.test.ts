/**
 * Pools of thousands of ranges: what is free, held or shared in one is found without a look at its ranges or at what it
 * keeps back, full or not.
 */
import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { Ledger } from '../../src/allocator/ledger.js';
import { Pools } from '../../src/allocator/pools.js';
import { Sharers } from '../../src/allocator/sharers.js';
import type { Pool } from '../../src/config/config.js';
import { formatAddress } from '../../src/values/address.js';
import { serviceKey } from '../../src/values/names.js';
import type { SharingTerms } from '../../src/values/sharing.js';
import { config } from '../support/config.js';
import { address } from '../support/values.js';

const NOW_MS = Date.parse('2026-07-01T12:00:00Z');
const COUNT = 2_000;
/** Single addresses with as many of another pool between them, the highest first. */
const EVEN = Array.from({ length: COUNT }, (_, n) => ipAt(2 * (COUNT - n)));
const ODD = EVEN.map((_, n) => ipAt(2 * n + 1));

function ipAt(n: number): string {
  return `10.0.${n >> 8}.${n & 255}`;
}

const poolsOf = (...each: readonly (readonly [name: string, ips: readonly string[], rest?: string])[]): Pools => {
  const texts = each.map(
    ([name, ips, rest = '']) => `{name: ${name}, protocol: layer2, addresses: [${ips.join(', ')}]${rest}}`,
  );
  return new Pools(config(`address-pools: [${texts.join(', ')}]`).pools);
};

/** From now on it fails whoever goes through the ranges or the reservations of a pool. */
function sealed(pools: Pools): Pools {
  const fail = (what: string) => (): never => assert.fail(`went through ${what}`);
  for (const pool of pools.all) {
    Object.defineProperty(pool, 'ranges', { get: fail('the ranges') });
    for (const way of ['keys', 'values', 'entries', 'forEach', Symbol.iterator]) {
      Object.defineProperty(pool.reserved, way, { value: fail('the reservations') });
    }
  }
  return pools;
}

const named = (pools: Pools, name: string): Pool => pools.all.find((pool) => pool.name === name) ?? assert.fail();
const key = (n: number | string) => serviceKey('shop', `s${n}`);

/** How often it is asked who holds an address, meanwhile. */
function asked(ledger: Ledger, meanwhile: () => void): number {
  const holders = ledger.holders.bind(ledger);
  let count = 0;
  ledger.holders = (each) => {
    count++;
    return holders(each);
  };
  meanwhile();
  ledger.holders = holders;
  return count;
}

/** Takes what is free, for one Service after another, until there is none. */
function emptied(ledger: Ledger, pool: Pool): readonly string[] {
  const given: string[] = [];
  while (true) {
    const free = ledger.nextFree(pool, 'IPv4', key(given.length), { nowMs: NOW_MS });
    if (free.kind !== 'free') return given;
    ledger.take(free.address, key(given.length));
    given.push(formatAddress(free.address));
  }
}

describe('a pool of many ranges', () => {
  it('gives each address once, in the order written, and names who holds the first when it is full', () => {
    const pools = poolsOf(['even', EVEN], ['odd', ODD]);
    const ledger = new Ledger(pools);
    sealed(pools);
    assert.deepEqual(emptied(ledger, named(pools, 'even')), EVEN);
    assert.deepEqual(emptied(ledger, named(pools, 'odd')), ODD);
    assert.deepEqual(
      ledger.firstHolders(named(pools, 'even'), 'IPv4', 3),
      [0, 1, 2].map((n) => ({ address: address(EVEN[n] ?? ''), holder: key(n) })),
    );
  });

  it('names nobody who holds an address of the next one', () => {
    const pools = poolsOf(
      ['even', EVEN.slice(0, 2), `, reserved: {${EVEN[1]}: shop/r}`],
      ['odd', ODD, ', avoid-buggy-ips: true'],
    );
    const ledger = new Ledger(pools);
    for (const pool of pools.all) emptied(ledger, pool);
    assert.deepEqual(ledger.firstHolders(named(pools, 'even'), 'IPv4', 3), [
      { address: address(EVEN[0] ?? ''), holder: key(0) },
    ]);
  });

  it('gives the last address that there is, and those written after it', () => {
    const pools = poolsOf(['end', ['255.255.255.255', '192.0.2.1']]);
    assert.deepEqual(emptied(new Ledger(pools), named(pools, 'end')), ['255.255.255.255', '192.0.2.1']);
  });

  it('passes over addresses that it avoids to name who holds the first', () => {
    const pools = poolsOf([
      'buggy',
      [...ODD.map((_, n) => `10.${n >> 8}.${n & 255}.0`), '10.0.0.1'],
      ', avoid-buggy-ips: true',
    ]);
    const ledger = new Ledger(pools);
    sealed(pools);
    const buggy = named(pools, 'buggy');
    assert.deepEqual(emptied(ledger, buggy), ['10.0.0.1']);
    assert.equal(
      asked(ledger, () => assert.equal(ledger.firstHolders(buggy, 'IPv4', 1)[0]?.holder, key(0))),
      1,
    );
  });

  it('passes over what is reserved, and counts it', () => {
    const reserved = EVEN.slice(0, COUNT - 10);
    const rest = `, reserved: {${reserved.map((ip) => `${ip}: shop/r`).join(', ')}}`;
    const pools = poolsOf(['even', EVEN, rest]);
    const even = named(pools, 'even');
    const ledger = new Ledger(pools);
    sealed(pools);
    assert.deepEqual(emptied(ledger, even), EVEN.slice(COUNT - 10));
    assert.equal(ledger.reservedFreeIn(even.name, 'IPv4'), COUNT - 10);
    const count = asked(ledger, () =>
      assert.deepEqual(
        ledger.firstHolders(even, 'IPv4', 2).map((held) => formatAddress(held.address)),
        EVEN.slice(COUNT - 10, COUNT - 8),
      ),
    );
    assert.equal(count, 2);
    ledger.take(address(EVEN[5] ?? ''), key('r'));
    assert.equal(ledger.reservedFreeIn(even.name, 'IPv4'), COUNT - 11);
    ledger.giveBack(address(EVEN[5] ?? ''), key('r'), NOW_MS);
    assert.equal(ledger.reservedFreeIn(even.name, 'IPv4'), COUNT - 10);
    assert.deepEqual(emptied(ledger, even), []);
  });

  it('gives what is to be avoided to nobody who avoids it, and the next one instead', () => {
    const pools = poolsOf(['even', EVEN]);
    const ledger = new Ledger(pools);
    sealed(pools);
    const avoids = EVEN.slice(0, 3).map(address);
    const next = (of: readonly (typeof avoids)[number][]) =>
      ledger.nextFree(named(pools, 'even'), 'IPv4', key(0), { nowMs: NOW_MS, avoids: of });
    assert.deepEqual(next(avoids), { kind: 'free', address: address(EVEN[3] ?? '') });
    assert.deepEqual(next([]), { kind: 'free', address: address(EVEN[0] ?? '') });
  });

  const terms = (port: number, backends = 'Cluster'): SharingTerms => ({
    key: 'k',
    backends,
    ports: [`TCP/${port}`],
  });
  const shared = (sharers: Sharers, pool: Pool, wanted: SharingTerms) => {
    const found = sharers.shared(pool, 'IPv4', key('new'), { terms: wanted, avoids: [], isLeftAlone: () => false });
    return found === undefined ? 'none' : formatAddress(found);
  };
  /** Each of these addresses is held under one key, at port 80. */
  function sharing(pools: Pools, ips: readonly string[]): { readonly ledger: Ledger; readonly sharers: Sharers } {
    const ledger = new Ledger(pools);
    const sharers = new Sharers(ledger);
    for (const ip of ips) {
      const addresses = [address(ip)];
      for (const each of addresses) ledger.take(each, key(ip));
      sharers.set(key(ip), { granted: terms(80), recorded: terms(80), current: terms(80), addresses });
    }
    return { ledger, sharers };
  }

  it('has room for who shares at the first address written, of its own alone', () => {
    const pools = poolsOf(['even', EVEN], ['odd', ODD]);
    const { ledger, sharers } = sharing(pools, [...EVEN, ...ODD]);
    sealed(pools);
    assert.equal(shared(sharers, named(pools, 'even'), terms(443)), EVEN[0]);
    assert.equal(shared(sharers, named(pools, 'odd'), terms(443)), ODD[0]);
    const inVain = asked(ledger, () => {
      assert.equal(shared(sharers, named(pools, 'even'), terms(80)), 'none');
      assert.equal(shared(sharers, named(pools, 'odd'), terms(443, 'Local shop a=b')), 'none');
    });
    assert.equal(inVain, 0);
  });

  it('has no room for who shares with Services of the next one alone', () => {
    const pools = poolsOf(['even', EVEN], ['odd', ODD]);
    const { sharers } = sharing(pools, ODD);
    assert.equal(shared(sharers, named(pools, 'even'), terms(443)), 'none');
  });

  it('has room where another configuration says, too', () => {
    const { ledger, sharers } = sharing(poolsOf(['even', EVEN], ['odd', ODD]), [...EVEN, ...ODD]);
    const now = poolsOf(['odd', ODD.toReversed()], ['even', EVEN.slice(7)]);
    ledger.usePools(now, NOW_MS);
    sealed(now);
    assert.equal(shared(sharers, named(now, 'odd'), terms(443)), ODD.at(-1));
    assert.equal(shared(sharers, named(now, 'even'), terms(443)), EVEN[7]);
    sharers.delete(key(EVEN[7] ?? ''));
    assert.equal(shared(sharers, named(now, 'even'), terms(443)), EVEN[8]);
  });
});
