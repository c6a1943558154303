/**
 * What the embedded API server is told of each resource: its names, and the rules that are its own.
 *
 * Everything else (storage, watch, patches, selectors, deletion) is the same for all. `resources/` has one file for each kind.
 * @module
 */
import type { ApiObject } from './object.js';
import type { Cause, Status } from './status.js';

export interface Resource {
  /** Empty for the core group. */
  readonly group: string;
  readonly version: string;
  readonly kind: string;
  /** In URLs. */
  readonly plural: string;
  readonly singular: string;
  readonly shortNames: readonly string[];
  /** `all`: `kubectl get all` lists it. */
  readonly categories: readonly string[];
  readonly namespaced: boolean;
  readonly subresources: readonly Subresource[];
  /** Whether a change of anything but metadata and status counts as a new `metadata.generation`. */
  readonly counted: boolean;
  readonly strategy: Strategy;
  /** Of the Table that kubectl prints; the first is the name. */
  readonly columns: readonly Column[];
}

export type Subresource = 'status' | 'scale' | 'binding' | 'finalize';

/**
 * The rules of one kind. Called in this order: `setDefaults`, `prepare`, `validate`, then `allocate`.
 *
 * `object` is a fresh copy and may be changed by `setDefaults`, `prepare` and `allocate`; `old` never.
 */
export interface Strategy {
  /** Fills in what upstream fills in. Also before a write that leaves the field out again. */
  setDefaults?(object: ApiObject): void;
  /** What a client cannot set is put back: status on create, immutable allocations that the new object omits, and so on. */
  prepare?(object: ApiObject, old: ApiObject | undefined): void;
  /** Everything that is wrong, with `old` for an update. The metadata that all kinds share is checked elsewhere. */
  validate?(object: ApiObject, old: ApiObject | undefined): readonly Cause[];
  /** As `validate`, for a write to the status subresource. */
  validateStatus?(object: ApiObject, old: ApiObject): readonly Cause[];
  /** Takes what must be unique on the server (addresses, ports). After it nothing is refused any more. */
  allocate?(object: ApiObject, old: ApiObject | undefined): readonly Cause[];
  /** The object is gone: gives back what `allocate` took. */
  release?(object: ApiObject): void;
  /** Refuses a deletion. */
  mayDelete?(object: ApiObject): Status | undefined;
  /** What field selectors may name besides metadata.name and metadata.namespace. */
  fields?(object: ApiObject): Readonly<Record<string, string>>;
  /** Seconds between a delete and the object's end when the client names none; default 0. A second delete may shorten it. */
  graceSeconds?(object: ApiObject): number;
}

/** Source: https://kubernetes.io/docs/reference/using-api/api-concepts/#receiving-resources-as-tables */
export interface Column {
  readonly name: string;
  readonly type: 'string' | 'integer' | 'date' | 'boolean';
  readonly format?: 'name' | '';
  readonly description: string;
  /** Above 0: only with `-o wide`. */
  readonly priority: number;
  cell(object: ApiObject, nowMs: number): string | number | boolean;
}
