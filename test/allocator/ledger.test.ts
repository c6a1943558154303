import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { Ledger } from '../../src/allocator/ledger.js';
import { address, pool } from '../support/values.js';
import { A, B, emptied, NOW_MS, poolsOf, SMALL, used } from './used-ledger.js';

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
    assert.equal(new Ledger(pools).reservedFreeIn(pool('p'), 'IPv4'), 1);
  });

  it('knows what is held and what rests under other pools as well', () => {
    const ledger = used(SMALL, '192.0.2.2');
    ledger.take(address('192.0.2.1'), A);
    const grown = poolsOf('addresses: [192.0.2.0-192.0.2.3]');
    ledger.usePools(grown, NOW_MS);
    assert.deepEqual(emptied(ledger, grown), ['192.0.2.0', '192.0.2.3', '192.0.2.2']);
    assert.equal(ledger.heldIn(pool('p'), 'IPv4'), 4);
  });

  it('names the first holders', () => {
    const ledger = used(SMALL, '192.0.2.1');
    for (const ip of ['192.0.2.3', '192.0.2.2']) ledger.take(address(ip), B);
    const [p = assert.fail()] = SMALL.all;
    assert.deepEqual(ledger.firstHolders(p, 'IPv4', 2), [
      { address: address('192.0.2.2'), holder: B },
      { address: address('192.0.2.3'), holder: B },
    ]);
    assert.deepEqual(ledger.firstHolders(p, 'IPv4', 1).length, 1);
  });

  it('holds an address that is outside every pool', () => {
    const ledger = new Ledger(SMALL);
    ledger.take(address('203.0.113.1'), A);
    assert.deepEqual(ledger.holders(address('203.0.113.1')), [A]);
    assert.equal(ledger.giveBack(address('203.0.113.1'), A, NOW_MS), true);
  });

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
    assert.deepEqual(ledger.firstHolders(p, 'IPv4', 3), [{ address: address('192.0.2.100'), holder: B }]);
  });
});
