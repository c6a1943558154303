/** What rests and was its last holder's again for a moment, who went before it could be written: it rests on as before. */
import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { serviceKey } from '../../src/values/names.js';
import type { Service } from '../../src/values/objects.js';
import { service } from '../support/objects.js';
import { begun, NOW_MS, pools, stands } from './begun.js';

const MINUTE_MS = 60_000;
const key = (name: string) => serviceKey('shop', name);
const created = (name: string, version: number): Service =>
  service(name, { meta: { uid: `uid-${version}`, resourceVersion: `${version}` } });
const HOUR = pools('name: a, addresses: [192.0.2.1-192.0.2.2], reuse-delay: 1h');

describe('an address that was given for a moment to its last holder', () => {
  it('is the first to be given again where it was freed first', () => {
    const allocator = begun(HOUR, [service('x', { ips: ['192.0.2.1'] }), service('y', { ips: ['192.0.2.2'] })]);
    allocator.observe(key('x'), undefined, NOW_MS);
    allocator.observe(key('y'), undefined, NOW_MS + 50 * MINUTE_MS);
    allocator.observe(key('x'), created('x', 10), NOW_MS + 51 * MINUTE_MS);
    allocator.observe(key('x'), undefined, NOW_MS + 51 * MINUTE_MS);
    allocator.observe(key('z'), created('z', 11), NOW_MS + 52 * MINUTE_MS);

    assert.equal(allocator.nextMs(), NOW_MS + 60 * MINUTE_MS);
    allocator.wake(NOW_MS + 60 * MINUTE_MS);

    assert.equal(stands(allocator, 'z'), '192.0.2.1');
  });

  it('rests on when a configuration came in that moment', () => {
    const allocator = begun(HOUR, [service('x', { ips: ['192.0.2.1'] })]);
    allocator.observe(key('x'), undefined, NOW_MS);
    allocator.observe(key('x'), created('x', 10), NOW_MS + 1_000);
    allocator.configure(HOUR, '', NOW_MS + 1_500);
    allocator.observe(key('x'), undefined, NOW_MS + 2_000);

    allocator.observe(key('z'), created('z', 12), NOW_MS + 3_000);

    assert.equal(stands(allocator, 'z'), '192.0.2.2');
  });
});
