/**
 * What a Service was given and no version of it had yet: nobody can have used it, so that an edit is answered as if nothing
 * had been given.
 */
import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import type { Allocator } from '../../src/allocator/allocator.js';
import { tellAssigned } from '../../src/allocator/conditions.js';
import { formatAddress } from '../../src/values/address.js';
import type { Service } from '../../src/values/objects.js';
import { FROM_POOL_ANNOTATION } from '../../src/values/service-marks.js';
import { config } from '../support/config.js';
import { type ServiceParts, service } from '../support/objects.js';
import { address } from '../support/values.js';
import { begun, NOW_MS } from './begun.js';

const A = '{name: a, protocol: layer2, addresses: [192.0.2.1]}';
const B = '{name: b, protocol: layer2, addresses: [198.51.100.1, "2001:db8::1"]}';
const version = (resourceVersion: string, parts: ServiceParts = {}, annotations = {}): Service =>
  service('web', { ...parts, meta: { resourceVersion, annotations } });

const start = (first: Service, pools: string): Allocator => begun(config(`address-pools: [${pools}]`), [first]);

const told = (allocator: Allocator) => {
  const { status, reason } = tellAssigned(allocator.standing(version('1').key)) ?? {};
  return `${status} ${reason}`;
};

const held = (allocator: Allocator) => {
  const standing = allocator.standing(version('1').key);
  return standing.state === 'holds' ? standing.held.map(({ address }) => formatAddress(address)) : [];
};
describe('an address that was given and is not written yet', () => {
  const edits: readonly { readonly name: string; readonly after: Service; readonly want: string }[] = [
    {
      name: 'is not kept by a Service that names a pool which does not exist',
      after: version('2', {}, { 'cairn.dev/address-pool': 'nowhere' }),
      want: 'False UnknownPool',
    },
    {
      name: 'is not kept by a Service that asks for what is in no pool',
      after: version('2', { loadBalancerIP: '203.0.113.9' }),
      want: 'False OutsideEveryPool',
    },
    {
      name: 'is given again to a Service that changed nothing of its request',
      after: version('2', {}, { 'example.com/note': 'x' }),
      want: 'True Assigned',
    },
  ];
  for (const { name, after, want } of edits) {
    it(name, () => {
      const allocator = start(version('1'), A);
      allocator.observe(after.key, after, NOW_MS);
      assert.equal(told(allocator), want);
    });
  }

  it('stays where it may be on its way when the pools lose it, and goes where it is not', () => {
    const allocator = start(version('1'), A);
    allocator.configure(config('address-pools: []'), '', NOW_MS);
    assert.equal(told(allocator), 'True OutsidePool');
    allocator.withdraw(version('1').key, NOW_MS);
    assert.equal(told(allocator), 'False NoPools');
  });

  it('goes with the one of the other family', () => {
    const both = { ipFamilies: ['IPv4', 'IPv6'], ipFamilyPolicy: 'RequireDualStack' } as const;
    const allocator = start(version('1', both), B);
    allocator.configure(config(`address-pools: [${B.replace(', "2001:db8::1"', '')}]`), '', NOW_MS);
    allocator.withdraw(version('1').key, NOW_MS);
    assert.equal(told(allocator), 'False NotDualStack');
    assert.deepEqual(held(allocator), []);
  });

  it('stays once it was written, whatever the configuration', () => {
    const allocator = start(version('1'), A);
    const written = version('2', { ips: ['192.0.2.1'] });
    allocator.observe(written.key, written, NOW_MS);
    allocator.configure(config(`address-pools: [${B}]`), '', NOW_MS);
    allocator.withdraw(written.key, NOW_MS);
    assert.equal(told(allocator), 'True OutsidePool');
  });

  describe('beside what works', () => {
    const dual = (ipFamilyPolicy: 'PreferDualStack' | 'RequireDualStack'): ServiceParts => ({
      ips: ['192.0.2.1'],
      ipFamilies: ['IPv4', 'IPv6'],
      ipFamilyPolicy,
    });
    const sixes = '{name: a, protocol: layer2, addresses: [192.0.2.1, "2001:db8::1"]}';
    const from = { [FROM_POOL_ANNOTATION]: 'a' };
    const wish = { ...from, 'cairn.dev/address-pool': 'b' };
    // biome-ignore format: table
    const cases: readonly { name: string; before: string; after: string; asks: Service; given: string; want: string }[] = [
      { name: 'is not waited for in its place when its pool is gone',       before: `${A}, ${B}`, after: A, asks: version('3', { ips: ['192.0.2.1'] }, wish), given: '198.51.100.1', want: '192.0.2.1 True UnknownPool' },
      { name: 'is not waited for in its place when it was asked for',       before: `${A}, ${B}`, after: A, asks: version('3', { ips: ['192.0.2.1'], loadBalancerIP: '198.51.100.1' }, from), given: '198.51.100.1', want: '192.0.2.1 True OutsideEveryPool' },
      { name: 'is not the second family that is preferred',                 before: sixes,        after: A, asks: version('3', dual('PreferDualStack'), from),  given: '192.0.2.1,2001:db8::1', want: '192.0.2.1 True Assigned' },
      { name: 'is not the second family that is required',                  before: sixes,        after: A, asks: version('3', dual('RequireDualStack'), from), given: '192.0.2.1,2001:db8::1', want: '192.0.2.1 True NotDualStack' },
      { name: 'is given another of its pool instead',                       before: `${A}, ${B}`, after: `${A}, ${B.replace('198.51.100.1', '198.51.100.2')}`, asks: version('3', { ips: ['192.0.2.1'] }, wish), given: '198.51.100.1', want: '198.51.100.2 True Assigned' },
      { name: 'stays where nothing but the pool of what works was lost',    before: `${A}, ${B}`, after: B, asks: version('3', { ips: ['192.0.2.1'] }, wish), given: '198.51.100.1', want: '198.51.100.1 True Assigned' },
    ];
    for (const { name, before, after, asks, given, want } of cases) {
      it(name, () => {
        const allocator = start(version('1', { ips: ['192.0.2.1'] }, from), before);
        allocator.observe(asks.key, asks, NOW_MS);
        assert.equal(held(allocator).join(), given);
        allocator.configure(config(`address-pools: [${after}]`), '', NOW_MS);
        allocator.withdraw(asks.key, NOW_MS);
        assert.equal(`${held(allocator).join()} ${told(allocator)}`, want);
        const holders = ['198.51.100.1', '2001:db8::1'].filter((ip) => allocator.holders(address(ip)).length > 0);
        assert.deepEqual(
          holders,
          held(allocator).filter((ip) => holders.includes(ip)),
          'the rest is free',
        );
      });
    }
  });
});

describe('a Service that is edited while another is let share its address', () => {
  const sharer = (name: string, port: number, key: string, at: string, ips: readonly string[] = []): Service =>
    service(name, {
      ips,
      ports: [{ name: '', protocol: 'TCP', port, nodePort: 0 }],
      meta: { resourceVersion: at, annotations: { 'cairn.dev/allow-shared-ip': key } },
    });
  const TWO = '{name: a, protocol: layer2, addresses: [192.0.2.1-192.0.2.2]}';
  const of = (allocator: Allocator, name: string) => {
    const standing = allocator.standing(service(name).key);
    return standing.state === 'holds'
      ? standing.held.map(({ address }) => formatAddress(address)).join()
      : standing.state;
  };
  const there = sharer('there', 80, 'k', '1', ['192.0.2.1']);
  const comer = sharer('comer', 81, 'k', '1');
  const edited = sharer('there', 80, 'other', '2', ['192.0.2.1']);

  it('keeps it, and the other is taken back before it is written', () => {
    const allocator = start(there, TWO);
    allocator.observe(comer.key, comer, NOW_MS);
    assert.equal(of(allocator, 'comer'), '192.0.2.1');
    allocator.observe(edited.key, edited, NOW_MS);
    assert.equal(of(allocator, 'there'), '192.0.2.1');
    allocator.withdraw(comer.key, NOW_MS);
    assert.deepEqual([of(allocator, 'there'), of(allocator, 'comer')], ['192.0.2.1', '192.0.2.2']);
  });

  it('goes once the other is there all the same: its write was on its way', () => {
    const allocator = start(there, TWO);
    allocator.observe(comer.key, comer, NOW_MS);
    allocator.observe(edited.key, edited, NOW_MS);
    const written = sharer('comer', 81, 'k', '3', ['192.0.2.1']);
    assert.deepEqual(allocator.observe(written.key, written, NOW_MS), [edited.key]);
    assert.deepEqual([of(allocator, 'there'), of(allocator, 'comer')], ['192.0.2.2', '192.0.2.1']);
  });
});
