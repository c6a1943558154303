import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { addressesIn } from '../../src/allocator/adopt.js';
import { choose } from '../../src/allocator/choose.js';
import { Ledger } from '../../src/allocator/ledger.js';
import { Pools } from '../../src/allocator/pools.js';
import { explain, reasonOf } from '../../src/allocator/refusal.js';
import { readRequest } from '../../src/allocator/request.js';
import { Sharers } from '../../src/allocator/sharers.js';
import { familyOf, formatAddress } from '../../src/values/address.js';
import type { Labels } from '../../src/values/labels.js';
import { type ServiceKey, serviceKey } from '../../src/values/names.js';
import type { Service } from '../../src/values/objects.js';
import { sharingTermsOf } from '../../src/values/sharing.js';
import { config } from '../support/config.js';
import { type ServiceParts, service } from '../support/objects.js';
import { address } from '../support/values.js';

const NOW_MS = Date.parse('2026-07-01T12:00:00Z');
const OTHER = serviceKey('shop', 'other');
const WEB = serviceKey('shop', 'web');

interface Given {
  readonly pools: string;
  readonly held?: readonly string[];
  /** Freed one second after another, the last one a second ago. */
  readonly freed?: readonly string[];
  readonly freedBy?: ServiceKey;
  readonly asks?: ServiceParts;
  readonly namespaceLabels?: Labels;
  /** What the Service has already. */
  readonly kept?: string;
  /** Services that hold the addresses in their status. */
  readonly sharing?: readonly Service[];
}

/** The address and its pool, or the reason and its sentence. */
function chosen({
  pools: text,
  held = [],
  freed = [],
  freedBy = OTHER,
  asks = {},
  namespaceLabels = {},
  kept,
  sharing = [],
}: Given): string {
  const pools = new Pools(config(text).pools);
  const ledger = new Ledger(pools);
  for (const each of held) ledger.take(address(each), OTHER);
  for (const [at, each] of freed.entries()) {
    const freedAtMs = NOW_MS - 1_000 * (freed.length - at);
    ledger.rest([{ address: address(each), lastHolder: freedBy, freedAtMs }], NOW_MS);
  }
  const sharers = new Sharers(ledger);
  for (const other of sharing) {
    const addresses = addressesIn(other);
    for (const each of addresses) ledger.take(each, other.key);
    const terms = sharingTermsOf(other);
    sharers.set(other.key, { granted: terms, recorded: terms, current: terms, addresses });
  }
  const web = service('web', asks);
  const request = readRequest(web);
  assert.ok(request.ok);
  const { families } = request.value;
  const stays =
    kept === undefined
      ? undefined
      : { address: address(kept), pool: pools.holding(address(kept)), isOfNamedPool: true };
  const missing = stays === undefined ? families : families.filter((family) => family !== familyOf(stays.address));
  const grant = choose({
    service: web,
    request: request.value,
    missing,
    needed: request.value.needsAll ? missing : [],
    kept: stays,
    terms: sharingTermsOf(web),
    namespaceLabels,
    pools,
    ledger,
    sharers,
    nowMs: NOW_MS,
  });
  return grant.ok
    ? `${grant.value.addresses.map(formatAddress).join(',')} ${grant.value.pool}`
    : `${reasonOf(grant.error)}: ${explain(grant.error)}`;
}

const poolOf = (name: string, addresses: string, rest = ''): string =>
  `{name: ${name}, protocol: layer2, addresses: [${addresses}]${rest === '' ? '' : `, ${rest}`}}`;
const pools = (...each: readonly string[]): string => `address-pools: [${each.join(', ')}]`;
const A = '192.0.2.10-192.0.2.12';
const B = '198.51.100.10-198.51.100.12';
const one = pools(poolOf('a', A));
const at = (ip: string): ServiceParts => ({ loadBalancerIP: ip });
const from = (name: string): ServiceParts => ({ meta: { annotations: { 'cairn.dev/address-pool': name } } });
const labelled = (labels: Labels): ServiceParts => ({ meta: { labels } });

const keyedParts = (port: number): ServiceParts => ({
  ports: [{ name: '', protocol: 'TCP', port, nodePort: 0 }],
  meta: { annotations: { 'cairn.dev/allow-shared-ip': 'k' } },
});
const keyed = (name: string, port: number, ips: readonly string[]): Service =>
  service(name, { ...keyedParts(port), ips });

describe('choose', () => {
  // biome-ignore format: table
  const granted: readonly { name: string; given: Given; want: string }[] = [
    { name: 'the lowest address of the pool',                       given: { pools: one },                                                    want: '192.0.2.10 a' },
    { name: 'the lowest that is free',                              given: { pools: one, held: ['192.0.2.10'] },                              want: '192.0.2.11 a' },
    { name: 'a hole before what lies above',                        given: { pools: one, held: ['192.0.2.10', '192.0.2.12'] },                want: '192.0.2.11 a' },
    { name: 'ranges in the order written',                          given: { pools: pools(poolOf('a', '192.0.2.20, 192.0.2.10')) },           want: '192.0.2.20 a' },
    { name: 'never used before freed',                              given: { pools: one, freed: ['192.0.2.10'] },                             want: '192.0.2.11 a' },
    { name: 'the one freed first, when all were used',              given: { pools: one, freed: ['192.0.2.11', '192.0.2.12', '192.0.2.10'] }, want: '192.0.2.11 a' },
    { name: 'what the Service itself had',                          given: { pools: one, freed: ['192.0.2.12'], freedBy: WEB }, want: '192.0.2.12 a' },
    { name: 'what the Service itself had, while it rests',          given: { pools: pools(poolOf('a', A, 'reuse-delay: 5m')), freed: ['192.0.2.12'], freedBy: WEB }, want: '192.0.2.12 a' },
    { name: 'pools in the order written',                           given: { pools: pools(poolOf('b', B), poolOf('a', A)) },                  want: '198.51.100.10 b' },
    { name: 'the lower priority first',                             given: { pools: pools(poolOf('b', B, 'priority: 20'), poolOf('a', A, 'priority: 10')) }, want: '192.0.2.10 a' },
    { name: 'no priority last',                                     given: { pools: pools(poolOf('b', B), poolOf('a', A, 'priority: 1000')) }, want: '192.0.2.10 a' },
    { name: 'a pool that selects before an open one',               given: { pools: pools(poolOf('b', B, 'priority: 1'), poolOf('a', A, 'namespaces: [shop]')) }, want: '192.0.2.10 a' },
    { name: 'the next pool when one is full',                       given: { pools: pools(poolOf('a', '192.0.2.10'), poolOf('b', B)), held: ['192.0.2.10'] }, want: '198.51.100.10 b' },
    { name: 'a pool whose namespace selector matches',              given: { pools: pools(poolOf('a', A, 'namespace-selectors: [{match-labels: {team: red}}]')), namespaceLabels: { team: 'red' } }, want: '192.0.2.10 a' },
    { name: 'a pool whose service selector matches',                given: { pools: pools(poolOf('a', A, 'service-selectors: [{match-labels: {tier: edge}}]')), asks: labelled({ tier: 'edge' }) }, want: '192.0.2.10 a' },
    { name: 'a pool whose match-expressions match',                 given: { pools: pools(poolOf('a', A, 'service-selectors: [{match-expressions: [{key: tier, operator: In, values: [edge, dmz]}, {key: test, operator: DoesNotExist}]}]')), asks: labelled({ tier: 'dmz' }) }, want: '192.0.2.10 a' },
    { name: 'IPv6 from a pool of the whole space',                  given: { pools: pools(poolOf('a', '"::/0"')), asks: { ipFamilies: ['IPv6'] } }, want: ':: a' },
    { name: 'the lowest that is free of a /48',                     given: { pools: pools(poolOf('a', '"2001:db8::/48"')), held: ['2001:db8::', '2001:db8::1'], asks: { ipFamilies: ['IPv6'] } }, want: '2001:db8::2 a' },
    { name: 'the other family beside what stays',                   given: { pools: pools(poolOf('b', '"2001:db8:b::/64"'), poolOf('a', `${A}, "2001:db8::/64"`)), kept: '192.0.2.10', asks: { ipFamilies: ['IPv4', 'IPv6'], ipFamilyPolicy: 'RequireDualStack' } }, want: '2001:db8:: a' },
    { name: 'an address that a Service of its key has',             given: { pools: one, held: ['192.0.2.10'], sharing: [keyed('dns', 53, ['192.0.2.11'])], asks: keyedParts(80) }, want: '192.0.2.11 a' },
    { name: 'past a shared address reserved for others',            given: { pools: pools(poolOf('a', A, 'reserved: {192.0.2.11: shop/dns}')), sharing: [keyed('dns', 53, ['192.0.2.11'])], asks: keyedParts(80) }, want: '192.0.2.10 a' },
    { name: 'the address asked for',                                given: { pools: one, asks: at('192.0.2.12') },                            want: '192.0.2.12 a' },
    { name: 'the address asked for, of a pool given on request',    given: { pools: pools(poolOf('a', A, 'auto-assign: false')), asks: at('192.0.2.12') }, want: '192.0.2.12 a' },
    { name: 'the pool asked for',                                   given: { pools: pools(poolOf('a', A), poolOf('b', B)), asks: from('b') },  want: '198.51.100.10 b' },
    { name: 'the pool asked for, given on request',                 given: { pools: pools(poolOf('a', A), poolOf('b', B, 'auto-assign: false')), asks: from('b') }, want: '198.51.100.10 b' },
    { name: 'a bgp pool asked for by name',                         given: { pools: pools('{name: b, protocol: bgp, addresses: [198.51.100.0/30]}'), asks: from('b') }, want: '198.51.100.0 b' },
    { name: 'what is reserved for the Service',                     given: { pools: pools(poolOf('a', A), poolOf('b', B, 'reserved: {198.51.100.11: shop/web}')) }, want: '198.51.100.11 b' },
    { name: 'what is reserved in the pool asked for',               given: { pools: pools(poolOf('a', A, 'reserved: {192.0.2.11: shop/web}'), poolOf('b', B, 'reserved: {198.51.100.11: shop/web}')), asks: from('b') }, want: '198.51.100.11 b' },
    { name: 'what is reserved, though its pool is for others',      given: { pools: pools(poolOf('b', B, 'namespaces: [bank], reserved: {198.51.100.11: shop/web}')) }, want: '198.51.100.11 b' },
    { name: 'what is reserved before what the Service had last',    given: { pools: pools(poolOf('a', A), poolOf('b', B, 'reserved: {198.51.100.11: shop/web}')), freed: ['192.0.2.12'], freedBy: WEB }, want: '198.51.100.11 b' },
    { name: 'what it had last where what is reserved is taken',     given: { pools: pools(poolOf('a', A), poolOf('b', B, 'reserved: {198.51.100.11: shop/web}')), held: ['198.51.100.11'], freed: ['192.0.2.12'], freedBy: WEB }, want: '192.0.2.12 a' },
    { name: 'the reserved address that is free, of two',            given: { pools: pools(poolOf('a', A, 'reserved: {192.0.2.11: shop/web}'), poolOf('b', B, 'reserved: {198.51.100.11: shop/web}')), held: ['192.0.2.11'] }, want: '198.51.100.11 b' },
    { name: 'a reserved .0 that its pool avoids otherwise',         given: { pools: pools(poolOf('a', '192.0.2.0/30', 'avoid-buggy-ips: true, reserved: {192.0.2.0: shop/web}')) }, want: '192.0.2.0 a' },
    { name: 'a reserved .0 that is asked for by name, too',         given: { pools: pools(poolOf('a', '192.0.2.0/30', 'avoid-buggy-ips: true, reserved: {192.0.2.0: shop/web}')), asks: at('192.0.2.0') }, want: '192.0.2.0 a' },
    { name: 'past what is reserved for others',                     given: { pools: pools(poolOf('a', A, 'reserved: {192.0.2.10: shop/db}')) },  want: '192.0.2.11 a' },
    { name: 'past .0 and .255 where a pool avoids them',            given: { pools: pools(poolOf('a', '192.0.2.254-192.0.3.1', 'avoid-buggy-ips: true')), held: ['192.0.2.254'] }, want: '192.0.3.1 a' },
    { name: '.0 where a pool does not avoid it',                    given: { pools: pools(poolOf('a', '192.0.2.0/30')) },                     want: '192.0.2.0 a' },
    { name: 'IPv6 from a pool of both families',                    given: { pools: pools(poolOf('a', '192.0.2.0/30, "2001:db8::/64"')), asks: { ipFamilies: ['IPv6'] } }, want: '2001:db8:: a' },
  ];
  for (const { name, given, want } of granted) {
    it(`gives ${name}`, () => assert.equal(chosen(given), want));
  }

  // biome-ignore format: table
  const refused: readonly { name: string; given: Given; want: RegExp }[] = [
    { name: 'match-expressions that do not match',   given: { pools: pools(poolOf('a', A, 'service-selectors: [{match-expressions: [{key: tier, operator: NotIn, values: [edge]}]}]')), asks: labelled({ tier: 'edge' }) }, want: /^ServiceNotSelected: / },
    { name: 'that a retired pool is not joined',     given: { pools: pools(poolOf('a', A, 'retired: true')), sharing: [keyed('dns', 53, ['192.0.2.11'])], asks: keyedParts(80) }, want: /^PoolRetired: / },
    { name: 'that the address that stays is in no pool', given: { pools: one, kept: '203.0.113.7', asks: { ipFamilies: ['IPv4', 'IPv6'], ipFamilyPolicy: 'RequireDualStack' } }, want: /^NotDualStack: 203\.0\.113\.7 is in no pool/ },
    { name: 'a full pool and its holder',            given: { pools: pools(poolOf('a', '192.0.2.10')), held: ['192.0.2.10'] },                  want: /^PoolFull: pool "a" has no IPv4 address left: 192\.0\.2\.10 is held by shop\/other$/ },
    { name: 'how many more hold one',                given: { pools: pools(poolOf('a', '192.0.2.10-192.0.2.14')), held: [10, 11, 12, 13, 14].map((n) => `192.0.2.${n}`) }, want: /^PoolFull: .*192\.0\.2\.12 is held by shop\/other, 2 more are held$/ },
    { name: 'that the rest is reserved',             given: { pools: pools(poolOf('a', '192.0.2.10', 'reserved: {192.0.2.10: shop/db}')) },   want: /^PoolFull: pool "a" has no IPv4 address left: 1 is reserved$/ },
    { name: 'until when all rest',                   given: { pools: pools(poolOf('a', '192.0.2.10', 'reuse-delay: 5m')), freed: ['192.0.2.10'] }, want: /^AddressResting: .*2026-07-01T12:04:59Z/ },
    { name: 'every pool that was tried',             given: { pools: pools(poolOf('a', A, 'namespaces: [bank]'), poolOf('b', B, 'auto-assign: false'), poolOf('c', '203.0.113.1', 'retired: true')) }, want: /^PoolRetired: pool "a" does not serve namespace "shop"; pool "b" is given only on request .*; pool "c" is retired/ },
    { name: 'a pool without the family',             given: { pools: one, asks: { ipFamilies: ['IPv6'] } },                                     want: /^WrongFamily: pool "a" has no IPv6 addresses$/ },
    { name: 'labels that are not selected',          given: { pools: pools(poolOf('a', A, 'service-selectors: [{match-labels: {tier: edge}}]')) }, want: /^ServiceNotSelected: / },
    { name: 'a bgp pool nobody asked for',           given: { pools: pools('{name: b, protocol: bgp, addresses: [198.51.100.0/30]}') },         want: /^OnlyOnRequest: pool "b" is a bgp pool/ },
    { name: 'a pool that does not exist',            given: { pools: one, asks: from('edge') },                                                 want: /^UnknownPool: no pool is named "edge"; there is "a"$/ },
    { name: 'each pool once, whatever it had last', given: { pools: pools(poolOf('a', '192.0.2.10', 'namespaces: [bank]'), poolOf('b', '198.51.100.10', 'namespaces: [bank]')), freed: ['198.51.100.10'], freedBy: WEB }, want: /^NamespaceNotAllowed: pool "a" does not serve namespace "shop"; pool "b" does not serve namespace "shop"; edit namespaces or namespace-selectors of a pool$/ },
    { name: 'a full pool that was asked for',        given: { pools: pools(poolOf('a', '192.0.2.10'), poolOf('b', B)), held: ['192.0.2.10'], asks: from('a') }, want: /^PoolFull: pool "a" has no IPv4 address left/ },
    { name: 'an address in no pool',                 given: { pools: one, asks: at('203.0.113.7') },                                            want: /^OutsideEveryPool: 203\.0\.113\.7 is in no pool/ },
    { name: 'an address of another pool',            given: { pools: pools(poolOf('a', A), poolOf('b', B)), asks: { ...from('a'), ...at('198.51.100.10') } }, want: /^OutsideNamedPool: / },
    { name: 'who holds the address asked for',       given: { pools: one, held: ['192.0.2.12'], asks: at('192.0.2.12') },                       want: /^AddressTaken: 192\.0\.2\.12 is held by shop\/other; ask for another address$/ },
    { name: 'for whom it is reserved',               given: { pools: pools(poolOf('a', A, 'reserved: {192.0.2.12: shop/db}')), asks: at('192.0.2.12') }, want: /^AddressReserved: 192\.0\.2\.12 is reserved for shop\/db; ask for another address$/ },
    { name: 'that the address rests',                given: { pools: pools(poolOf('a', A, 'reuse-delay: 5m')), freed: ['192.0.2.12'], asks: at('192.0.2.12') }, want: /^AddressResting: 192\.0\.2\.12 was freed by shop\/other/ },
    { name: 'that its pool avoids the address',      given: { pools: pools(poolOf('a', '192.0.2.0/30', 'avoid-buggy-ips: true')), asks: at('192.0.2.0') }, want: /^BuggyAddressAvoided: / },
    { name: 'that its pool is not for the namespace', given: { pools: pools(poolOf('a', A, 'namespaces: [bank]')), asks: at('192.0.2.12') },    want: /^NamespaceNotAllowed: 192\.0\.2\.12 cannot be given: pool "a" does not serve/ },
    { name: 'that its pool is retired',              given: { pools: pools(poolOf('a', A, 'retired: true')), asks: at('192.0.2.12') },          want: /^PoolRetired: / },
  ];
  for (const { name, given, want } of refused) {
    it(`says ${name}`, () => assert.match(chosen(given), want));
  }

  it('finds an address in a /8 and a /64 that avoid or hold thousands as fast as in any', () => {
    const text = pools(poolOf('a', '10.0.0.0/8', 'avoid-buggy-ips: true'), poolOf('six', '"2001:db8::/64"'));
    const all = new Pools(config(text).pools);
    const ledger = new Ledger(all);
    const sharers = new Sharers(ledger);
    for (let n = 0; n < 20_000; n++) {
      for (const web of [service('web'), service('six', { ipFamilies: ['IPv6'] })]) {
        const request = readRequest(web);
        assert.ok(request.ok);
        const grant = choose({
          service: web,
          request: request.value,
          missing: request.value.families,
          needed: [],
          kept: undefined,
          terms: sharingTermsOf(web),
          namespaceLabels: {},
          pools: all,
          ledger,
          sharers,
          nowMs: NOW_MS,
        });
        assert.ok(grant.ok);
        for (const each of grant.value.addresses) ledger.take(each, serviceKey('shop', `s${n}`));
      }
    }
    // 20,000 of 254 in each /24, from 10.0.0.1 on.
    assert.deepEqual(ledger.holders(address('10.0.78.188')), [serviceKey('shop', 's19999')]);
    assert.deepEqual(ledger.holders(address('2001:db8::4e1f')), [serviceKey('shop', 's19999')]);
  });
});
