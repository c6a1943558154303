/**
 * Quantities as kube-apiserver 1.36 gives them back.
 * @module
 */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { describe, it } from 'mocha';
import { canonicalQuantity } from '../../../../src/playground/api/schema/quantity.js';

describe('canonicalQuantity', () => {
  const cases: [sent: unknown, want: string][] = [
    ['1', '1'],
    [1, '1'],
    [0.5, '500m'],
    ['0.5', '500m'],
    ['1000m', '1'],
    ['1500m', '1500m'],
    ['.5', '500m'],
    ['1024Ki', '1Mi'],
    ['0.5Gi', '512Mi'],
    ['1.5Gi', '1536Mi'],
    ['1023Ki', '1023Ki'],
    ['1Ki', '1Ki'],
    ['1024Mi', '1Gi'],
    ['1000000', '1M'],
    ['12345678', '12345678'],
    ['1000k', '1M'],
    ['1e3', '1e3'],
    ['1E3', '1E3'],
    ['1.5e2', '150'],
    ['1E', '1E'],
    ['0', '0'],
    ['0.0', '0'],
    ['-5', '-5'],
    ['100e-3', '100e-3'],
    ['10E', '10E'],
    ['1e999999999', '9223372036854775807'],
    ['1e-999999999', '1e-9'],
    [' 1 ', '1'],
  ];
  for (const [sent, want] of cases)
    it(`writes ${JSON.stringify(sent)} as ${want}`, () =>
      assert.deepEqual(canonicalQuantity(sent), { ok: true, value: want }));

  const words = {
    number: "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'",
    suffix: "unable to parse quantity's suffix",
  };
  const refusals: [sent: unknown, why: keyof typeof words][] = [
    ['x', 'number'],
    ['', 'number'],
    ['1.2.3', 'number'],
    [true, 'number'],
    [[], 'number'],
    ['1K', 'suffix'],
    ['1e', 'suffix'],
  ];
  for (const [sent, why] of refusals)
    it(`refuses ${JSON.stringify(sent)}: no ${why}`, () =>
      assert.deepEqual(canonicalQuantity(sent), { ok: false, error: words[why] }));

  it('changes nothing of what it wrote', () => {
    const suffix = fc.constantFrom('', 'n', 'u', 'm', 'k', 'M', 'Ki', 'Mi', 'Gi', 'e2', 'e-3', 'E6');
    fc.assert(
      fc.property(fc.integer({ min: -1e9, max: 1e9 }), fc.nat(999), suffix, (whole, fraction, unit) => {
        const first = canonicalQuantity(`${whole}.${fraction}${unit}`);
        assert.ok(first.ok);
        assert.deepEqual(canonicalQuantity(first.value), first);
      }),
    );
  });
});
