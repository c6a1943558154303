/**
 * The store as controllers read it, with the index from owners to what they own.
 * @module
 */
import type { ApiObject } from '../object.js';
import type { Resource } from '../resource.js';
import { fullNameOf } from '../storage.js';
import type { Store, StoreEvent } from '../store.js';
import type { Located, View } from './controller.js';

export class StoreView implements View {
  readonly #store: Store;
  readonly resources: readonly Resource[];
  /** By the owner's uid, then by the dependent's. */
  readonly #dependents = new Map<string, Map<string, Located>>();

  constructor(store: Store) {
    this.#store = store;
    this.resources = store.resources.filter(({ viewOf }) => viewOf === undefined);
    for (const resource of this.resources) {
      for (const object of store.list(resource)) this.#index(fullNameOf(resource), object, undefined);
    }
  }

  get: View['get'] = (resource, name) => this.#store.get(this.#store.resource(resource), name);
  list: View['list'] = (resource, namespace) => this.#store.list(this.#store.resource(resource), namespace);
  dependents: View['dependents'] = (uid) => [...(this.#dependents.get(uid)?.values() ?? [])];

  /** Told of every change, before anybody reads. */
  follow({ type, resource, object, previous }: StoreEvent): void {
    this.#index(fullNameOf(resource), type === 'DELETED' ? undefined : object, previous ?? object);
  }

  #index(resource: string, now: ApiObject | undefined, before: ApiObject | undefined): void {
    for (const { uid } of before?.metadata.ownerReferences ?? []) {
      const dependents = this.#dependents.get(uid);
      dependents?.delete(before?.metadata.uid ?? '');
      if (dependents?.size === 0) this.#dependents.delete(uid);
    }
    for (const { uid } of now?.metadata.ownerReferences ?? []) {
      const dependents = this.#dependents.get(uid) ?? new Map<string, Located>();
      this.#dependents.set(uid, dependents);
      if (now) dependents.set(now.metadata.uid, { resource, object: now });
    }
  }
}
