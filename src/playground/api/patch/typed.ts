/**
 * Objects seen through their types: which parts have an owner of their own, which parts two objects do not share, and an object
 * without some of its parts.
 *
 * What an owner has is a leaf: a scalar, and a list or map that is atomic. In these functions undefined is a value that is not
 * there; null is there, and empty.
 *
 * Source: https://kubernetes.io/docs/reference/using-api/server-side-apply/#merge-strategy
 * @module
 */
import { isDeepStrictEqual } from 'node:util';
import type { JsonObject } from '../object.js';
import { type FieldType, fieldsOf, type ListElements } from '../schema/types.js';
import { FieldSet, fieldStep, keyStep, type Path, type Step, valueStep } from './field-set.js';

const ANY: FieldType = { is: 'any' };

/** A part of an object, with what it is. */
export interface Part {
  readonly value: unknown;
  readonly type: FieldType;
  /** A field of the kind, not the key of a map nor the element of a list. */
  readonly isField: boolean;
}

export function isLeafType(type: FieldType): boolean {
  if (type.is === 'object' || type.is === 'map') return type.atomic;
  return type.is !== 'list' || type.elements.are === 'atomic';
}

/** The parts of `value` that are told apart; none of what is absent or of another shape. A second part of the same step is left out. */
export function partsOf(value: unknown, type: FieldType): ReadonlyMap<Step, Part> {
  const parts = new Map<Step, Part>();
  const isList = Array.isArray(value);
  if (type.is === 'list' && isList) {
    for (const item of value) {
      const step = stepOf(item, type.elements);
      if (step !== undefined && !parts.has(step)) parts.set(step, { value: item, type: type.of, isField: false });
    }
  } else if ((type.is === 'object' || type.is === 'map') && !isList && typeof value === 'object' && value !== null) {
    for (const [name, item] of Object.entries(value)) parts.set(fieldStep(name), memberOf(type, name, item));
  }
  return parts;
}

function memberOf(type: FieldType, name: string, value: unknown): Part {
  if (type.is === 'map') return { value, type: type.of, isField: false };
  const field = type.is === 'object' ? fieldsOf(type.model).get(name) : undefined;
  return { value, type: field?.type ?? ANY, isField: field !== undefined };
}

/** Undefined for an element that has none of the keys. */
export function stepOf(item: unknown, elements: ListElements): Step | undefined {
  if (elements.are === 'set') return valueStep(item);
  if (elements.are !== 'keyed' || typeof item !== 'object' || item === null) return undefined;
  const given = elements.keys.flatMap((key) => {
    const value: unknown = (item as JsonObject)[key] ?? elements.defaults[key];
    return value === undefined ? [] : [[key, value] as const];
  });
  return given.length === 0 ? undefined : keyStep(Object.fromEntries(given));
}

/** Everything that an object sets, as its applier owns it. */
export function fieldSetOf(value: unknown, type: FieldType): FieldSet {
  const set = new FieldSet();
  const visit = (at: unknown, atType: FieldType, path: Path): void => {
    if (isLeafType(atType)) {
      set.insert(path);
      return;
    }
    for (const [step, part] of partsOf(at, atType)) {
      const partPath = [...path, step];
      visit(part.value, part.type, partPath);
      if (!part.isField || part.value === null || isEmptyMap(part.value)) set.insert(partPath);
    }
  };
  visit(value, type, []);
  return set;
}

export interface Comparison {
  readonly added: FieldSet;
  readonly modified: FieldSet;
  readonly removed: FieldSet;
}

/** No field is in more than one of the three sets. */
export function compare(before: unknown, after: unknown, type: FieldType): Comparison {
  const comparison = { added: new FieldSet(), modified: new FieldSet(), removed: new FieldSet() };
  const visit = (one: unknown, other: unknown, atType: FieldType, path: Path): void => {
    const isLeaf = isLeafType(atType) || (isEmpty(one) && isEmpty(other));
    if (!isLeaf) visitParts(one, other, atType, path);
    if (one === undefined) comparison.added.insert(path);
    else if (other === undefined) comparison.removed.insert(path);
    else if (isLeaf && !isDeepStrictEqual(one, other)) comparison.modified.insert(path);
  };
  const visitParts = (one: unknown, other: unknown, atType: FieldType, path: Path): void => {
    const [mine, theirs] = [partsOf(one, atType), partsOf(other, atType)];
    for (const step of new Set([...mine.keys(), ...theirs.keys()])) {
      const [was, is] = [mine.get(step), theirs.get(step)];
      visit(was?.value, is?.value, (was ?? is)?.type ?? ANY, [...path, step]);
    }
  };
  visit(before, after, type, []);
  return comparison;
}

/** `value` without the parts that `gone` names. A list or map that loses its last part is null. */
export function withoutParts(value: unknown, gone: FieldSet, type: FieldType): unknown {
  if (gone.isEmpty || isEmpty(value)) return value;
  if (isLeafType(type)) return typeof value === 'object' ? null : value;
  const kept = [...partsOf(value, type)].flatMap(([step, part]) => {
    if (gone.has([step])) return [];
    return [[step, withoutParts(part.value, gone.below(step), part.type)] as const];
  });
  if (kept.length === 0) return null;
  if (Array.isArray(value)) return kept.map(([, item]) => item);
  return Object.fromEntries(kept.map(([step, item]) => [step.slice(2), item]));
}

/** With every field of the kind on the way to a path as a path of its own. */
export function withFieldsOnTheWay(set: FieldSet, type: FieldType): FieldSet {
  const more = new FieldSet();
  const visit = (at: FieldSet, atType: FieldType | undefined, path: Path): void => {
    for (const step of at.branches()) {
      const partType = atType === undefined ? undefined : typeBelow(atType, step);
      if (atType?.is === 'object' && partType !== undefined) more.insert([...path, step]);
      visit(at.below(step), partType, [...path, step]);
    }
  };
  visit(set, type, []);
  return set.union(more);
}

function typeBelow(type: FieldType, step: Step): FieldType | undefined {
  if (type.is === 'map' || type.is === 'list') return type.of;
  return type.is === 'object' ? fieldsOf(type.model).get(step.slice(2))?.type : undefined;
}

const isEmptyMap = (value: unknown): boolean =>
  typeof value === 'object' && value !== null && !Array.isArray(value) && Object.keys(value).length === 0;

export const isEmpty = (value: unknown): boolean =>
  value === undefined || value === null || isEmptyMap(value) || (Array.isArray(value) && value.length === 0);
