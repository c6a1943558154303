import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it } from 'mocha';
import { parse } from 'yaml';
import { z } from 'zod';
import { JSON_SCHEMA_FILE, renderJsonSchema } from '../../scripts/json-schema.js';
import { findConfigs } from '../../src/config/manifest.js';
import { configSchema } from '../../src/config/schema.js';
import { bare } from '../../src/config/tree.js';
import { config, problemsOf } from '../support/config.js';
import { pool, range } from '../support/values.js';

const ROOT = new URL('../../', import.meta.url);
const read = (file: string) => readFileSync(new URL(file, ROOT), 'utf8');
const REFERENCE = read('config/reference.yaml');

/** Every mapping of the schema with the values that the reference has in its places, in the order written. */
function mappings(root: z.ZodType, value: unknown): readonly Mapping[] {
  const found = new Map<z.ZodType, Mapping>();
  const walk = (schema: z.ZodType, values: readonly unknown[], path: string): void => {
    const type = bare(schema);
    if (type instanceof z.ZodArray) walk(type.element as z.ZodType, values.flat(), `${path}[]`);
    if (!(type instanceof z.ZodObject)) return;
    const objects = values as readonly Record<string, unknown>[];
    const before = found.get(type);
    const shape = type.shape as Readonly<Record<string, z.ZodType>>;
    found.set(type, { path: before?.path ?? path, shape, objects: [...(before?.objects ?? []), ...objects] });
    for (const [key, part] of Object.entries(shape)) {
      const there = objects.flatMap((object) => (Object.hasOwn(object, key) ? [object[key]] : []));
      walk(part, there, `${path}.${key}`);
    }
  };
  walk(root, [value], '');
  return [...found.values()];
}

interface Mapping {
  readonly path: string;
  readonly shape: Readonly<Record<string, z.ZodType>>;
  readonly objects: readonly Readonly<Record<string, unknown>>[];
}

describe('config/reference.yaml', () => {
  const all = mappings(configSchema, parse(REFERENCE));

  it('is accepted', () => assert.deepEqual(problemsOf(REFERENCE), []));

  it('has the mappings of the schema', () => {
    const paths = all.map(({ path }) => path);
    assert.ok(paths.includes('.address-pools[].namespace-selectors[].match-expressions[]'));
    assert.ok(paths.includes('.bfd-profiles[]'));
  });

  for (const { path, shape, objects } of all) {
    for (const [key, part] of Object.entries(shape)) {
      // The lists of the whole are empty by default, and the reference is there to show what is in them.
      const byDefault = part instanceof z.ZodDefault ? part.def.defaultValue : part.meta()?.['default'];
      const hasDefault = byDefault !== undefined && path !== '';
      it(`writes ${path}.${key}${hasDefault ? ', first with its default' : ''}`, () => {
        const [first, ...others] = objects.flatMap((object) => (Object.hasOwn(object, key) ? [object[key]] : []));
        assert.notEqual(first, undefined);
        if (hasDefault) assert.deepEqual(first, byDefault, `${others}`);
      });
    }
  }
});

describe('config/minimal.yaml', () => {
  it('is one open pool', () => {
    const [only, ...others] = config(read('config/minimal.yaml')).pools;
    assert.deepEqual([only?.name, only?.ranges, others], [pool('default'), [range('192.168.1.240-192.168.1.250')], []]);
  });
});

describe('config/examples/minikube-metallb-config.yaml', () => {
  it('is read as minikube’s addon writes it', () => {
    const sources = findConfigs(read('config/examples/minikube-metallb-config.yaml'));
    assert.ok(sources.ok);
    const pools = sources.value.flatMap(({ text }) => config(text).pools);
    assert.deepEqual(
      pools.map(({ ranges }) => ranges),
      [[range('192.168.64.4')]],
    );
  });
});

describe(JSON_SCHEMA_FILE, () => {
  it('is what npm run generate makes', () => assert.equal(read(JSON_SCHEMA_FILE), renderJsonSchema()));
});
