/**
 * What a controller of the embedded API server is: which changes concern it, and a decision that reads and never writes.
 *
 * Pure. The one loop that runs them all is in loop.ts; apply.ts carries out what they decide.
 * @module
 */
import type { ApiObject, JsonObject } from '../object.js';
import type { Resource } from '../resource.js';
import type { DeleteOptions, ObjectName } from '../store.js';

/** A resource's full name: `pods`, `replicasets.apps`. */
export type ResourceName = string;

/** The objects as they are now. What it gives out is never changed. */
export interface View {
  get(resource: ResourceName, name: ObjectName): ApiObject | undefined;
  /** All namespaces where absent. */
  list(resource: ResourceName, namespace?: string): readonly ApiObject[];
  /** What has an ownerReference to that uid. */
  dependents(uid: string): readonly Located[];
  /** Those that are stored as themselves, and not as another one's view. */
  readonly resources: readonly Resource[];
}

export interface Located {
  readonly resource: ResourceName;
  readonly object: ApiObject;
}

export interface Change extends Located {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED';
  readonly previous: ApiObject | undefined;
}

/** Carried out in order. After one that is refused the rest is left, and the decision is taken anew later. */
export type Write =
  | {
      readonly do: 'create';
      readonly resource: ResourceName;
      readonly object: JsonObject;
      /** An Event about somebody, with the name that the new object got after `before`. */
      readonly announced?: { readonly about: ApiObject; readonly reason: string; readonly before: string };
    }
  | { readonly do: 'update'; readonly resource: ResourceName; readonly object: ApiObject }
  | { readonly do: 'update-status'; readonly resource: ResourceName; readonly object: ApiObject }
  /** A Pod with the `spec.nodeName` that it is to have. */
  | { readonly do: 'bind'; readonly object: ApiObject }
  /** A Namespace without the entries of `spec.finalizers` that it is to lose. */
  | { readonly do: 'finalize'; readonly object: ApiObject }
  | {
      readonly do: 'delete';
      readonly resource: ResourceName;
      readonly object: ApiObject;
      readonly options?: DeleteOptions;
    }
  /** Told as a `kubectl describe` shows it. */
  | {
      readonly do: 'event';
      readonly about: ApiObject;
      readonly type: 'Normal' | 'Warning';
      readonly reason: string;
      readonly message: string;
      /** Only Events of the newer kind name one; the scheduler's are such. */
      readonly action?: string;
    };

export interface Decision {
  readonly writes: readonly Write[];
  /** Look again after that time, even if nothing changes. */
  readonly againInMs?: number;
}

export const NOTHING: Decision = { writes: [] };

export interface Controller {
  /** As upstream's, in the source of its Events. */
  readonly name: string;
  /** Upstream's program, as in `metadata.managedFields`. */
  readonly manager: 'kube-controller-manager' | 'kube-scheduler';
  /** Which keys are to be looked at after a change of a resource; `*` is asked of every resource. Each object is told once at start. */
  readonly watches: Readonly<Record<ResourceName, (change: Change, view: View) => readonly string[]>>;
  /** Looked at every so often, besides. */
  readonly everyMs?: { readonly key: string; readonly periodMs: number };
  /** Run again on the outcome of its own writes it decides {@link NOTHING}. */
  decide(key: string, view: View, nowMs: number): Decision;
}

/** `namespace/name`: what most keys are. */
export const keyOf = ({ metadata }: ApiObject): string => `${metadata.namespace ?? ''}/${metadata.name}`;

export function nameOf(key: string): ObjectName & { readonly namespace: string } {
  const slash = key.indexOf('/');
  return { namespace: key.slice(0, slash), name: key.slice(slash + 1) };
}
