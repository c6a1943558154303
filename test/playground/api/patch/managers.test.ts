/**
 * Who owns what after each write of a story, as a real API server wrote it down, and the laws of server-side apply.
 * @module
 */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { describe, it } from 'mocha';
import { applyPatch as applyOperations, type Operation } from 'rfc6902';
import type { ApiObject, JsonObject } from '../../../../src/playground/api/object.js';
import { applyServerSide } from '../../../../src/playground/api/patch/apply.js';
import { withManagedFields } from '../../../../src/playground/api/patch/managed-fields.js';
import { readFields } from '../../../../src/playground/api/schema/fields.js';
import { kindOf } from '../../../../src/playground/api/schema/kind.js';
import { vectors } from '../../../support/vectors.js';

/** One write of a story. `then` and `meanwhile` (what controllers did before it) are JSON patches of the object. */
interface Write {
  readonly story: string;
  readonly write: 'create' | 'apply' | 'merge' | 'strategic';
  readonly subresource?: string;
  readonly manager: string;
  readonly time: string;
  readonly force?: boolean;
  readonly body: JsonObject;
  readonly meanwhile?: Operation[];
  readonly then?: Operation[];
  readonly refused?: { readonly code: number; readonly reason?: string; readonly message: string };
}

const TIME = '2026-01-01T00:00:00Z';
/** What the API server itself adds to a Service, for which nobody is written down. */
const ALLOCATED = ['clusterIP', 'clusterIPs', 'ipFamilies', 'ipFamilyPolicy'];

const stories = grouped(vectors<Write>('managers'));

function grouped(writes: readonly Write[]): ReadonlyMap<string, readonly Write[]> {
  const byStory = new Map<string, Write[]>();
  for (const write of writes) byStory.set(write.story, [...(byStory.get(write.story) ?? []), write]);
  return byStory;
}

const changed = (object: JsonObject, operations: Operation[] = []): JsonObject => {
  const copy = structuredClone(object);
  assert.ok(applyOperations(copy, operations).every((problem) => problem === null));
  return copy;
};

function applied(live: ApiObject | undefined, { body, manager, time, force = false, subresource }: Write) {
  const options = { manager, force, time, ...(subresource === undefined ? {} : { subresource }) };
  return applyServerSide(live, body, options);
}

/** The managers after a write that is no apply, when `result` is the object that came of it. */
function updated(
  live: ApiObject | undefined,
  result: JsonObject,
  { body, manager, time, subresource }: Write,
): JsonObject[] {
  const { managedFields: _, ...metadata } = result['metadata'];
  const sent = body['metadata']?.managedFields ?? live?.metadata.managedFields;
  const spec = { ...result['spec'] };
  if (live === undefined) for (const name of ALLOCATED) delete spec[name];
  const object = {
    ...result,
    ...('spec' in result ? { spec } : {}),
    metadata: { ...metadata, ...(sent === undefined ? {} : { managedFields: sent }) },
  };
  const options = { manager, time, ...(subresource === undefined ? {} : { subresource }) };
  return withManagedFields(live, object as unknown as ApiObject, options).metadata.managedFields ?? [];
}

describe('managedFields are those of a real API server', () => {
  for (const [story, writes] of stories) {
    describe(`in the story of a ${story}`, () => {
      let object: JsonObject = {};
      for (const [at, write] of writes.entries()) {
        const before = changed(object, write.meanwhile);
        const result = changed(before, write.then);
        object = result;
        const live = 'kind' in before ? (before as ApiObject) : undefined;
        const force = write.force === true ? ' by force' : '';
        it(`${at + 1}: ${write.manager} ${write.write}${force} ${JSON.stringify(write.body).slice(0, 120)}`, () => {
          if (write.write !== 'apply') {
            assert.deepEqual(updated(live, result, write), result['metadata'].managedFields ?? []);
            return;
          }
          const given = structuredClone([live, write.body]);
          const got = applied(live, write);
          assert.deepEqual([live, write.body], given, 'it must not change what it was given');
          if (write.refused !== undefined) {
            assert.ok(!got.ok, 'it is refused');
            const { code, reason, message } = got.error;
            assert.deepEqual({ code, message, ...(reason === undefined ? {} : { reason }) }, write.refused);
            return;
          }
          assert.ok(got.ok, got.ok ? '' : got.error.message);
          assert.deepEqual(got.value['metadata'].managedFields, result['metadata'].managedFields);
          const ours = parts(got.value);
          const want = overlaid(ours, parts(result), live === undefined ? undefined : parts(live));
          assert.deepEqual(ours, want, 'what is not defaulted is as there');
        });
      }
    });
  }
});

describe('managedFields of a new object are those of a real API server', () => {
  interface Creation {
    readonly object: ApiObject;
    readonly managedFields: readonly JsonObject[];
  }
  for (const { object, managedFields } of vectors<Creation>('creations')) {
    it(`${object.apiVersion} ${object.kind}`, () => {
      const [{ manager, time }] = managedFields as [JsonObject];
      const read = readFields(object, kindOf(object));
      assert.ok(read.ok);
      const options = { manager, time };
      assert.deepEqual(
        withManagedFields(undefined, read.value.object as ApiObject, options).metadata.managedFields,
        managedFields,
      );
    });
  }
});

const parts = (object: JsonObject): JsonObject => {
  const read = readFields(object, kindOf(object));
  assert.ok(read.ok);
  const { data, spec } = read.value.object;
  return {
    data,
    spec,
    labels: read.value.object['metadata'].labels,
    annotations: read.value.object['metadata'].annotations,
  };
};

/** `real` without what neither `ours` nor the object before has: the defaults, which somebody else fills in. */
function overlaid(ours: unknown, real: unknown, before: unknown): unknown {
  if (typeof ours !== 'object' || typeof real !== 'object' || ours === null || real === null) return real;
  const at = (value: unknown, name: string) => (value as JsonObject | undefined)?.[name];
  if (Array.isArray(ours) && Array.isArray(real))
    return real.map((item, index) => overlaid(ours[index], item, undefined));
  const names = Object.keys(real).filter((name) => name in ours || at(before, name) !== undefined);
  return Object.fromEntries(names.map((name) => [name, overlaid(at(ours, name), at(real, name), at(before, name))]));
}

describe('a conflict', () => {
  const configMap = (data: JsonObject): JsonObject => ({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'x' },
    data,
  });
  const apply = (live: JsonObject | undefined, data: JsonObject, manager: string) =>
    applyServerSide(live as ApiObject | undefined, configMap(data), { manager, force: false, time: TIME });

  it('names every field and its owner, as causes and in the message', () => {
    const first = apply(undefined, { a: '1', b: '1' }, 'one');
    assert.ok(first.ok);
    const refused = apply(first.value, { a: '2', b: '2' }, 'two');
    assert.ok(!refused.ok);
    assert.equal(refused.error.message, 'Apply failed with 2 conflicts: conflicts with "one":\n- .data.a\n- .data.b');
    assert.deepEqual(refused.error.details?.causes, [
      { reason: 'FieldManagerConflict', message: 'conflict with "one"', field: '.data.a' },
      { reason: 'FieldManagerConflict', message: 'conflict with "one"', field: '.data.b' },
    ]);
  });

  it('is none for kubectl where the object still is as it applied it from the client', () => {
    const annotation = JSON.stringify(configMap({ a: '1' }));
    const live = withManagedFields(
      undefined,
      {
        ...configMap({ a: '1' }),
        metadata: { name: 'x', annotations: { 'kubectl.kubernetes.io/last-applied-configuration': annotation } },
      } as unknown as ApiObject,
      { manager: 'kubectl-client-side-apply', time: TIME },
    );
    assert.ok(!apply(live, { a: '2' }, 'somebody').ok);
    const got = apply(live, { a: '2' }, 'kubectl');
    assert.ok(got.ok, got.ok ? '' : got.error.message);
    assert.deepEqual(
      JSON.parse(got.value['metadata'].annotations['kubectl.kubernetes.io/last-applied-configuration']),
      configMap({ a: '2' }),
    );
  });
});

describe('withManagedFields', () => {
  const configMap = (data: JsonObject, managedFields?: JsonObject[]): ApiObject =>
    ({
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'x', ...(managedFields ? { managedFields } : {}) },
      data,
    }) as unknown as ApiObject;
  const write = (before: ApiObject | undefined, data: JsonObject, manager: string, seconds: number) =>
    withManagedFields(before, configMap(data), {
      manager,
      time: new Date(seconds * 1000).toISOString().replace('.000', ''),
    });

  it('joins the oldest updaters when there are more than ten', () => {
    let object: ApiObject | undefined;
    for (let n = 0; n < 12; n++) {
      const data = Object.fromEntries(Array.from({ length: n + 1 }, (_, at) => [`key-${at}`, '']));
      object = write(object, data, `manager-${n}`, n);
    }
    const managers = object?.metadata.managedFields?.map(({ manager }) => manager);
    assert.deepEqual(managers, ['ancient-changes', ...Array.from({ length: 9 }, (_, at) => `manager-${at + 3}`)]);
    assert.deepEqual(object?.metadata.managedFields?.[0]?.['fieldsV1'], {
      'f:data': { '.': {}, 'f:key-0': {}, 'f:key-1': {}, 'f:key-2': {} },
    });
  });

  it('joins as many as it must at once', () => {
    const sent = Array.from({ length: 14 }, (_, at) => ({
      manager: `manager-${at}`,
      operation: 'Update',
      apiVersion: 'v1',
      time: `2026-01-01T00:00:${10 + at}Z`,
      fieldsType: 'FieldsV1',
      fieldsV1: { 'f:data': { [`f:key-${at}`]: {} } },
    }));
    const before = configMap({ a: '1' }, sent);
    const capped = withManagedFields(before, before, { manager: 'one', time: TIME }).metadata.managedFields;
    assert.equal(capped?.length, 10);
    assert.equal(capped?.[0]?.['time'], '2026-01-01T00:00:14Z');
    const joined = ['f:key-0', 'f:key-1', 'f:key-2', 'f:key-3', 'f:key-4'];
    assert.deepEqual(Object.keys(capped?.[0]?.['fieldsV1']['f:data']), joined);
  });

  it('leaves the time of a manager who changed nothing', () => {
    const first = write(undefined, { a: '1' }, 'one', 0);
    assert.deepEqual(write(first, { a: '1' }, 'one', 9), first);
  });

  it('does not begin to track what is not tracked', () => {
    assert.equal(write(configMap({ a: '1' }), { a: '2' }, 'one', 0).metadata.managedFields, undefined);
  });

  it('begins anew when the client sends none on purpose', () => {
    const first = write(undefined, { a: '1' }, 'one', 0);
    const reset = withManagedFields(first, configMap({ a: '1' }, []), { manager: 'two', time: TIME });
    assert.equal(reset.metadata.managedFields, undefined);
  });

  it('calls a client without a name unknown', () => {
    assert.equal(write(undefined, { a: '1' }, '', 0).metadata.managedFields?.[0]?.['manager'], 'unknown');
  });
});

describe('applyServerSide', () => {
  const item = fc.record(
    { port: fc.constantFrom(80, 81, 82), targetPort: fc.constantFrom(1, 2) },
    { requiredKeys: ['port'], noNullPrototype: true },
  );
  const specs = fc.record(
    {
      ports: fc.uniqueArray(item, { selector: ({ port }) => port, minLength: 1, maxLength: 3 }),
      externalIPs: fc.constantFrom(['192.0.2.1'], ['192.0.2.2', '192.0.2.3']),
      type: fc.constantFrom('ClusterIP', 'LoadBalancer'),
    },
    { requiredKeys: [], noNullPrototype: true },
  );
  const service = (spec?: object): JsonObject => ({
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: 'x' },
    ...(spec === undefined ? {} : { spec }),
  });
  const apply = (live: JsonObject | undefined, spec: object | undefined, manager: string) => {
    const options = { manager, force: true, time: TIME };
    const got = applyServerSide(live as ApiObject | undefined, service(spec), options);
    assert.ok(got.ok);
    return got.value;
  };
  const bare = ({ spec = {} }: JsonObject) => spec;

  it('gives a new object what was applied', () => {
    fc.assert(fc.property(specs, (spec) => assert.deepEqual(bare(apply(undefined, spec, 'one')), spec)));
  });

  it('changes nothing the second time', () => {
    fc.assert(
      fc.property(specs, specs, (one, other) => {
        const first = apply(apply(undefined, one, 'one'), other, 'two');
        assert.deepEqual(apply(first, other, 'two'), first);
      }),
    );
  });

  it('turns what one manager applied into what it applies next', () => {
    fc.assert(
      fc.property(specs, specs, (one, other) => {
        const second = apply(apply(undefined, one, 'one'), other, 'one');
        const byPort = ({ ports, ...rest }: JsonObject) => ({
          ...rest,
          ...(ports === undefined ? {} : { ports: [...ports].sort((a, b) => a.port - b.port) }),
        });
        assert.deepEqual(byPort(bare(second)), byPort(other));
      }),
    );
  });

  it('leaves to another manager what both applied', () => {
    fc.assert(
      fc.property(specs, (spec) => {
        const both = apply(apply(undefined, spec, 'one'), spec, 'two');
        const left = apply(both, undefined, 'two');
        assert.deepEqual(bare(left), spec);
        assert.deepEqual(
          left['metadata'].managedFields.map(({ manager }: JsonObject) => manager),
          ['one'],
        );
      }),
    );
  });
});
