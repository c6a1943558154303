import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { config, problemsOf } from '../support/config.js';

const POOL = 'protocol: layer2, addresses: [10.0.0.1]';
const passwords = (text: string) => config(text).bgp.peers.map(({ password }) => password);
const peers = (...lines: string[]) =>
  `peers:\n- &base {my-asn: 1, peer-asn: 2, peer-address: 10.0.0.1, password: a}\n${lines.map((line) => `${line}\n`).join('')}`;

describe('YAML as MetalLB reads it', () => {
  it('merges a mapping, and keys after the merge win', () => {
    assert.deepEqual(passwords(peers('- <<: *base', '  password: b')), ['a', 'b']);
  });

  it('lets a merge win over keys before it', () => {
    assert.deepEqual(
      passwords(peers('- peer-address: 10.0.0.2', '  password: b', '  <<: {my-asn: 3, peer-asn: 4, password: c}')),
      ['a', 'c'],
    );
  });

  it('merges several mappings, of which the first has the last word', () => {
    assert.deepEqual(passwords(peers('- <<: [{password: b, peer-port: 1}, *base]')), ['a', 'b']);
  });

  it('merges only what is written, not what has a default', () => {
    const [, second] = config(peers('- peer-port: 7', '  <<: *base')).bgp.peers;
    assert.equal(second?.peerPort, 7);
  });

  it('takes back with an empty value what a merge has brought', () => {
    assert.deepEqual(passwords(peers('- <<: *base', '  peer-port: 7', '  password: ~')), ['a', '']);
  });

  it('takes a quoted << for a key', () => {
    assert.match(problemsOf(peers('- "<<": *base'))[0] ?? '', /^line 3: peers\.1\.<<|^line 3: peers\.1\."<<"/);
  });

  it('knows an anchor by its last definition', () => {
    const text = `bgp-communities: {a: &x 1:1, b: &x 1:2, c: *x}`;
    assert.equal(config(text).bgp.communities.get('c'), 65_538);
  });

  it('gives each place a value of its own', () => {
    const text = `
address-pools:
- {name: a, ${POOL}, interfaces: &i [eth0]}
- {name: b, protocol: layer2, addresses: [10.0.0.2], interfaces: *i}`;
    const [a, b] = config(text).pools;
    assert.deepEqual(a?.interfaces, b?.interfaces);
    assert.notEqual(a?.interfaces, b?.interfaces);
  });

  it('drops the fraction of a number', () => {
    const [peer] = config('peers: [{my-asn: 64512.9, peer-asn: 6.4e4, peer-address: 10.0.0.1}]').bgp.peers;
    assert.deepEqual([peer?.myAsn, peer?.peerAsn], [64_512, 64_000]);
  });

  it('reads tags that name a kind', () => {
    const text = `address-pools: [{name: !!str 12, ${POOL}, auto-assign: !!bool "no", priority: !!int "0x10"}, {name: b, protocol: layer2, addresses: [10.0.0.2], priority: !!float 3}]`;
    const [a, b] = config(text).pools;
    assert.deepEqual([a?.name, a?.autoAssign, a?.priority, b?.priority], ['12', false, 16, 3]);
  });

  it('decodes what is tagged as binary, over several lines too', () => {
    assert.deepEqual(passwords(peers('- <<: *base', '  !!binary cGFzc3dvcmQ=: !!binary Zm9v')), ['a', 'foo']);
    assert.deepEqual(passwords(peers('- <<: *base', '  password: !!binary |', '    Zm9v', '    YmFy')), [
      'a',
      'foobar',
    ]);
    assert.deepEqual(passwords(peers('- <<: *base', '  password: !!binary ""')), ['a', '']);
  });

  for (const directives of ['%YAML 1.1', '%YAML 1.1 # as ever', '%TAG ! tag:example.com,2000:\n%YAML 1.1']) {
    it(`takes ${JSON.stringify(directives)}`, () => {
      assert.deepEqual(passwords(`${directives}\n---\n${peers()}`), ['a']);
    });
  }

  it('reads no directive of a document that it does not read', () => {
    assert.deepEqual(passwords(`${peers()}...\n%YAML 1.2\n---\n{}`), ['a']);
  });

  // biome-ignore format: table
  const cases: { name: string; text: string; want: readonly string[] }[] = [
    { name: 'YAML 1.2 where it is said',          text: '# as\n%YAML 1.2\n---\npeers: []',         want: ['line 2: want %YAML 1.1, or no %YAML at all, got "%YAML 1.2"'] },
    { name: 'a version twice',                    text: '%YAML 1.1\n%YAML 1.1\n---\npeers: []',    want: ['line 2: want %YAML once, got "%YAML 1.1"'] },
    { name: 'a tag handle twice',                 text: '%TAG !e! a\n%TAG !e! b\n---\npeers: []',  want: ['line 2: want %TAG !e! once, got "%TAG !e! b"'] },
    { name: 'a directive that nobody knows',      text: '%SKIP on\n---\npeers: []',                want: ['line 1: want no directive but %YAML and %TAG, got "%SKIP on"'] },
    { name: 'binary that is no base64',           text: peers('- <<: *base', '  password: !!binary Zm9'), want: ['line 4: peers.1.password: want a value that fits its tag !!binary, got "Zm9"'] },
    { name: 'binary that is no text',             text: peers('- <<: *base', '  password: !!binary /w=='), want: ['line 4: peers.1.password: want a value that fits its tag !!binary, got "/w=="'] },
    { name: 'a key in binary that is no base64',  text: '!!binary cGVlcnM: []',                     want: ['line 1: want a key that fits its tag !!binary, got "cGVlcnM"'] },
    { name: 'an alias of nothing',                text: 'address-pools: *a',                      want: ['line 1: address-pools: want an anchor &a before this alias, got "*a"'] },
    { name: 'an alias before its anchor',         text: 'bgp-communities: {a: *x, b: &x 1:2}',    want: ['line 1: bgp-communities.a: want an anchor &x before this alias, got "*x"'] },
    { name: 'a merge of nothing',                 text: 'announcements: {<<: *a}',                want: ['line 1: announcements: want an anchor &a before this alias, got "*a"'] },
    { name: 'an alias, and all else that is wrong', text: 'address-pools: *a\npeers: *b\nx: *c',   want: ['line 1: address-pools: want an anchor &a before this alias, got "*a"', 'line 2: peers: want an anchor &b before this alias, got "*b"', 'line 3: x: want one of the keys address-pools, announcements, forwarding, peers, bfd-profiles, bgp-communities, got "x"'] },
    { name: 'an alias in place of what is required, once', text: 'bfd-profiles: [{name: *a}, *b]', want: ['line 1: bfd-profiles.0.name: want an anchor &a before this alias, got "*a"', 'line 1: bfd-profiles.1: want an anchor &b before this alias, got "*b"'] },
    { name: 'a list that holds itself',           text: 'address-pools: &a [*a]',                 want: ['line 1: address-pools.0: want a mapping, got a list'] },
    { name: 'a mapping that merges itself',       text: 'announcements: &a {<<: *a}',             want: ['line 1: announcements: want an alias of something that does not hold it, got "*a"'] },
    { name: 'a merge of text',                    text: 'announcements:\n  <<: x',                want: ['line 2: announcements."<<": want a mapping or a list of mappings, got "x"'] },
    { name: 'a merge of a list of text',          text: 'announcements:\n  <<: [x]',              want: ['line 2: announcements."<<": want a mapping or a list of mappings, got "x"'] },
    { name: 'a merge that brings a label twice',  text: `address-pools:\n- {name: a, ${POOL}, reserved: {<<: {10.0.0.1: a/b},\n  10.0.0.1: a/b}}`, want: ['line 3: address-pools.0.reserved."10.0.0.1": want each key once, got "10.0.0.1"'] },
    { name: 'an unknown key in what is merged',   text: peers('- <<: *base', '  <<: {pasword: x, peer-port: 7}'), want: ['line 4: peers.1.pasword: want a known key (is it "password"?), got "pasword"'] },
    { name: 'a key that is a list',               text: '? [a]\n: b',                             want: ['line 1: want a key that is text, got a list'] },
    { name: 'a value that its tag does not fit',  text: 'announcements: {ping: !!bool 1}',        want: ['line 1: announcements.ping: want a value that fits its tag !!bool, got "1"'] },
    { name: 'no YAML, at its line',               text: 'peers: []\naddress-pools: [',            want: ['line 2: want well-formed YAML, got "Flow sequence in block collection must be sufficiently indented and end with a ]"'] },
    { name: 'tabs for indentation',               text: 'address-pools:\n\t- name: a',            want: ['line 2: want well-formed YAML, got "Tabs are not allowed as indentation"'] },
  ];
  for (const { name, text, want } of cases) {
    it(`refuses ${name}`, () => assert.deepEqual(problemsOf(text), want));
  }
});

describe('hostile YAML', () => {
  /** Merges of `width` aliases of the merge before, again and again. */
  const chain = (levels: number, width: number) =>
    Array.from({ length: levels }, (_, at) => {
      const aliases = Array.from({ length: width }, () => `*x${at}`).join(', ');
      return `  <<: &x${at + 1} {<<: [${aliases}]}\n`;
    }).join('');
  const manyAliases = (count: number) =>
    `address-pools:\n- &p {name: a, protocol: layer2, addresses: [${Array.from({ length: count }, (_, at) => `10.0.${at >> 8}.${at & 255}`).join(', ')}]}\n${'- *p\n'.repeat(count)}`;
  // biome-ignore format: table
  const cases: { name: string; text: string; want: RegExp }[] = [
    { name: 'nested lists without end',           text: '['.repeat(20_000),                                   want: /^line 1: want at most 64 levels of nesting, got "more"/m },
    { name: 'nested lists that end',              text: `${'['.repeat(20_000)}${']'.repeat(20_000)}`,         want: /^line 1: want at most 64 levels of nesting, got "more"/m },
    { name: 'nested blocks',                      text: '- '.repeat(20_000),                                  want: /^line 1: want at most 64 levels of nesting/m },
    { name: 'nested mappings',                    text: '{a: '.repeat(20_000),                                want: /^line 1: want at most 64 levels of nesting/m },
    { name: 'nested keys',                        text: '? '.repeat(20_000),                                  want: /^line 1: want at most 64 levels of nesting/m },
    { name: 'nested indentation',                 text: Array.from({ length: 400 }, (_, at) => `${' '.repeat(at)}a:\n`).join(''), want: /^line 65: want at most 64 levels of nesting/m },
    { name: 'aliases that double',                text: `announcements:\n  <<: &x0 {ping: yes}\n${chain(40, 2)}`, want: /want at most (400000 values through aliases|200 levels of aliases and merges)/ },
    { name: 'a long chain of merges',             text: `announcements:\n  <<: &x0 {ping: yes}\n${chain(20_000, 1)}`,    want: /want at most 200 levels of aliases and merges/ },
    { name: 'a list times a list',                text: manyAliases(2_000),                                   want: /^line \d+: address-pools\.\d+[a-z0-9.-]*: want at most 400000 values through aliases, got "more"$/ },
    { name: 'closing brackets only',              text: ']'.repeat(5_000),                                    want: /^line 1: want well-formed YAML/ },
    { name: 'quotes only',                        text: '"'.repeat(5_001),                                    want: /^line 1: want well-formed YAML/ },
    { name: 'unknown keys only',                  text: Array.from({ length: 20_000 }, (_, at) => `k${at}: x\n`).join(''), want: /^line 20000: k19999: want one of the keys/m },
    { name: 'one key, many times',                text: 'peers: []\n'.repeat(20_000),                         want: /^line 20000: peers: want each key once/m },
    { name: 'a byte that is no text',             text: 'address-pools: \u0000',                              want: /^line 1: / },
    { name: 'half a surrogate pair',              text: 'address-pools: \ud800',                              want: /^line 1: address-pools: want a list/ },
  ];
  for (const { name, text, want } of cases) {
    it(`is a problem, soon: ${name}`, () => assert.match(problemsOf(text).join('\n'), want));
  }

  it('may be large where it is right', () => {
    const pools = Array.from(
      { length: 5_000 },
      (_, at) => `- {name: p${at}, protocol: layer2, addresses: [10.${at >> 8}.${at & 255}.0/24]}`,
    );
    assert.equal(config(`address-pools:\n${pools.join('\n')}`).pools.length, 5_000);
  });
});
