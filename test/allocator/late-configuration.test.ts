/** What the first configuration finds when it comes after the Services: the same as if it had come before them. */
import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { service } from '../support/objects.js';
import { begun, NOW_MS, pools, stands } from './begun.js';

const FOUR = pools('name: a, addresses: [192.0.2.1-192.0.2.4, "2001:db8::1-2001:db8::4"]');
const BOTH = { ipFamilies: ['IPv4', 'IPv6'], ipFamilyPolicy: 'RequireDualStack' } as const;

describe('the first configuration, when it comes after the Services', () => {
  // biome-ignore format: table
  const cases = [
    { name: 'gives another address to who asks for it',     parts: { ips: ['192.0.2.1'], loadBalancerIP: '192.0.2.3' } },
    { name: 'says why an address asked for is not given',   parts: { ips: ['192.0.2.1'], loadBalancerIP: '203.0.113.9' } },
    { name: 'gives the second family',                      parts: { ips: ['192.0.2.1'], ...BOTH } },
    { name: 'takes the family that is not asked for',       parts: { ips: ['192.0.2.1', '2001:db8::1'] } },
  ] as const;
  for (const { name, parts } of cases) {
    it(name, () => {
      const first = begun(FOUR, [service('web', parts)]);
      const late = begun(undefined, [service('web', parts)]);
      late.configure(FOUR, '', NOW_MS);
      assert.equal(stands(late, 'web'), stands(first, 'web'));
    });
  }
});
