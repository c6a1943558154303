/**
 * The plan, and the ruleset that is made of it. Where `nft` is there and may ask the kernel, it is asked whether the
 * kernel would take each of them.
 * @module
 */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { describe, it } from 'mocha';
import { systemPath } from '../../src/linux/programs.js';
import { Endpoints } from '../../src/speaker/endpoints.js';
import { type ForwardingPlan, planForwarding, type ServedServices } from '../../src/speaker/forwarding.js';
import { renderRemoval, renderRuleset, tableFor } from '../../src/speaker/forwarding-ruleset.js';
import type { Service } from '../../src/values/objects.js';
import { endpoint, type ServiceParts, service, slice } from '../support/objects.js';
import { ip, node } from '../support/values.js';

const HERE = 'node-a';
const HTTP = { name: 'http', protocol: 'TCP', port: 80, nodePort: 0 } as const;
const DNS = { name: 'dns', protocol: 'UDP', port: 53, nodePort: 0 } as const;
const TARGETS = [
  { name: 'http', protocol: 'TCP', port: 8080 },
  { name: 'dns', protocol: 'UDP', port: 5353 },
  { name: 'signal', protocol: 'SCTP', port: 3868 },
] as const;

/** `web` has a pod here and one elsewhere, `far` one elsewhere, `idle` none. */
function endpoints(): Endpoints {
  const all = new Endpoints(node(HERE));
  all.set(
    'web',
    slice('web', 'web', [endpoint(HERE, 'ready', '10.244.0.2'), endpoint('b', 'ready', '10.244.1.2')], TARGETS),
  );
  all.set('far', slice('far', 'far', [endpoint('b', 'ready', '10.244.1.3')], TARGETS));
  return all;
}
const at = (address: string, ...services: readonly Service[]): ServedServices => ({
  address: ip(address),
  services,
  isNodeAddress: false,
});
const planOf = (served: readonly ServedServices[], podCIDRs: readonly string[] = []): ForwardingPlan =>
  planForwarding({ served, endpoints: endpoints(), podCIDRs });
const named = (name: string, parts: ServiceParts = {}) => service(name, { ports: [HTTP], ...parts });
const LOCAL = { externalTrafficPolicy: 'Local' } as const;

/** `address/protocol/port of service: outside|inside`, as counts. */
const wordsOf = ({ forwards }: ForwardingPlan) =>
  forwards.map(
    ({ address, protocol, port, service, outside, inside }) =>
      `${address & 0xff}/${protocol}/${port} of ${service}: ${outside.length}|${inside.length}`,
  );

describe('planForwarding', () => {
  // biome-ignore format: table
  const cases = [
    { name: 'leads each port to its endpoints',                served: [at('192.0.2.1', named('web', { ports: [HTTP, DNS] }))],                            want: ['1/TCP/80 of shop/web: 2|2', '1/UDP/53 of shop/web: 2|2'] },
    { name: 'keeps outsiders on this node with policy Local',  served: [at('192.0.2.1', named('web', LOCAL))],                                            want: ['1/TCP/80 of shop/web: 1|2'] },
    { name: 'knows a port without endpoints',                  served: [at('192.0.2.1', named('idle'))],                                                  want: ['1/TCP/80 of shop/idle: 0|0'] },
    { name: 'gives a port to the Service that was first',      served: [at('192.0.2.1', named('far'), named('web'))],                                     want: ['1/TCP/80 of shop/far: 1|1'] },
    { name: 'serves each port of those that share an address', served: [at('192.0.2.1', named('far'), named('web', { ports: [DNS] }))],                    want: ['1/TCP/80 of shop/far: 1|1', '1/UDP/53 of shop/web: 2|2'] },
    { name: 'orders addresses and ports',                      served: [at('192.0.2.9', named('web', { ports: [DNS, HTTP] })), at('192.0.2.1', named('far'))], want: ['1/TCP/80 of shop/far: 1|1', '9/TCP/80 of shop/web: 2|2', '9/UDP/53 of shop/web: 2|2'] },
    { name: 'passes over what is no port',                     served: [at('192.0.2.1', named('web', { ports: [{ ...HTTP, port: 0 }, { ...DNS, port: 65_536 }] }))], want: [] },
  ];
  for (const { name, served, want } of cases) it(name, () => assert.deepEqual(wordsOf(planOf(served)), want));

  it('has a node’s own address forwarded, and refuses nothing else there', () => {
    const plan = planOf([{ ...at('192.0.2.11', named('web')), isNodeAddress: true }, at('192.0.2.1', named('web'))]);
    assert.equal(plan.forwards.length, 2);
    assert.deepEqual(plan.whole, [ip('192.0.2.1')]);
  });

  it('takes the IPv4 networks of the node’s pods, in one form', () => {
    const { podNetworks } = planOf([], ['10.244.0.7/24', 'fd00::/64', '10.244.0.0/24', 'odd']);
    assert.deepEqual(podNetworks, ['10.244.0.0/24']);
  });
});

/** The elements of one set or map of a ruleset. */
function elementsOf(ruleset: string, name: string): readonly string[] {
  const [, body = ''] =
    new RegExp(`(?:set|map) ${name} \\{\\n([\\s\\S]*?)\\n\\t\\}`).exec(ruleset) ?? assert.fail(name);
  return [...body.matchAll(/^\t\t\t(.*),$/gm)].map((match) => match[1] ?? '');
}

describe('renderRuleset', () => {
  const ruleset = (...served: readonly ServedServices[]) => renderRuleset('cairn', planOf(served));

  // biome-ignore format: table
  const cases = [
    { name: 'sends a port on to a draw among its endpoints',        served: at('192.0.2.1', named('web')),        set: 'services',            want: ['192.0.2.1 . tcp . 80 comment "shop/web" : goto tcp-to-one-of-2'] },
    { name: 'numbers the endpoints',                                served: at('192.0.2.1', named('web')),        set: 'endpoints',           want: ['192.0.2.1 . tcp . 80 . 0 : 10.244.0.2 . 8080', '192.0.2.1 . tcp . 80 . 1 : 10.244.1.2 . 8080'] },
    { name: 'masquerades with policy Cluster',                      served: at('192.0.2.1', named('web')),        set: 'to-masquerade-tcp',   want: ['192.0.2.1 . 80'] },
    { name: 'masquerades nobody else with policy Local',            served: at('192.0.2.1', named('web', LOCAL)), set: 'to-masquerade-tcp',   want: [] },
    { name: 'masquerades the node itself with policy Local',        served: at('192.0.2.1', named('web', LOCAL)), set: 'keep-client-tcp',     want: ['192.0.2.1 . 80'] },
    { name: 'keeps outsiders on this node with policy Local',       served: at('192.0.2.1', named('web', LOCAL)), set: 'services',            want: ['192.0.2.1 . tcp . 80 comment "shop/web" : goto local-tcp-to-one-of-1'] },
    { name: 'lets insiders go anywhere with policy Local',          served: at('192.0.2.1', named('web', LOCAL)), set: 'local-from-inside',   want: ['192.0.2.1 . tcp . 80 : goto tcp-to-one-of-2'] },
    { name: 'drops outsiders where policy Local has no endpoint',   served: at('192.0.2.1', named('far', LOCAL)), set: 'services',            want: ['192.0.2.1 . tcp . 80 comment "shop/far" : drop'] },
    { name: 'masquerades a pod that reaches itself, policy Local',  served: at('192.0.2.1', named('web', LOCAL)), set: 'own-pods',            want: ['10.244.0.2 . 10.244.0.2'] },
    { name: 'refuses a port without endpoints',                     served: at('192.0.2.1', named('idle')),       set: 'without-endpoints',   want: ['192.0.2.1 . tcp . 80'] },
    { name: 'sends nobody to a port without endpoints',             served: at('192.0.2.1', named('idle')),       set: 'services',            want: [] },
    { name: 'refuses what is no port of a Service',                 served: at('192.0.2.1', named('idle')),       set: 'whole-addresses',     want: ['192.0.2.1'] },
  ];
  for (const { name, served, set, want } of cases) {
    it(name, () => assert.deepEqual(elementsOf(ruleset(served), set), want));
  }

  it('replaces its own table, and names no other', () => {
    const text = ruleset(at('192.0.2.1', named('web')));
    assert.ok(text.startsWith('add table ip cairn\ndelete table ip cairn\ntable ip cairn {\n'));
    assert.deepEqual(
      [...text.matchAll(/\btable (\S+ \S+)/g)].map((match) => match[1]),
      Array(3).fill('ip cairn'),
    );
    assert.equal(renderRemoval('cairn'), 'add table ip cairn\ndelete table ip cairn\n');
  });

  it('asks every set and every map that it fills, and chains that are there', () => {
    const text = ruleset(at('192.0.2.1', named('web', { ports: [HTTP, DNS] })), at('192.0.2.2', named('web', LOCAL)));
    const namesIn = (pattern: RegExp) => new Set([...text.matchAll(pattern)].map((match) => match[1] ?? ''));
    const asked = namesIn(/@([-a-z]+)/g);
    assert.deepEqual([...namesIn(/^\t(?:set|map) ([-a-z]+) \{/gm)].sort(), [...asked].sort());
    const chains = namesIn(/^\tchain ([-a-z0-9]+) \{/gm);
    for (const goal of namesIn(/goto ([-a-z0-9]+)/g)) assert.ok(chains.has(goal), goal);
  });

  it('is the same text for the same Services in any order', () => {
    const [one, other] = [at('192.0.2.1', named('web')), at('192.0.2.2', named('far', LOCAL))];
    assert.equal(ruleset(one, other), ruleset(other, one));
  });

  it('lets no name of a Service end its comment', () => {
    const odd = { ...named('web'), key: 'shop/a" : drop' as Service['key'] };
    assert.ok(!ruleset(at('192.0.2.1', odd)).includes('" : drop'));
  });

  it('has as many chains for 500 Services as for two', () => {
    const served = Array.from({ length: 500 }, (_, n) => at(`192.0.${2 + (n >> 8)}.${n & 255}`, named('web')));
    const chains = (text: string) => text.match(/^\tchain /gm)?.length;
    assert.equal(chains(ruleset(...served)), chains(ruleset(...served.slice(0, 2))));
  });

  it('keeps two installations apart', () => {
    assert.deepEqual([tableFor('cairn-system'), tableFor('metallb-system')], ['cairn', 'cairn-metallb-system']);
  });
});

/** In a network of its own, where nothing is there yet; undefined where this machine does not let us. */
function askKernel(ruleset: string): string | undefined {
  const env = { ...process.env, PATH: systemPath() };
  const inside = (...command: readonly string[]) =>
    spawnSync('unshare', ['--net', ...command], { input: ruleset, encoding: 'utf8', env });
  if (inside('nft', 'list', 'tables').status !== 0) return undefined;
  const { status, stderr } = inside('nft', '--check', '--file', '-');
  return status === 0 ? '' : stderr;
}

describe('the kernel', () => {
  const signal = { name: 'signal', protocol: 'SCTP', port: 3868, nodePort: 0 } as const;
  // biome-ignore format: table
  const cases: { name: string; served: ServedServices[] }[] = [
    { name: 'a ruleset without a Service',            served: [] },
    { name: 'every protocol and policy side by side', served: [at('192.0.2.1', named('web', { ports: [HTTP, DNS, signal] })), at('192.0.2.2', named('web', { ...LOCAL, ports: [HTTP, DNS, signal] })), at('192.0.2.3', named('far', LOCAL)), at('192.0.2.4', named('idle'))] },
    { name: 'the longest name that a Service may have', served: [at('192.0.2.1', { ...named('web'), key: `${'n'.repeat(63)}/${'s'.repeat(63)}` as Service['key'] })] },
    { name: 'a ruleset with the node’s own address',  served: [{ ...at('192.0.2.11', named('web')), isNodeAddress: true }] },
  ];
  for (const { name, served } of cases) {
    it(`takes ${name}`, function () {
      const refused = askKernel(renderRuleset('cairn', planOf(served, ['10.244.0.0/24'])));
      if (refused === undefined) this.skip();
      assert.equal(refused, '');
    });
  }
});
