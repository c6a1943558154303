/**
 * What YAML becomes before it is values: plain data, with the defaults of the schema filled in.
 *
 * Pure.
 * @module
 */
import * as z from 'zod';

/** What a mapping becomes. Without a prototype, `__proto__` is a key like any other. */
export type Tree = { [key: string]: unknown };

export const emptyTree = (): Tree => Object.create(null);

export const isTree = (value: unknown): value is Tree =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Fills in what the schema has a default for. */
export function withDefaults(tree: Tree, schema: z.ZodObject): Tree {
  for (const [key, part] of Object.entries(schema.shape as Readonly<Record<string, z.ZodType>>)) {
    if (Object.hasOwn(tree, key)) continue;
    const type = bare(part);
    if (part instanceof z.ZodDefault) tree[key] = fresh(part.def.defaultValue);
    if (part instanceof z.ZodPrefault && type instanceof z.ZodObject) tree[key] = withDefaults(emptyTree(), type);
  }
  return tree;
}

/** Defaults that are collections are lists of text or empty tables. */
function fresh(value: unknown): unknown {
  if (Array.isArray(value)) return [...value];
  return typeof value === 'object' ? emptyTree() : value;
}

/** The type under what only says how it may be left out. */
export function bare(schema: z.ZodType): z.ZodType {
  let type = schema;
  while (type instanceof z.ZodDefault || type instanceof z.ZodPrefault || type instanceof z.ZodOptional) {
    type = type.unwrap() as z.ZodType;
  }
  return type;
}
