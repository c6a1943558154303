import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import type { Refusal } from '../../src/allocator/refusal.js';
import { type Request, readRequest } from '../../src/allocator/request.js';
import { err, ok, type Result } from '../../src/values/result.js';
import { type ServiceParts, service } from '../support/objects.js';
import { address, pool } from '../support/values.js';

const IPS = 'loadBalancerIPs';
const any: Request = {
  families: ['IPv4'],
  needsAll: false,
  addresses: [],
  pool: undefined,
  avoids: [],
  unread: undefined,
};
const noGiveUp = (text: string, part: string) =>
  ({ kind: 'invalid-address', source: 'cairn.dev/give-up', text, part }) as const;
const both: ServiceParts = { ipFamilies: ['IPv6', 'IPv4'], ipFamilyPolicy: 'PreferDualStack' };
const asks = (annotations: Readonly<Record<string, string>>, rest: ServiceParts = {}): ServiceParts => ({
  ...rest,
  meta: { annotations },
});
const wants = (text: string): Result<Request, Refusal> => ok({ ...any, addresses: [address(text)] });

describe('readRequest', () => {
  // biome-ignore format: table
  const cases: readonly { name: string; parts: ServiceParts; want: Result<Request, Refusal> }[] = [
    { name: 'asks for any address of the first family', parts: {},                                             want: ok(any) },
    { name: 'takes IPv4 for a Service without families', parts: { ipFamilies: [] },                            want: ok(any) },
    { name: 'asks for IPv6 where that is the family',   parts: { ipFamilies: ['IPv6'] },                       want: ok({ ...any, families: ['IPv6'] }) },
    { name: 'takes the first family for SingleStack',   parts: { ipFamilies: ['IPv6', 'IPv4'] },               want: ok({ ...any, families: ['IPv6'] }) },
    { name: 'prefers both families, in their order',    parts: both,                                           want: ok({ ...any, families: ['IPv6', 'IPv4'] }) },
    { name: 'takes one for PreferDualStack on a cluster of one', parts: { ipFamilyPolicy: 'PreferDualStack' },  want: ok(any) },
    { name: 'needs both families for RequireDualStack', parts: { ...both, ipFamilyPolicy: 'RequireDualStack' }, want: ok({ ...any, families: ['IPv6', 'IPv4'], needsAll: true }) },
    { name: 'reads the field',                          parts: { loadBalancerIP: '192.0.2.7' },                want: wants('192.0.2.7') },
    { name: 'reads our annotation',                     parts: asks({ [`cairn.dev/${IPS}`]: '192.0.2.7' }),    want: wants('192.0.2.7') },
    { name: 'reads MetalLB’s annotation',               parts: asks({ [`metallb.io/${IPS}`]: '192.0.2.7' }),   want: wants('192.0.2.7') },
    { name: 'reads MetalLB’s old annotation',           parts: asks({ [`metallb.universe.tf/${IPS}`]: ' 192.0.2.7 ' }), want: wants('192.0.2.7') },
    { name: 'prefers our prefix to both of MetalLB’s',  parts: asks({ [`metallb.universe.tf/${IPS}`]: '192.0.2.9', [`metallb.io/${IPS}`]: '192.0.2.8', [`cairn.dev/${IPS}`]: '192.0.2.7' }), want: wants('192.0.2.7') },
    { name: 'prefers MetalLB’s new prefix to its old',  parts: asks({ [`metallb.universe.tf/${IPS}`]: '192.0.2.9', [`metallb.io/${IPS}`]: '192.0.2.8' }), want: wants('192.0.2.8') },
    { name: 'passes over an empty annotation',          parts: asks({ [`cairn.dev/${IPS}`]: ' ', [`metallb.io/${IPS}`]: '192.0.2.8' }), want: wants('192.0.2.8') },
    { name: 'reads the pool under our prefix',          parts: asks({ 'cairn.dev/address-pool': 'edge' }),     want: ok({ ...any, pool: pool('edge') }) },
    { name: 'reads the pool under MetalLB’s prefix',    parts: asks({ 'metallb.io/address-pool': 'edge' }),    want: ok({ ...any, pool: pool('edge') }) },
    { name: 'reads the pool under MetalLB’s old prefix', parts: asks({ 'metallb.universe.tf/address-pool': 'edge' }), want: ok({ ...any, pool: pool('edge') }) },
    { name: 'takes the pool that our prefix names',     parts: asks({ 'metallb.universe.tf/address-pool': 'old', 'metallb.io/address-pool': 'new', 'cairn.dev/address-pool': 'ours' }), want: ok({ ...any, pool: pool('ours') }) },
    { name: 'takes the pool of MetalLB’s new prefix before its old', parts: asks({ 'metallb.universe.tf/address-pool': 'old', 'metallb.io/address-pool': 'new' }), want: ok({ ...any, pool: pool('new') }) },
    { name: 'takes annotation and field that agree',    parts: asks({ [`cairn.dev/${IPS}`]: '192.0.2.7' }, { loadBalancerIP: '192.0.2.7' }), want: wants('192.0.2.7') },
    { name: 'takes a field that is one of two',         parts: asks({ [`cairn.dev/${IPS}`]: '2001:db8::7,192.0.2.7' }, { loadBalancerIP: '192.0.2.7', ...both }), want: ok({ ...any, families: ['IPv6', 'IPv4'], addresses: [address('2001:db8::7'), address('192.0.2.7')] }) },
    { name: 'takes one address of a dual stack',        parts: asks({ [`cairn.dev/${IPS}`]: '2001:db8::7' }, both), want: ok({ ...any, families: ['IPv6', 'IPv4'], addresses: [address('2001:db8::7')] }) },
    { name: 'reads what it gives up',                   parts: asks({ 'cairn.dev/give-up': ' 192.0.2.8, 2001:db8::8' }), want: ok({ ...any, avoids: [address('192.0.2.8'), address('2001:db8::8')] }) },
    { name: 'passes over an empty give-up',             parts: asks({ 'cairn.dev/give-up': '' }),              want: ok(any) },
    { name: 'names what it gives up and is no address', parts: asks({ 'cairn.dev/give-up': 'all' }),           want: ok({ ...any, unread: noGiveUp('all', 'all') }) },
    { name: 'names the first such, and reads the rest', parts: asks({ 'cairn.dev/give-up': '192.0.2.8,,x' }),  want: ok({ ...any, avoids: [address('192.0.2.8')], unread: noGiveUp('192.0.2.8,,x', '') }) },
    { name: 'names what it asks for and gives up',      parts: asks({ 'cairn.dev/give-up': '192.0.2.7' }, { loadBalancerIP: '192.0.2.7' }), want: err({ kind: 'given-up', address: address('192.0.2.7') }) },
    { name: 'names a contradiction',                    parts: asks({ [`metallb.io/${IPS}`]: '192.0.2.8' }, { loadBalancerIP: '192.0.2.7' }), want: err({ kind: 'contradiction', sources: [{ source: `metallb.io/${IPS}`, text: '192.0.2.8' }, { source: 'spec.loadBalancerIP', text: '192.0.2.7' }] }) },
    { name: 'names what is no address',                 parts: { loadBalancerIP: 'web.example.com' },          want: err({ kind: 'invalid-address', source: 'spec.loadBalancerIP', text: 'web.example.com', part: 'web.example.com' }) },
    { name: 'names an octal address as none',           parts: { loadBalancerIP: '192.0.2.010' },              want: err({ kind: 'invalid-address', source: 'spec.loadBalancerIP', text: '192.0.2.010', part: '192.0.2.010' }) },
    { name: 'names an empty place in a list',           parts: asks({ [`cairn.dev/${IPS}`]: '192.0.2.7,' }),   want: err({ kind: 'invalid-address', source: `cairn.dev/${IPS}`, text: '192.0.2.7,', part: '' }) },
    { name: 'refuses two of one family',                parts: asks({ [`cairn.dev/${IPS}`]: '192.0.2.7,192.0.2.8' }), want: err({ kind: 'too-many-addresses', source: `cairn.dev/${IPS}`, text: '192.0.2.7,192.0.2.8' }) },
    { name: 'refuses an address of another family',     parts: { loadBalancerIP: '2001:db8::7' },              want: err({ kind: 'wrong-family', address: address('2001:db8::7'), families: ['IPv4'] }) },
  ];
  for (const { name, parts, want } of cases) {
    it(name, () => assert.deepEqual(readRequest(service('web', parts)), want));
  }
});
