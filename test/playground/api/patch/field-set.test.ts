/**
 * Sets of fields as algebra, and as `fieldsV1`.
 * @module
 */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { describe, it } from 'mocha';
import {
  FieldSet,
  fieldStep,
  keyStep,
  type Path,
  printPath,
  valueStep,
} from '../../../../src/playground/api/patch/field-set.js';

const step = fc.oneof(
  fc.constantFrom('a', 'b', 'k:x').map(fieldStep),
  fc.record({ port: fc.constantFrom(80, 443), protocol: fc.constantFrom('TCP', 'UDP') }).map(keyStep),
  fc.constantFrom('x', 1, true).map(valueStep),
);
const sets = fc
  .array(fc.array(step, { minLength: 1, maxLength: 4 }), { maxLength: 6 })
  .map((paths) => FieldSet.of(...paths));

const written = (set: FieldSet) => set.paths().map(printPath);

describe('FieldSet', () => {
  it('reads what it writes', () => {
    fc.assert(
      fc.property(sets, (set) => {
        const read = FieldSet.fromFieldsV1(JSON.parse(JSON.stringify(set.toFieldsV1())));
        assert.ok(read !== undefined);
        assert.deepEqual(written(read), written(set));
      }),
    );
  });

  it('divides into what another set has and what it has not', () => {
    fc.assert(
      fc.property(sets, sets, (one, other) => {
        const [common, rest] = [one.intersection(other), one.difference(other)];
        assert.deepEqual(written(common.union(rest)), written(one));
        assert.ok(common.intersection(rest).isEmpty);
        for (const path of common.paths()) assert.ok(one.has(path) && other.has(path));
        for (const path of rest.paths()) assert.ok(!other.has(path));
      }),
    );
  });

  it('is empty without itself', () => {
    fc.assert(fc.property(sets, (set) => assert.ok(set.difference(set).isEmpty && set.without(set).isEmpty)));
  });

  it('writes a field that also has parts with a dot', () => {
    const set = FieldSet.of([fieldStep('a')], [fieldStep('a'), fieldStep('b')]);
    assert.deepEqual(set.toFieldsV1(), { 'f:a': { '.': {}, 'f:b': {} } });
  });

  it('drops with a field all that is below it, where that is asked for', () => {
    const status = FieldSet.of([fieldStep('status')]);
    const set = FieldSet.of([fieldStep('status'), fieldStep('a')], [fieldStep('spec')]);
    assert.deepEqual(written(set.without(status)), ['.spec']);
    assert.deepEqual(written(set.difference(status)), ['.spec', '.status.a']);
  });

  it('takes the keys of an element in any order for the same', () => {
    const set = FieldSet.fromFieldsV1({ 'k:{"protocol":"TCP","port":80}': {} });
    assert.ok(set?.has([keyStep({ port: 80, protocol: 'TCP' })]));
  });

  const order: readonly Path[] = [
    [fieldStep('b')],
    [fieldStep('c')],
    [keyStep({ port: 80 })],
    [keyStep({ port: 443 })],
    [valueStep('x')],
    [fieldStep('a'), fieldStep('z')],
  ];
  it('lists what ends here first, fields before keys, numbers by size', () => {
    assert.deepEqual(FieldSet.of(...order.toReversed()).paths(), order);
  });

  for (const malformed of [null, 5, [], { 'f:a': 5 }, { 'x:a': {} }, { 'k:{': {} }, { a: {} }])
    it(`is not made of ${JSON.stringify(malformed)}`, () => assert.equal(FieldSet.fromFieldsV1(malformed), undefined));
});

describe('printPath', () => {
  const cases: [path: Path, want: string][] = [
    [
      [fieldStep('spec'), fieldStep('ports'), keyStep({ protocol: 'TCP', port: 80 }), fieldStep('name')],
      '.spec.ports[port=80,protocol="TCP"].name',
    ],
    [
      [fieldStep('metadata'), fieldStep('finalizers'), valueStep('example.com/a')],
      '.metadata.finalizers[="example.com/a"]',
    ],
    [[fieldStep('metadata'), fieldStep('annotations'), fieldStep('a.b/c')], '.metadata.annotations.a.b/c'],
  ];
  for (const [path, want] of cases) it(want, () => assert.equal(printPath(path), want));
});
