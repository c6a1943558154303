/**
 * The objects of the embedded API server, with the rules of their kinds: what every write goes through, be it over HTTP or
 * from a controller in the same process.
 *
 * Promises: one resourceVersion for the whole server, greater for every write; what is stored is frozen and never changes;
 * a refusal is a `Status` as upstream words it. Everything is synchronous: a method returns when it took effect.
 * Never checks who asks.
 * @module
 */
import { type Clock, systemClock } from '../../kube/clock.js';
import { ok, type Result } from '../../values/result.js';
import { Chance } from './chance.js';
import { createObject } from './create.js';
import { type DeleteOptions, type Deletion, deleteObject } from './deletion.js';
import type { ApiObject, JsonObject } from './object.js';
import { nameOf, type ObjectName, Registry } from './registry.js';
import type { Resource } from './resource.js';
import type { Status } from './status.js';
import { fullNameOf, Storage } from './storage.js';
import { updateObject } from './update.js';
import type { UpdateOptions, WriteOptions, Written } from './write.js';

export type { DeleteOptions, Deletion } from './deletion.js';
export type { ObjectName } from './registry.js';
export type { UpdateOptions, WriteOptions, Written } from './write.js';

export interface StoreEvent {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED';
  readonly resource: Resource;
  /** After the change. Of DELETED: as it was last, with the resourceVersion of its end. */
  readonly object: ApiObject;
  /** Before the change; absent of ADDED. */
  readonly previous: ApiObject | undefined;
}

export interface StoreOptions {
  readonly resources: readonly Resource[];
  /** How many changes are remembered; default {@link WATCH_WINDOW}. */
  readonly watchWindow?: number;
  readonly clock?: Clock;
  /** Makes uids and generated names the same in every run. */
  readonly seed?: number;
}

/** Some minutes of a busy small cluster; about 20 MB when every change is of an object of 5 kB. */
export const WATCH_WINDOW = 4_096;

export class Store {
  readonly resources: readonly Resource[];
  readonly clock: Clock;
  /** Without rules: for the server's own reads and what it puts there at its start. */
  readonly storage: Storage;
  readonly #registry: Registry;

  constructor({ resources, watchWindow = WATCH_WINDOW, clock = systemClock, seed }: StoreOptions) {
    this.resources = resources;
    this.clock = clock;
    this.storage = new Storage(watchWindow);
    this.#registry = new Registry({ storage: this.storage, clock, chance: new Chance(seed), resources });
  }

  /** By its full name: `services`, `endpointslices.discovery.k8s.io`. Throws for one that the server does not have. */
  resource(name: string): Resource {
    return this.#registry.resource(name);
  }

  /** The resource under which the objects of `resource` are stored: itself, but for a view. */
  holderOf(resource: Resource): Resource {
    return this.#registry.holderOf(resource);
  }

  get(resource: Resource, name: ObjectName): ApiObject | undefined {
    return this.#registry.read(resource, name);
  }

  /** In the order of namespace and name. All namespaces where absent. */
  list(resource: Resource, namespace?: string): readonly ApiObject[] {
    const stored = this.storage.list(this.holderOf(resource));
    const chosen =
      namespace === undefined ? stored : stored.filter((object) => object.metadata.namespace === namespace);
    return resource.viewOf === undefined ? chosen : chosen.map((object) => this.shown(resource, object));
  }

  /** A stored object in the words of `resource`. */
  shown(resource: Resource, stored: ApiObject): ApiObject {
    return this.#registry.shown(resource, stored);
  }

  /** `object` is not changed; apiVersion and kind may be left out. */
  create(resource: Resource, object: JsonObject, options: WriteOptions = {}): Result<ApiObject, Status> {
    return createObject(this.#registry, resource, object, options);
  }

  /**
   * Puts `object` in place of the stored one of the same name. With a `metadata.resourceVersion` (as every object that was
   * read has) it is refused with 409 when somebody else wrote meanwhile; without one the last write wins.
   */
  update(resource: Resource, object: JsonObject, options: WriteOptions = {}): Result<ApiObject, Status> {
    const written = this.change(resource, nameOf(object as ApiObject), () => ok(object), options);
    return written.ok ? ok(written.value.object) : written;
  }

  /** As `update`, of what `change` makes from the stored object. */
  change(
    resource: Resource,
    name: ObjectName,
    change: (old: ApiObject | undefined) => Result<JsonObject, Status>,
    options: UpdateOptions = {},
  ): Result<Written, Status> {
    return updateObject(this.#registry, resource, name, change, options);
  }

  /** The object as it is after it: gone, or with its deletionTimestamp while finalizers or a grace period keep it. */
  delete(resource: Resource, name: ObjectName, options: DeleteOptions = {}): Result<ApiObject, Status> {
    const deletion = this.deletion(resource, name, options);
    return deletion.ok ? ok(deletion.value.object) : deletion;
  }

  /** As `delete`, and whether it is gone. */
  deletion(resource: Resource, name: ObjectName, options: DeleteOptions = {}): Result<Deletion, Status> {
    return deleteObject(this.#registry, resource, name, options);
  }

  /**
   * Calls `listener` after each change of that resource, or of all where `resource` is undefined, in the order of writes. A
   * change made from within a listener is told after the one it listens to. Returns what ends it.
   */
  watch(resource: Resource | undefined, listener: (event: StoreEvent) => void): () => void {
    if (resource === undefined) return this.storage.onChange(listener);
    const holder = fullNameOf(this.holderOf(resource));
    return this.storage.onChange((change) => {
      if (fullNameOf(change.resource) !== holder) return;
      const { type, object, previous } = change;
      listener({
        type,
        resource,
        object: this.shown(resource, object),
        previous: previous === undefined ? undefined : this.shown(resource, previous),
      });
    });
  }

  /** Forgets all but the newest state, as etcd's compaction does: who watches or pages from an older version gets 410. */
  compact(): void {
    this.storage.compact();
  }
}
