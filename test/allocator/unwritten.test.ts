/**
 * What a Service was given and no version of it had yet: nobody can have used it, so that an edit is answered as if nothing
 * had been given.
 */
import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { Allocator } from '../../src/allocator/allocator.js';
import { tellAssigned } from '../../src/allocator/conditions.js';
import { formatAddress } from '../../src/values/address.js';
import type { Service } from '../../src/values/objects.js';
import { config } from '../support/config.js';
import { type ServiceParts, service } from '../support/objects.js';

const NOW_MS = Date.parse('2026-07-01T12:00:00Z');
const A = '{name: a, protocol: layer2, addresses: [192.0.2.1]}';
const B = '{name: b, protocol: layer2, addresses: [198.51.100.1, "2001:db8::1"]}';
const CLASS = { installation: 'cairn-system', name: 'cairn.dev/lb', isDefault: true };
const version = (resourceVersion: string, parts: ServiceParts = {}, annotations = {}): Service =>
  service('web', { ...parts, meta: { resourceVersion, annotations } });

function begun(first: Service, pools: string): Allocator {
  const allocator = new Allocator({ serviceClass: CLASS, freed: [] });
  allocator.configure(config(`address-pools: [${pools}]`), '', NOW_MS);
  allocator.begin([first], NOW_MS);
  return allocator;
}

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
      const allocator = begun(version('1'), A);
      allocator.observe(after.key, after, NOW_MS);
      assert.equal(told(allocator), want);
    });
  }

  it('stays where it may be on its way when the pools lose it, and goes where it is not', () => {
    const allocator = begun(version('1'), A);
    allocator.configure(config('address-pools: []'), '', NOW_MS);
    assert.equal(told(allocator), 'True OutsidePool');
    allocator.withdraw(version('1').key, NOW_MS);
    assert.equal(told(allocator), 'False NoPools');
  });

  it('goes with the one of the other family', () => {
    const both = { ipFamilies: ['IPv4', 'IPv6'], ipFamilyPolicy: 'RequireDualStack' } as const;
    const allocator = begun(version('1', both), B);
    allocator.configure(config(`address-pools: [${B.replace(', "2001:db8::1"', '')}]`), '', NOW_MS);
    allocator.withdraw(version('1').key, NOW_MS);
    assert.equal(told(allocator), 'False NotDualStack');
    assert.deepEqual(held(allocator), []);
  });

  it('stays once it was written, whatever the configuration', () => {
    const allocator = begun(version('1'), A);
    const written = version('2', { ips: ['192.0.2.1'] });
    allocator.observe(written.key, written, NOW_MS);
    allocator.configure(config(`address-pools: [${B}]`), '', NOW_MS);
    allocator.withdraw(written.key, NOW_MS);
    assert.equal(told(allocator), 'True OutsidePool');
  });
});
