/**
 * A set of fields of an object, as `managedFields` writes it: who owns what.
 *
 * A step of a path is written as in `fieldsV1`: `f:spec` (a field, or the key of a map), `k:{"port":80,"protocol":"TCP"}` (the
 * element of a list that has these keys), `v:"example.com/a"` (this value in a set). Two steps are the same when their texts are.
 *
 * Source: https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/object-meta/ (FieldsV1).
 * @module
 */
import type { JsonObject } from '../object.js';

export type Step = string;
export type Path = readonly Step[];

export const fieldStep = (name: string): Step => `f:${name}`;
export const valueStep = (value: unknown): Step => `v:${JSON.stringify(value)}`;
/** The keys in the order of their names, whatever order the element has them in. */
export const keyStep = (keys: Readonly<Record<string, unknown>>): Step =>
  `k:${JSON.stringify(Object.fromEntries(Object.entries(keys).sort(([a], [b]) => (a < b ? -1 : 1))))}`;

/** Changed only by {@link insert}, while it is built. */
export class FieldSet {
  private readonly members = new Set<Step>();
  private readonly children = new Map<Step, FieldSet>();

  static of(...paths: readonly Path[]): FieldSet {
    const set = new FieldSet();
    for (const path of paths) set.insert(path);
    return set;
  }

  /** The whole object is no field: the empty path changes nothing. */
  insert([first, ...rest]: Path): void {
    if (first === undefined) return;
    if (rest.length === 0) {
      this.members.add(first);
      return;
    }
    const child = this.children.get(first) ?? new FieldSet();
    this.children.set(first, child);
    child.insert(rest);
  }

  get isEmpty(): boolean {
    return this.members.size === 0 && [...this.children.values()].every((child) => child.isEmpty);
  }

  has([first, ...rest]: Path): boolean {
    if (first === undefined) return false;
    return rest.length === 0 ? this.members.has(first) : (this.children.get(first)?.has(rest) ?? false);
  }

  /** What it holds below `step`. */
  below(step: Step): FieldSet {
    return this.children.get(step) ?? new FieldSet();
  }

  /** The steps that lead on from here. */
  branches(): readonly Step[] {
    return [...this.children.keys()];
  }

  union(other: FieldSet): FieldSet {
    return this.combine(other, new Set([...this.members, ...other.members]), (a, b) => a.union(b));
  }

  intersection(other: FieldSet): FieldSet {
    const members = [...this.members].filter((step) => other.members.has(step));
    return this.combine(other, members, (a, b) => a.intersection(b));
  }

  difference(other: FieldSet): FieldSet {
    const members = [...this.members].filter((step) => !other.members.has(step));
    return this.combine(other, members, (a, b) => a.difference(b));
  }

  /** Without what `other` names and all that is below it. */
  without(other: FieldSet): FieldSet {
    const members = [...this.members].filter((step) => !other.members.has(step));
    return this.combine(other, members, (a, b, step) => (other.members.has(step) ? new FieldSet() : a.without(b)));
  }

  private combine(
    other: FieldSet,
    members: Iterable<Step>,
    combineChildren: (one: FieldSet, other: FieldSet, step: Step) => FieldSet,
  ): FieldSet {
    const combined = new FieldSet();
    for (const step of members) combined.members.add(step);
    for (const step of new Set([...this.children.keys(), ...other.children.keys()])) {
      const child = combineChildren(this.below(step), other.below(step), step);
      if (!child.isEmpty) combined.children.set(step, child);
    }
    return combined;
  }

  /** Every path in it, in upstream's order: those that end here first. */
  paths(): Path[] {
    const ending = [...this.members].sort(compareSteps).map((step) => [step]);
    const leadingOn = [...this.children].sort(([a], [b]) => compareSteps(a, b));
    return [...ending, ...leadingOn.flatMap(([step, child]) => child.paths().map((path) => [step, ...path]))];
  }

  toFieldsV1(): JsonObject {
    const steps = [...new Set([...this.members, ...this.children.keys()])].sort(compareSteps);
    return Object.fromEntries(
      steps.map((step) => {
        const below = this.below(step).toFieldsV1();
        const isBoth = this.members.has(step) && this.children.has(step);
        return [step, isBoth ? { '.': {}, ...below } : below];
      }),
    );
  }

  /** Undefined for what is no `fieldsV1`. */
  static fromFieldsV1(fields: unknown): FieldSet | undefined {
    if (typeof fields !== 'object' || fields === null || Array.isArray(fields)) return undefined;
    const set = new FieldSet();
    for (const [written, below] of Object.entries(fields)) {
      if (written === '.') continue;
      const step = canonicalStep(written);
      const child = FieldSet.fromFieldsV1(below);
      if (step === undefined || child === undefined) return undefined;
      if ('.' in below || child.isEmpty) set.members.add(step);
      if (!child.isEmpty) set.children.set(step, child);
    }
    return set;
  }
}

function canonicalStep(written: string): Step | undefined {
  const [kind, text] = [written.slice(0, 2), written.slice(2)];
  if (kind === 'f:' || (kind === 'i:' && /^\d+$/.test(text))) return written;
  if (kind !== 'k:' && kind !== 'v:') return undefined;
  try {
    const value: unknown = JSON.parse(text);
    return kind === 'k:' ? keyStep(value as JsonObject) : valueStep(value);
  } catch {
    return undefined;
  }
}

/** `.spec.ports[port=80,protocol="TCP"].targetPort`, as messages have it. */
export const printPath = (path: Path): string => path.map(printStep).join('');

function printStep(step: Step): string {
  const text = step.slice(2);
  if (step.startsWith('f:')) return `.${text}`;
  if (step.startsWith('v:')) return `[=${text}]`;
  if (!step.startsWith('k:')) return `[${text}]`;
  const keys = Object.entries(JSON.parse(text) as JsonObject);
  return `[${keys.map(([name, value]) => `${name}=${JSON.stringify(value)}`).join(',')}]`;
}

/** Fields before keys before values; numbers in keys and values by size. */
function compareSteps(one: Step, other: Step): number {
  if (one === other) return 0;
  if (one[0] !== other[0] || one.startsWith('f:')) return one < other ? -1 : 1;
  return compareValues(JSON.parse(one.slice(2)), JSON.parse(other.slice(2)));
}

function compareValues(one: unknown, other: unknown): number {
  if (typeof one === 'object' && typeof other === 'object' && one !== null && other !== null) {
    const [mine, theirs] = [Object.entries(one), Object.entries(other)];
    for (const [at, [name, value]] of mine.entries()) {
      const [otherName, otherValue] = theirs[at] ?? [];
      if (otherName === undefined) return 1;
      const order = name === otherName ? compareValues(value, otherValue) : name < otherName ? -1 : 1;
      if (order !== 0) return order;
    }
    return mine.length - theirs.length;
  }
  if (typeof one === 'number' && typeof other === 'number') return one - other;
  const [a, b] = [JSON.stringify(one), JSON.stringify(other)];
  return a === b ? 0 : a < b ? -1 : 1;
}
