import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { configTextOf, findConfigs } from '../../src/config/manifest.js';
import { renderProblem } from '../../src/config/problem.js';
import { configMap } from '../support/config.js';

/** Texts of the configurations in a file, or what is wrong with it. */
function textsIn(file: string): readonly string[] {
  const found = findConfigs(file);
  return found.ok
    ? found.value.map(({ text }) => text)
    : found.error.map((problem) => `line ${problem.line}: ${renderProblem(problem)}`);
}

const HEAD = 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: cairn-config}\n';
const noConfig = (line: number, got: string) =>
  `line ${line}: want a ConfigMap with the key "config" under data, got ${got}`;
const noKey = (line: number, path = '') =>
  `line ${line}: ${path}data.config: want the configuration as text: a "|" and the address-pools indented below, got nothing`;
const ADVICE = " (of MetalLB's custom resources docs/migration.md tells how to write them as one)";
const notText = 'data.config: want text: a "|" after "config:" and the configuration indented below';

describe('findConfigs', () => {
  // biome-ignore format: table
  const cases: { name: string; file: string; want: readonly string[] }[] = [
    { name: 'takes a file for a configuration',         file: 'peers: []\n',                                   want: ['peers: []\n'] },
    { name: 'takes an empty file for one',              file: '',                                              want: [''] },
    { name: 'takes broken YAML for one',                file: 'peers: [',                                      want: ['peers: ['] },
    { name: 'finds a block of text',                    file: `${HEAD}data:\n  config: |\n    peers: []\n`,    want: ['peers: []\n'] },
    { name: 'finds text in quotes',                     file: `${HEAD}data: {config: "peers: []\\n# x"}`,      want: ['peers: []\n# x'] },
    { name: 'finds plain text',                         file: `${HEAD}data:\n  config: "{}"\n`,                want: ['{}'] },
    { name: 'finds text through an alias',              file: `${HEAD}data: {other: &c "{}", config: *c}`,     want: ['{}'] },
    { name: 'finds it in JSON',                         file: JSON.stringify({ apiVersion: 'v1', kind: 'ConfigMap', data: { config: 'peers: []\n' } }), want: ['peers: []\n'] },
    { name: 'finds it among other objects',             file: `apiVersion: v1\nkind: Namespace\n---\n# x\n---\n${HEAD}data: {config: a}\n---\napiVersion: v1\nkind: Service\n`, want: ['a'] },
    { name: 'finds every one of a list',                file: 'apiVersion: v1\nkind: List\nitems:\n- {kind: ConfigMap, data: {config: a}}\n- {kind: Service}\n- {kind: ConfigMap, data: {config: b}}\n', want: ['a', 'b'] },
    { name: 'prefers cairn-config to others',           file: `${HEAD}data: {config: a}\n---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: other}\ndata: {config: b}`, want: ['a'] },
    { name: 'finds any name where none is cairn-config', file: 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: config}\ndata: {config: b}', want: ['b'] },
    { name: 'refuses objects without a ConfigMap',      file: '\napiVersion: v1\nkind: Service\n',             want: [noConfig(2, '"Service"')] },
    { name: 'refuses a ConfigMap without the key',      file: `apiVersion: v1\nkind: Pod\n---\n${HEAD}data: {conf: a}`, want: [noKey(4)] },
    { name: 'refuses a ConfigMap without data',         file: HEAD,                                            want: [noKey(1)] },
    { name: 'refuses a ConfigMap of a list without the key', file: 'apiVersion: v1\nkind: List\nitems:\n- {kind: Service}\n- {kind: ConfigMap, data: {}}\n', want: [noKey(5, 'items.1.')] },
    { name: 'tells of MetalLB’s custom resources where to read on', file: 'apiVersion: v1\nkind: Namespace\n---\napiVersion: metallb.io/v1beta1\nkind: IPAddressPool\n', want: [noConfig(4, '"IPAddressPool"').replace(', got', `${ADVICE}, got`)] },
    { name: 'refuses a configuration that is no text',  file: `${HEAD}data:\n  config:\n    peers: []\n`,      want: [`line 6: ${notText}, got a mapping`] },
    { name: 'refuses a manifest that is no YAML',       file: `${HEAD}data: [`,                                want: ['line 4: want well-formed YAML, got "Flow sequence in block collection must be sufficiently indented and end with a ]"'] },
  ];
  for (const { name, file, want } of cases) {
    it(name, () => assert.deepEqual(textsIn(file), want));
  }

  // Each line of these configurations says on which line of the file it begins.
  // biome-ignore format: table
  const lines: { name: string; file: string }[] = [
    { name: 'as such',                          file: 'line1: \nline2: \n' },
    { name: 'in a block',                       file: `${HEAD}data:\n  config: |\n    line6:\n    line7:\n` },
    { name: 'in a block with a remark above',   file: `${HEAD}data:\n  config: |-  # here\n\n    line7:\n\n    line9:\n` },
    { name: 'in a block of a list',             file: 'apiVersion: v1\nkind: List\nitems:\n- data:\n    config: |2\n        line6:\n        line7:\n  kind: ConfigMap\n' },
    { name: 'in quotes on one line',            file: `${HEAD}data: {config: "line4:\\nline4:\\n"}` },
    { name: 'in quotes, escaped',               file: `${HEAD}data:\n  config: "line5:\\nline5:\\n\\\n    line6:\\n\\\n    \\ line7:\\n"` },
    { name: 'in quotes, with blank lines',      file: `${HEAD}data:\n  config: "line5:\n\n    line7:\n\n\n    line10:"` },
    { name: 'in single quotes',                 file: `${HEAD}data:\n  config: 'line5:\n\n    line7:'` },
    { name: 'in quotes with other escapes',     file: `${HEAD}data:\n  config: "line5: \\\\n \\"x\\" \\u0041\\nline5:"` },
  ];
  for (const { name, file } of lines) {
    it(`says on which line of the file each line is, ${name}`, () => {
      const found = findConfigs(file);
      assert.ok(found.ok);
      const [source] = found.value;
      const told = source?.text.split('\n').flatMap((line, at) => {
        const [, says] = /line(\d+)/.exec(line) ?? [];
        return says === undefined ? [] : [[Number(says), source.fileLine(at + 1)]];
      });
      assert.ok(told !== undefined && told.length > 1);
      for (const [says, is] of told) assert.equal(is, says);
    });
  }

  it('points at the beginning of what is folded, and past the end at the last line', () => {
    const found = findConfigs(`${HEAD}data:\n  config: >\n    a\n    b\n`);
    assert.equal(found.ok && found.value[0]?.fileLine(1), 5);
    const quoted = findConfigs(`${HEAD}data: {config: "a\\nb"}`);
    assert.equal(quoted.ok && quoted.value[0]?.fileLine(99), 4);
  });
});

describe('configTextOf', () => {
  it('is the value of the key config', () => assert.equal(configTextOf(configMap({ config: 'a', other: 'b' })), 'a'));
  it('is nothing without that key', () => assert.equal(configTextOf(configMap({})), undefined));
});
