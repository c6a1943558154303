/**
 * Patches against what kube-apiserver 1.36 made of the same patch of the same object, and the laws they obey.
 * @module
 */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { describe, it } from 'mocha';
import { applyPatch as applyOperations, createPatch, type Operation } from 'rfc6902';
import type { ApiObject, JsonObject } from '../../../../src/playground/api/object.js';
import {
  applyPatch,
  JSON_PATCH,
  MERGE_PATCH,
  type Patch,
  readPatched,
  STRATEGIC_MERGE_PATCH,
} from '../../../../src/playground/api/patch/patch.js';
import type { Status } from '../../../../src/playground/api/status.js';
import { err } from '../../../../src/values/result.js';
import { vectors } from '../../../support/vectors.js';

interface Subject {
  readonly object: string;
  readonly is: ApiObject;
}
interface Case {
  readonly object: string;
  readonly contentType: string;
  readonly patch: unknown;
  readonly result?: Operation[];
  readonly refused?: Pick<Status, 'code' | 'reason' | 'message'>;
}

const all = vectors<Subject | Case>('patches');
const subjects = new Map(all.flatMap((one) => ('is' in one ? [[one.object, one.is] as const] : [])));
const cases = all.filter((one): one is Case => 'patch' in one);
const subject = (kind: string): ApiObject => subjects.get(kind) ?? assert.fail(`no ${kind}`);

/** As a write goes: patched, then held against the types. */
function patched(current: ApiObject, patch: Patch) {
  const applied = applyPatch(current, patch);
  if (!applied.ok) return applied;
  const read = readPatched(current, applied.value, patch, true);
  return read.ok ? { ok: true as const, value: read.value.object } : read;
}

/** Upstream quotes the whole object, its members in an order of its own. */
const withoutQuote = (message: string) =>
  message.replace(/Invalid value: .*(?=: (json: cannot|strict dec))/, 'Invalid value: …');

describe('a patch does what it does on a real API server', () => {
  for (const { object, contentType, patch, result, refused } of cases) {
    it(`${contentType.split('/')[1]} of a ${object}: ${JSON.stringify(patch).slice(0, 150)}`, () => {
      const current = subject(object);
      const before = structuredClone(current);
      const sent = structuredClone(patch);
      const got = patched(current, { contentType, body: patch });
      if (refused !== undefined) {
        assert.ok(!got.ok, 'it is refused');
        const { code, reason, message = '' } = got.error;
        assert.deepEqual(
          { code, message: withoutQuote(message), ...(reason === undefined ? {} : { reason }) },
          refused,
        );
      } else {
        assert.ok(got.ok, got.ok ? '' : got.error.message);
        const want = { whole: structuredClone(current) };
        applyOperations(want.whole, result ?? []);
        assert.deepEqual(got.value, want.whole);
      }
      assert.deepEqual([current, patch], [before, sent], 'it must not change what it was given');
    });
  }
});

describe('applyPatch', () => {
  it('refuses another type with 415', () => {
    const refused = applyPatch(subject('Service'), { contentType: 'text/plain', body: {} });
    assert.equal(refused.ok ? 0 : refused.error.code, 415);
  });

  it('refuses more than 10000 operations with 413', () => {
    const body = Array(10_001).fill({ op: 'test', path: '/kind', value: 'Service' });
    const refused = applyPatch(subject('Service'), { contentType: JSON_PATCH, body });
    assert.equal(refused.ok ? 0 : refused.error.code, 413);
  });

  it('applies all operations of a JSON patch or none', () => {
    const body = [
      { op: 'add', path: '/metadata/labels/x', value: '1' },
      { op: 'test', path: '/kind', value: 'Pod' },
    ];
    const current = subject('Service');
    assert.ok(!applyPatch(current, { contentType: JSON_PATCH, body }).ok);
    assert.equal(current.metadata.labels?.['x'], undefined);
  });

  it('lets unknown fields pass for those who did not ask for strictness', () => {
    const patch = { contentType: MERGE_PATCH, body: { spec: { foo: 1 } } };
    const current = subject('Service');
    const applied = applyPatch(current, patch);
    assert.ok(applied.ok);
    const read = readPatched(current, applied.value, patch, false);
    assert.ok(read.ok);
    assert.deepEqual(read.value.unknown, ['unknown field "spec.foo"']);
    assert.deepEqual(read.value.object, current);
  });

  it('answers a strategic merge patch of a wrong shape in the words of one', () => {
    assert.deepEqual(
      applyPatch(subject('Service'), { contentType: STRATEGIC_MERGE_PATCH, body: { spec: { $retainKeys: 5 } } }),
      err({
        kind: 'Status',
        apiVersion: 'v1',
        metadata: {},
        status: 'Failure',
        message: 'invalid patch format of retainKeys',
        reason: 'BadRequest',
        code: 400,
      }),
    );
  });
});

/** Any JSON, with few names so that two of them have some in common. */
const { json } = fc.letrec<{ json: unknown }>((tie) => ({
  json: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc.constantFrom(1, 'x', true),
    fc.dictionary(fc.constantFrom('a', 'b', 'c', '~/'), tie('json'), { maxKeys: 3, noNullPrototype: true }),
    fc.array(tie('json'), { maxLength: 3 }),
  ),
}));
const document = fc.dictionary(fc.constantFrom('a', 'b', 'c'), json, {
  noNullPrototype: true,
}) as fc.Arbitrary<JsonObject>;
const asObject = (data: JsonObject) =>
  ({ apiVersion: 'example.com/v1', kind: 'Widget', metadata: {}, data }) as unknown as ApiObject;

/** RFC 7386's own law: what merges `one` into `other`. */
function mergeDiff(one: unknown, other: unknown): unknown {
  const isMap = (value: unknown): value is JsonObject =>
    typeof value === 'object' && value !== null && !Array.isArray(value);
  if (!isMap(one) || !isMap(other)) return other;
  const gone = Object.keys(one).filter((name) => !(name in other));
  return {
    ...Object.fromEntries(Object.entries(other).map(([name, value]) => [name, mergeDiff(one[name], value)])),
    ...Object.fromEntries(gone.map((name) => [name, null])),
  };
}

describe('the difference of two objects, applied to the first, gives the second', () => {
  it('as a JSON patch', () => {
    fc.assert(
      fc.property(document, document, (one, other) => {
        const body = createPatch(asObject(one), asObject(other));
        const got = applyPatch(asObject(one), { contentType: JSON_PATCH, body });
        assert.deepEqual(got.ok && got.value, asObject(other));
      }),
    );
  });

  it('as a merge patch', () => {
    fc.assert(
      fc.property(document, document, (one, other) => {
        const body = mergeDiff(asObject(one), asObject(other));
        const got = applyPatch(asObject(one), { contentType: MERGE_PATCH, body });
        assert.deepEqual(got.ok && got.value, asObject(other));
      }),
    );
  });
});

/** Containers with environments: a merging list inside a merging list, scalars, and an atomic list. */
const named = <T extends object>(rest: fc.Arbitrary<T>) =>
  fc.uniqueArray(
    fc.tuple(fc.constantFrom('a', 'b', 'c', 'd'), rest).map(([name, more]) => ({ name, ...more })),
    { selector: ({ name }) => name, maxLength: 4 },
  );
const containers = named(
  fc.record(
    {
      image: fc.constantFrom('i:1', 'i:2'),
      command: fc.array(fc.constantFrom('x', 'y'), { minLength: 1, maxLength: 2 }),
      env: named(fc.record({ value: fc.constantFrom('1', '2') })),
    },
    { requiredKeys: ['env'] },
  ),
);
const podOf = (list: readonly object[]): ApiObject =>
  ({ apiVersion: 'v1', kind: 'Pod', metadata: { name: 'p' }, spec: { containers: list } }) as unknown as ApiObject;

type Named = { readonly name: string } & JsonObject;

/** As kubectl writes it for lists that merge by name: changed elements, deletions, and the order. */
function listDiff(field: string, one: readonly Named[], other: readonly Named[]): JsonObject {
  const changed = other.flatMap((item): Named[] => {
    const was = one.find(({ name }) => name === item.name);
    return [was === undefined ? item : elementDiff(was, item)];
  });
  const gone = one.filter(({ name }) => !other.some((item) => item.name === name));
  return {
    [`$setElementOrder/${field}`]: other.map(({ name }) => ({ name })),
    [field]: [...changed, ...gone.map(({ name }) => ({ name, $patch: 'delete' }))],
  };
}

function elementDiff(was: Named, item: Named): Named {
  const { env = [], ...rest } = item;
  const gone = Object.keys(was).filter((name) => !(name in item));
  const lists = 'env' in item ? listDiff('env', was['env'], env) : {};
  return { ...rest, ...Object.fromEntries(gone.map((name) => [name, null])), ...lists } as Named;
}

describe('a strategic merge patch as kubectl computes it', () => {
  it('turns any containers into any others, in their order', () => {
    fc.assert(
      fc.property(containers, containers, (one, other) => {
        const body = { spec: listDiff('containers', one as Named[], other as Named[]) };
        const got = applyPatch(podOf(one), { contentType: STRATEGIC_MERGE_PATCH, body });
        assert.deepEqual(got.ok && got.value, podOf(other));
      }),
    );
  });

  it('changes nothing the second time', () => {
    fc.assert(
      fc.property(containers, containers, (one, other) => {
        const body = { spec: { containers: other } };
        const once = applyPatch(podOf(one), { contentType: STRATEGIC_MERGE_PATCH, body });
        assert.ok(once.ok);
        const twice = applyPatch(once.value as ApiObject, { contentType: STRATEGIC_MERGE_PATCH, body });
        assert.deepEqual(twice, once);
      }),
    );
  });
});
