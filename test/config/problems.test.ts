import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { problemsOf } from '../support/config.js';

/** A pool that is right, with lines added to it: they begin on line 5. */
const withPool = (...lines: string[]) =>
  ['address-pools:', '- name: a', '  protocol: layer2', '  addresses: [192.0.2.0/24, 2001:db8::/64]', ...lines]
    .map((line) => `${line}\n`)
    .join('');
const withAddresses = (addresses: string) =>
  `address-pools:\n- {name: a, protocol: layer2, addresses: [${addresses}]}\n`;

const POOL = 'address-pools.0';

describe('parseConfig says what is wrong', () => {
  // biome-ignore format: table
  const cases: { name: string; text: string; want: readonly string[] }[] = [
    { name: 'in a document that is no mapping',     text: 'hello',                                    want: ['line 1: want a mapping, got "hello"'] },
    { name: 'in a document that is a list',         text: '- a',                                      want: ['line 1: want a mapping, got a list'] },
    { name: 'with an unknown key',                  text: 'pools: []',                                want: ['line 1: pools: want one of the keys address-pools, announcements, forwarding, peers, bfd-profiles, bgp-communities, got "pools"'] },
    { name: 'with a misspelt key',                  text: '\nadress-pools: []',                       want: ['line 2: adress-pools: want a known key (is it "address-pools"?), got "adress-pools"'] },
    { name: 'with a misspelt key that a pool needs', text: 'address-pools:\n- name: a\n  protocol: layer2\n  adresses: [10.0.0.1]', want: [`line 4: ${POOL}.adresses: want a known key (is it "addresses"?), got "adresses"`] },
    { name: 'with one, and another that is missing', text: 'address-pools:\n- name: a\n  adresses: [10.0.0.1]', want: [`line 2: ${POOL}.protocol: want "layer2" or "bgp", got nothing`, `line 3: ${POOL}.adresses: want a known key (is it "addresses"?), got "adresses"`] },
    { name: 'with a misspelt key beside the right one', text: withPool('  adresses: [10.0.0.1]'),  want: [`line 5: ${POOL}.adresses: want a known key (is it "addresses"?), got "adresses"`] },
    { name: 'with a key in camel case',             text: withPool('  autoAssign: true'),             want: [`line 5: ${POOL}.autoAssign: want a known key (is it "auto-assign"?), got "autoAssign"`] },
    { name: 'with a key that objects have anyway',  text: withPool('  __proto__: {}', '  constructor: x'), want: ['__proto__', 'constructor'].map((key, at) => `line ${5 + at}: ${POOL}.${key}: want one of the keys name, protocol, addresses, auto-assign, avoid-buggy-ips, bgp-advertisements, priority, namespaces, namespace-selectors, service-selectors, node-selectors, interfaces, reserved, reuse-delay, retired, conflict-check, got "${key}"`) },
    { name: 'with a key twice',                     text: withPool('  name: b'),                      want: [`line 5: ${POOL}.name: want each key once, got "name"`] },
    { name: 'with pools that are no list',          text: 'address-pools:\n  name: a',                want: ['line 1: address-pools: want a list, got a mapping'] },
    { name: 'with a pool that is no mapping',       text: 'address-pools:\n\n- 192.0.2.0/24',         want: [`line 3: ${POOL}: want a mapping, got "192.0.2.0/24"`] },
    { name: 'with a pool that has nothing',         text: 'address-pools:\n- auto-assign: true',      want: [`line 2: ${POOL}.name: want a name, got nothing`, `line 2: ${POOL}.protocol: want "layer2" or "bgp", got nothing`, `line 2: ${POOL}.addresses: want a list, got nothing`] },
    { name: 'with an empty item',                   text: `${withPool()}-\n`,                         want: ['line 5: address-pools.1.name: want a name, got nothing', 'line 5: address-pools.1.protocol: want "layer2" or "bgp", got nothing', 'line 5: address-pools.1.addresses: want a list, got nothing'] },
    { name: 'with an empty name',                   text: 'address-pools: [{name: "", protocol: layer2, addresses: [10.0.0.1]}]', want: [`line 1: ${POOL}.name: want a name, got ""`] },
    { name: 'with an unknown protocol',             text: 'address-pools: [{name: a, protocol: Layer2, addresses: [10.0.0.1]}]',  want: [`line 1: ${POOL}.protocol: want "layer2" or "bgp", got "Layer2"`] },
    { name: 'with no addresses',                    text: withAddresses(''),                          want: [`line 2: ${POOL}.addresses: want at least one address range, got a list`] },
    { name: 'with one range instead of a list',     text: 'address-pools:\n- name: a\n  protocol: layer2\n  addresses: 10.0.0.1', want: [`line 4: ${POOL}.addresses: want a list, got "10.0.0.1"`] },
    { name: 'with no boolean',                      text: withPool('  auto-assign: "yes"', '  retired: maybe', '  conflict-check: 1'), want: [`line 5: ${POOL}.auto-assign: want true or false, got "yes"`, `line 6: ${POOL}.retired: want true or false, got "maybe"`, `line 7: ${POOL}.conflict-check: want true or false, got "1"`] },
    { name: 'with no number',                       text: withPool('  priority: high'),               want: [`line 5: ${POOL}.priority: want a whole number from -2147483648 to 2147483647, got "high"`] },
    { name: 'with a number in quotes',              text: withPool('  priority: "5"'),                want: [`line 5: ${POOL}.priority: want a whole number from -2147483648 to 2147483647, got "5"`] },
    { name: 'with a number without end',            text: withPool('  priority: .inf'),               want: [`line 5: ${POOL}.priority: want a whole number from -2147483648 to 2147483647, got Infinity`] },
    { name: 'with a namespace that cannot be one',  text: withPool('  namespaces: [shop, Shop]'),     want: [`line 5: ${POOL}.namespaces.1: want a namespace, got "Shop"`] },
    { name: 'with an interface that cannot be one', text: withPool('  interfaces: [a/b, sixteen-letters-]'), want: [`line 5: ${POOL}.interfaces.0: want an interface name such as "eth0" or "enp*", got "a/b"`, `line 5: ${POOL}.interfaces.1: want an interface name such as "eth0" or "enp*", got "sixteen-letters-"`] },
    { name: 'with no duration',                     text: withPool('  reuse-delay: 5'),               want: [`line 5: ${POOL}.reuse-delay: want a duration between "0s" and "168h", got "5"`] },
    { name: 'with a delay of more than a week',     text: withPool('  reuse-delay: 169h'),            want: [`line 5: ${POOL}.reuse-delay: want a duration between "0s" and "168h", got "169h"`] },
    { name: 'with an interval below a second',      text: 'announcements: {interval: 999ms}',         want: ['line 1: announcements.interval: want a duration between "1s" and "24h", got "999ms"'] },
    { name: 'with an interval above a day',         text: 'announcements: {interval: 25h}',           want: ['line 1: announcements.interval: want a duration between "1s" and "24h", got "25h"'] },
    { name: 'with a short key that is quite another', text: 'forwarding: {mxxe: nftables}',               want: ['line 1: forwarding.mxxe: want one of the keys mode, got "mxxe"'] },
    { name: 'with a short key that is nearly right', text: 'forwarding: {mod: nftables}',                  want: ['line 1: forwarding.mod: want a known key (is it "mode"?), got "mod"'] },
    { name: 'with nothing, at the limits',          text: `${withPool('  reuse-delay: 168h', '  interfaces: [fifteen-letters, "*"]')}announcements: {interval: 1s}`, want: [] },
    { name: 'with nothing, at the upper limit',     text: 'announcements: {interval: 24h}',           want: [] },
    { name: 'with an unknown mode',                 text: 'forwarding: {mode: ipvs}',                 want: ['line 1: forwarding.mode: want "kube-proxy" or "nftables", got "ipvs"'] },
  ];
  for (const { name, text, want } of cases) {
    it(name, () => assert.deepEqual(problemsOf(text), want));
  }
});

describe('parseConfig refuses the address range', () => {
  const forms = '"first-last", "prefix/length" or an IP address';
  // biome-ignore format: table
  const cases = [
    { written: '10.0.0.300',                 want: forms },
    { written: '10.0.0',                     want: forms },
    { written: '010.0.0.1',                  want: forms },
    { written: '0x0a.0.0.1',                 want: forms },
    { written: 'fe80::1%eth0',               want: forms },
    { written: 'shop.example.com',           want: '"first-last", "prefix/length" or an IP address' },
    { written: '10.0.0.1-10.0.0.300',        want: 'an IP address in place of "10.0.0.300"' },
    { written: '10.0.0.1-9',                 want: 'an IP address in place of "9"' },
    { written: '10.0.0.300/24',              want: 'an IP address in place of "10.0.0.300"' },
    { written: '10.0.0.0/33',                want: 'a prefix length from 0 to 32' },
    { written: '10.0.0.0/024',               want: 'a prefix length from 0 to 32' },
    { written: '2001:db8::/129',             want: 'a prefix length from 0 to 128' },
    { written: '10.0.0.0/24-10.0.1.0/24',    want: 'an IP address in place of "10.0.0.0/24"' },
    { written: '10.0.0.9-10.0.0.1',          want: 'a range whose first address is not after its last' },
    { written: '10.0.0.1-2001:db8::1',       want: 'a range whose ends are of one family' },
    { written: ' 10.0.0.1',                  want: forms },
    { written: ' 10.0.0.0/24',               want: 'an IP address in place of " 10.0.0.0"' },
    { written: '',                           want: forms },
  ];
  for (const { written, want } of cases) {
    it(JSON.stringify(written), () => {
      const quoted = JSON.stringify(written);
      assert.deepEqual(problemsOf(withAddresses(quoted)), [`line 2: ${POOL}.addresses.0: want ${want}, got ${quoted}`]);
    });
  }
});

describe('parseConfig finds clashes', () => {
  // biome-ignore format: table
  const cases: { name: string; text: string; want: readonly string[] }[] = [
    { name: 'of ranges in one pool',          text: withAddresses('10.0.0.0/24, 10.0.0.7'),                want: [`line 2: ${POOL}.addresses.1: want no address of ${POOL}.addresses.0 (10.0.0.0-10.0.0.255), got "10.0.0.7"`] },
    { name: 'of ranges between pools',        text: `${withPool()}- {name: b, protocol: bgp, addresses: [192.0.2.255-192.0.3.9]}`, want: [`line 5: address-pools.1.addresses.0: want no address of ${POOL}.addresses.0 (192.0.2.0-192.0.2.255), got "192.0.2.255-192.0.3.9"`] },
    { name: 'of names',                       text: `${withPool()}- {name: a, protocol: layer2, addresses: [10.0.0.1]}`, want: [`line 5: address-pools.1.name: want a name other than that of ${POOL}, got "a"`] },
    { name: 'of spellings of one reserved address', text: withPool('  reserved:', '    "2001:db8::1": shop/web', '    "2001:DB8::1": shop/api'), want: [`line 7: ${POOL}.reserved."2001:DB8::1": want 2001:db8::1 to be reserved once, got "2001:DB8::1"`] },
    { name: 'of a reserved address with its pool', text: withPool('  reserved: {10.0.0.1: shop/web}'),     want: [`line 5: ${POOL}.reserved."10.0.0.1": want an address of this pool as the key, got "10.0.0.1"`] },
    { name: 'of a reserved address with nothing while a range is unknown', text: `address-pools: [{name: a, protocol: layer2, addresses: [10.0.0], reserved: {10.0.0.1: a/b}}]`, want: [`line 1: ${POOL}.addresses.0: want "first-last", "prefix/length" or an IP address, got "10.0.0"`] },
    { name: 'of ranges, in the order written', text: withAddresses('10.0.0.0/24, 10.0.0.7, 10.0.0'),        want: [`line 2: ${POOL}.addresses.1: want no address of ${POOL}.addresses.0 (10.0.0.0-10.0.0.255), got "10.0.0.7"`, `line 2: ${POOL}.addresses.2: want "first-last", "prefix/length" or an IP address, got "10.0.0"`] },
    { name: 'of a reserved key with addresses',    text: withPool('  reserved: {web: shop/web}'),          want: [`line 5: ${POOL}.reserved.web: want an IP address as the key, got "web"`] },
    { name: 'of a reserved value with Services',   text: withPool('  reserved: {192.0.2.1: web}'),         want: [`line 5: ${POOL}.reserved."192.0.2.1": want a Service as "namespace/name", got "web"`] },
    { name: 'of nothing with Services',            text: withPool('  reserved: {192.0.2.1: }'),            want: [`line 5: ${POOL}.reserved."192.0.2.1": want a Service as "namespace/name", got ""`] },
  ];
  for (const { name, text, want } of cases) {
    it(name, () => assert.deepEqual(problemsOf(text), want));
  }
});

describe('parseConfig holds label selectors to Kubernetes', () => {
  const at = `${POOL}.node-selectors.0`;
  const key = 'a label key such as "rack" or "example.com/rack"';
  const value = 'a label value: up to 63 letters, digits, "-", "_" and ".", not at its ends';
  // biome-ignore format: table
  const cases: { name: string; selector: string; want: readonly string[] }[] = [
    { name: 'with an empty one',                 selector: '{}',                                              want: [] },
    { name: 'with an empty value',               selector: '{match-labels: {rack: ""}}',                      want: [] },
    { name: 'with a prefixed key',               selector: '{match-labels: {example.com/rack: a}}',           want: [] },
    { name: 'with values that are no text',      selector: '{match-labels: {rack: 7, up: yes}}',              want: [] },
    { name: 'with a key that is none',           selector: '{match-labels: {"a b": c}}',                      want: [`match-labels."a b": want ${key}, got "a b"`] },
    { name: 'with a key whose prefix is none',   selector: '{match-labels: {Example/rack: c}}',               want: [`match-labels."Example/rack": want ${key}, got "Example/rack"`] },
    { name: 'with a key without a name',         selector: '{match-labels: {example.com/: c}}',               want: [`match-labels."example.com/": want ${key}, got "example.com/"`] },
    { name: 'with the key __proto__',            selector: '{match-labels: {__proto__: c}}',                  want: [`match-labels.__proto__: want ${key}, got "__proto__"`] },
    { name: 'with a value that is none',         selector: '{match-labels: {rack: -a}}',                      want: [`match-labels.rack: want ${value}, got "-a"`] },
    { name: 'with a value of 64 letters',        selector: `{match-labels: {rack: ${'a'.repeat(64)}}}`,       want: [`match-labels.rack: want ${value}, got "${'a'.repeat(64)}"`] },
    { name: 'with In and no values',             selector: '{match-expressions: [{key: a, operator: In}]}',   want: ['match-expressions.0.values: want at least one value for In, got a list'] },
    { name: 'with Exists and values',            selector: '{match-expressions: [{key: a, operator: Exists, values: [b]}]}', want: ['match-expressions.0.values: want no values for Exists, got a list'] },
    { name: 'with a small operator',             selector: '{match-expressions: [{key: a, operator: in}]}',   want: ['match-expressions.0.operator: want "In", "NotIn", "Exists" or "DoesNotExist", got "in"'] },
    { name: 'with a requirement that is empty',  selector: '{match-expressions: [{}]}',                       want: ['match-expressions.0.key: want a label key, got nothing', 'match-expressions.0.operator: want "In", "NotIn", "Exists" or "DoesNotExist", got nothing'] },
    { name: 'with a wrong value among values',   selector: '{match-expressions: [{key: a, operator: In, values: [b, "c d"]}]}', want: [`match-expressions.0.values.1: want ${value}, got "c d"`] },
  ];
  for (const { name, selector, want } of cases) {
    it(name, () => {
      const expected = want.map((rest) => `line 5: ${at}.${rest}`);
      assert.deepEqual(problemsOf(withPool(`  node-selectors: [${selector}]`)), expected);
    });
  }
});

describe('parseConfig reports everything at once', () => {
  it('in the order of the text, one slip not hiding another', () => {
    const text = `\
adress-pools: []
address-pools:
- name: a
  protocol: layer3
  addresses: [10.0.0.0/24, 10.0.0.300, 10.0.0.7]
  auto-assign: maybe
- name: a
  addresses: [10.0.0.9]
  node-selectors:
  - match-labels: {"a b": c}
announcements:
  interval: 0s
  exclude-interfaces: [{a: b}]
peers:
- {my-asn: 1, peer-asn: 1, peer-address: nowhere, ebgp-multihop: true}
`;
    assert.deepEqual(problemsOf(text), [
      'line 1: adress-pools: want a known key (is it "address-pools"?), got "adress-pools"',
      'line 4: address-pools.0.protocol: want "layer2" or "bgp", got "layer3"',
      'line 5: address-pools.0.addresses.1: want "first-last", "prefix/length" or an IP address, got "10.0.0.300"',
      'line 5: address-pools.0.addresses.2: want no address of address-pools.0.addresses.0 (10.0.0.0-10.0.0.255), got "10.0.0.7"',
      'line 6: address-pools.0.auto-assign: want true or false, got "maybe"',
      'line 7: address-pools.1.protocol: want "layer2" or "bgp", got nothing',
      'line 7: address-pools.1.name: want a name other than that of address-pools.0, got "a"',
      'line 8: address-pools.1.addresses.0: want no address of address-pools.0.addresses.0 (10.0.0.0-10.0.0.255), got "10.0.0.9"',
      'line 10: address-pools.1.node-selectors.0.match-labels."a b": want a label key such as "rack" or "example.com/rack", got "a b"',
      'line 12: announcements.interval: want a duration between "1s" and "24h", got "0s"',
      'line 13: announcements.exclude-interfaces.0: want an interface name, got a mapping',
      'line 15: peers.0.ebgp-multihop: want false for an iBGP peer, whose my-asn is its peer-asn, got true',
      'line 15: peers.0.peer-address: want an IP address, got "nowhere"',
    ]);
  });

  it('and never shows more than a glimpse of a value', () => {
    const [problem = ''] = problemsOf(withAddresses('x'.repeat(10_000)));
    assert.ok(problem.endsWith(`${'x'.repeat(99)}…"`));
    assert.ok(problem.length < 250);
  });
});
