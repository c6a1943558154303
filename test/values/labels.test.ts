import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { type LabelExpression, matchesAnySelector, matchesSelector } from '../../src/values/labels.js';

const LABELS = { tier: 'edge', team: 'shop', empty: '' };
const labels = (matchLabels: Record<string, string>) => ({ matchLabels, matchExpressions: [] });
const all = (...matchExpressions: LabelExpression[]) => ({ matchLabels: {}, matchExpressions });

describe('matchesSelector', () => {
  // biome-ignore format: table
  const cases = [
    { name: 'matches everything when empty',          selector: labels({}),                                             want: true },
    { name: 'matches a label',                        selector: labels({ tier: 'edge' }),                               want: true },
    { name: 'matches an empty value',                 selector: labels({ empty: '' }),                                  want: true },
    { name: 'refuses another value',                  selector: labels({ tier: 'core' }),                               want: false },
    { name: 'refuses an absent label',                selector: labels({ rack: '' }),                                   want: false },
    { name: 'wants every label',                      selector: labels({ tier: 'edge', team: 'bank' }),                 want: false },
    { name: 'finds no inherited key',                 selector: all({ operator: 'Exists', key: 'constructor' }),         want: false },
    { name: 'matches one of several values',          selector: all({ operator: 'In', key: 'tier', values: ['core', 'edge'] }), want: true },
    { name: 'refuses none of several values',         selector: all({ operator: 'In', key: 'tier', values: ['core'] }), want: false },
    { name: 'refuses an absent label in values',      selector: all({ operator: 'In', key: 'rack', values: [''] }),     want: false },
    { name: 'refuses a value not to have',            selector: all({ operator: 'NotIn', key: 'tier', values: ['edge'] }), want: false },
    { name: 'matches another value not to have',      selector: all({ operator: 'NotIn', key: 'tier', values: ['core'] }), want: true },
    { name: 'matches an absent label not to have',    selector: all({ operator: 'NotIn', key: 'rack', values: ['a'] }), want: true },
    { name: 'matches a label that exists',            selector: all({ operator: 'Exists', key: 'empty' }),              want: true },
    { name: 'refuses a label that does not exist',    selector: all({ operator: 'Exists', key: 'rack' }),               want: false },
    { name: 'matches a label that should not exist',  selector: all({ operator: 'DoesNotExist', key: 'rack' }),         want: true },
    { name: 'refuses a label that should not exist',  selector: all({ operator: 'DoesNotExist', key: 'empty' }),        want: false },
    { name: 'wants every expression',                 selector: all({ operator: 'Exists', key: 'tier' }, { operator: 'Exists', key: 'rack' }), want: false },
    { name: 'wants labels and expressions',           selector: { matchLabels: { tier: 'core' }, matchExpressions: [{ operator: 'Exists', key: 'tier' } as const] }, want: false },
  ];
  for (const { name, selector, want } of cases) {
    it(name, () => assert.equal(matchesSelector(selector, LABELS), want));
  }

  it('matches a label with the name of an inherited key', () => {
    assert.equal(matchesSelector(labels({ constructor: 'us' }), { constructor: 'us' }), true);
  });
});

describe('matchesAnySelector', () => {
  it('matches nothing when empty', () => assert.equal(matchesAnySelector([], LABELS), false));
  it('matches with its second', () => {
    assert.equal(matchesAnySelector([labels({ tier: 'core' }), labels({ tier: 'edge' })], LABELS), true);
  });
  it('refuses when all do', () => assert.equal(matchesAnySelector([labels({ tier: 'core' })], LABELS), false));
});
