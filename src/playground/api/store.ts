/**
 * The objects of the embedded API server, with the rules of their kinds: what every write goes through, be it over HTTP or
 * from a controller in the same process.
 *
 * Promises: one resourceVersion for the whole server, greater for every write; what is stored is frozen and never changes;
 * a refusal is a `Status` as upstream words it. Everything is synchronous: a method returns when it took effect.
 * Never checks who asks.
 * @module
 */

import { err, type Result } from '../../values/result.js';
import type { ApiObject, JsonObject } from './object.js';
import type { Resource, Subresource } from './resource.js';
import type { Status } from './status.js';

export interface WriteOptions {
  /** Who wrote, in `metadata.managedFields`; nobody is recorded where absent. */
  readonly manager?: string;
  /** `?dryRun=All`: everything is checked, nothing happens. */
  readonly dryRun?: boolean;
  /** `status` changes the status alone, `finalize` a namespace's finalizers alone. */
  readonly subresource?: Subresource;
}

/** Source: https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/delete-options/ */
export interface DeleteOptions {
  readonly gracePeriodSeconds?: number;
  readonly propagationPolicy?: 'Orphan' | 'Background' | 'Foreground';
  readonly preconditions?: { readonly uid?: string; readonly resourceVersion?: string };
  readonly dryRun?: boolean;
}

export interface StoreEvent {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED';
  readonly resource: Resource;
  /** After the change. Of DELETED: as it was last, with the resourceVersion of its end. */
  readonly object: ApiObject;
  /** Before the change; absent of ADDED. */
  readonly previous: ApiObject | undefined;
}

/** Absent namespace: of a cluster-wide kind. */
export interface ObjectName {
  readonly namespace?: string | undefined;
  readonly name: string;
}

const todo = (): never => {
  throw new Error('not built yet');
};

export class Store {
  readonly resources: readonly Resource[] = [];

  /** By its full name: `services`, `endpointslices.discovery.k8s.io`. Throws for one that the server does not have. */
  resource(_name: string): Resource {
    return todo();
  }

  get(_resource: Resource, _name: ObjectName): ApiObject | undefined {
    return todo();
  }

  /** In the order of namespace and name. All namespaces where absent. */
  list(_resource: Resource, _namespace?: string): readonly ApiObject[] {
    return todo();
  }

  /** `object` is not changed; apiVersion and kind may be left out. */
  create(_resource: Resource, _object: JsonObject, _options: WriteOptions = {}): Result<ApiObject, Status> {
    return err(todo());
  }

  /**
   * Puts `object` in place of the stored one of the same name. With a `metadata.resourceVersion` (as every object that was
   * read has) it is refused with 409 when somebody else wrote meanwhile; without one the last write wins.
   */
  update(_resource: Resource, _object: JsonObject, _options: WriteOptions = {}): Result<ApiObject, Status> {
    return err(todo());
  }

  /** The object as it is after it: gone, or with its deletionTimestamp while finalizers or a grace period keep it. */
  delete(_resource: Resource, _name: ObjectName, _options: DeleteOptions = {}): Result<ApiObject, Status> {
    return err(todo());
  }

  /**
   * Calls `listener` after each change of that resource, or of all where `resource` is absent, in the order of writes. A change made from within a
   * listener is told after the one it listens to. Returns what ends it.
   */
  watch(_resource: Resource | undefined, _listener: (event: StoreEvent) => void): () => void {
    return todo();
  }

  /** Forgets all but the newest state, as etcd's compaction does: who watches or pages from an older version gets 410. */
  compact(): void {
    todo();
  }
}
