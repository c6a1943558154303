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
  /** A part of the metadata that counts too. */
  readonly countedMetadata?: 'labels' | 'annotations';
  readonly strategy: Strategy;
  /** What `metadata.name` may look like. */
  readonly names: NameRule;
  /** Upstream's AllowCreateOnUpdate: a PUT to a name that does not exist creates it. */
  readonly createOnUpdate?: boolean;
  /** Upstream's AllowUnconditionalUpdate is false: an update that names no resourceVersion is refused. */
  readonly versionRequired?: boolean;
  /** Said in a `Warning:` header of every answer, such as that the resource is deprecated. */
  readonly deprecated?: string;
  /**
   * These are the objects of another resource in other words: stored once, as that one's, under the same name and uid.
   *
   * The rules and columns are this resource's own and see its own form; `allocate` and `release` are the other's.
   */
  readonly viewOf?: View;
  /** Of the Table that kubectl prints; the first is the name. */
  readonly columns: readonly Column[];
}

export interface View {
  readonly group: string;
  readonly version: string;
  readonly plural: string;
  /** A stored object in this resource's form. Makes a new object. */
  read(stored: ApiObject): ApiObject;
  /** Inverse of `read`: what is to be stored. Makes a new object. */
  write(object: ApiObject): ApiObject;
}

/** `dns-1035-label` begins with a letter; `path-segment` is anything that stands for itself in a URL. */
export type NameRule = 'dns-subdomain' | 'dns-label' | 'dns-1035-label' | 'path-segment' | 'ip-address';

export type Subresource = 'status' | 'scale' | 'binding' | 'finalize';

/**
 * The rules of one kind. Called in this order: `setDefaults`, `plan`, `prepare`, `validate`, then `allocate`; for a write to the
 * status subresource `setDefaults`, `prepareStatus`, `validateStatus`. A dry run calls all but `allocate`.
 *
 * `object` is a fresh copy and may be changed by all but the two that validate; `old` never. What none of these functions
 * does is the server's: names, versions, uid, deletion, generation.
 */
export interface Strategy {
  /** Fills in what upstream fills in. Also before a write that leaves the field out again. */
  setDefaults?(object: ApiObject): void;
  /**
   * Fills in what `allocate` will take, without taking it. After the check of resourceVersion and before everything else is
   * checked; a refusal is answered alone. Nothing may be written between it and `allocate`.
   */
  plan?(object: ApiObject, old: ApiObject | undefined): Status | undefined;
  /** What a client cannot set is put back: status, immutable fields that the new object omits, and so on. */
  prepare?(object: ApiObject, old: ApiObject | undefined): void;
  /** As `prepare`, for a write to the status subresource: everything but the status is put back. */
  prepareStatus?(object: ApiObject, old: ApiObject): void;
  /** Everything that is wrong, with `old` for an update. The metadata that all kinds share is checked elsewhere. */
  validate?(object: ApiObject, old: ApiObject | undefined): readonly Cause[];
  /** As `validate`, for a write to the status subresource. */
  validateStatus?(object: ApiObject, old: ApiObject): readonly Cause[];
  /** Takes what must be unique on the server (addresses, ports) and gives back what `old` no longer needs. Cannot fail. */
  allocate?(object: ApiObject, old: ApiObject | undefined): void;
  /** Said in `Warning:` headers of the answer to this write. */
  warnings?(object: ApiObject, old: ApiObject | undefined): readonly string[];
  /** As `warnings`, for a write to the status subresource. */
  statusWarnings?(object: ApiObject): readonly string[];
  /** The object is gone: gives back what `allocate` took. */
  release?(object: ApiObject): void;
  /** Refuses a deletion. */
  mayDelete?(object: ApiObject): Status | undefined;
  /** What field selectors may name besides metadata.name and metadata.namespace. */
  fields?(object: ApiObject): Readonly<Record<string, string>>;
  /**
   * Seconds between a delete and the object's end, where the client asks for `asked` seconds. A second delete may shorten it. Kinds
   * without this function end at once, whatever is asked.
   */
  graceSeconds?(object: ApiObject, asked: number | undefined): number;
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
