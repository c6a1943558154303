import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, it } from 'mocha';
import { stringify } from 'yaml';
import { findConfigs } from '../../src/config/manifest.js';
import { parseConfig } from '../../src/config/parse.js';
import { renderProblem } from '../../src/config/problem.js';

const SEED = 1_034;
const REFERENCE = readFileSync(new URL('../../config/reference.yaml', import.meta.url), 'utf8');

/** A text gets an answer: a configuration, or problems that stand somewhere in it and can be shown. */
function holds(text: string): void {
  const parsed = parseConfig(text);
  if (!parsed.ok) {
    const lines = text.split('\n').length;
    assert.ok(parsed.error.length > 0);
    for (const problem of parsed.error) {
      assert.ok(problem.line >= 1 && problem.line <= lines, `line ${problem.line} of ${lines}`);
      assert.ok(renderProblem(problem).length < 2_000);
    }
  }
  const sources = findConfigs(text);
  if (sources.ok) for (const source of sources.value) assert.ok(source.fileLine(1) >= 1);
}

/** What YAML is made of, and what the configuration is made of. */
const PIECES = [
  ...'[]{}:,-?&*!|>\'"%@`#\n\t ~',
  ...[
    '- ',
    ': ',
    '\n  ',
    '\n- ',
    '<<: ',
    '&a ',
    '*a',
    '!!int ',
    '!x ',
    '---\n',
    '...\n',
    '\\',
    '\r\n',
    '\u0000',
    '\ufeff',
  ],
  ...['address-pools', 'peers', 'name', 'addresses', 'protocol', 'layer2', 'reserved', 'match-labels', '__proto__'],
  ...['10.0.0.1', '10.0.0.0/8', '::/0', '::1-::2', 'yes', 'no', '0x10', '1e9', '5m', 'apiVersion', 'kind', 'data'],
];

describe('parseConfig and findConfigs never throw', () => {
  it('over any characters', () => {
    fc.assert(fc.property(fc.string({ unit: 'binary', maxLength: 200 }), holds), { seed: SEED, numRuns: 1_500 });
  });

  it('over pieces of YAML', () => {
    const text = fc.array(fc.constantFrom(...PIECES), { maxLength: 60 }).map((pieces) => pieces.join(''));
    fc.assert(fc.property(text, holds), { seed: SEED, numRuns: 3_000 });
  });

  it('over values of any shape under the keys of the configuration', () => {
    const key = fc.constantFrom(
      'address-pools',
      'announcements',
      'forwarding',
      'peers',
      'bfd-profiles',
      'bgp-communities',
    );
    const inner = fc.constantFrom(
      'name',
      'addresses',
      'reserved',
      'node-selectors',
      'my-asn',
      'interval',
      'match-labels',
    );
    const value = fc.letrec((again) => ({
      value: fc.oneof(
        { depthSize: 'small' },
        fc.constantFrom<unknown>('10.0.0.1', '::/0', 'layer2', 'a/b', '5m', 1, -1, 1e300, true, null, '', Number.NaN),
        fc.array(again('value'), { maxLength: 3 }),
        fc.dictionary(inner, again('value'), { maxKeys: 4 }),
      ),
    })).value;
    const text = fc.dictionary(key, value, { maxKeys: 4 }).map((document) => stringify(document));
    fc.assert(fc.property(text, holds), { seed: SEED, numRuns: 1_500 });
  });

  it('over the reference with something cut out, put in or changed', () => {
    const edit = fc.tuple(fc.nat(REFERENCE.length), fc.nat(30), fc.constantFrom('', ...PIECES));
    const text = edit.map(([at, cut, piece]) => REFERENCE.slice(0, at) + piece + REFERENCE.slice(at + cut));
    fc.assert(fc.property(text, holds), { seed: SEED, numRuns: 400 });
  });
});
