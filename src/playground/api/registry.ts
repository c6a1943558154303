/**
 * What every write works with: the storage, the resources by name, the time, and chance.
 * @module
 */
import { type Clock, toTime } from '../../kube/clock.js';
import type { Chance } from './chance.js';
import type { ApiObject } from './object.js';
import type { Resource } from './resource.js';
import type { Subject } from './status.js';
import { fullNameOf, keyOf, type Storage } from './storage.js';

/** Absent namespace: of a cluster-wide kind. */
export interface ObjectName {
  readonly namespace?: string | undefined;
  readonly name: string;
}

export class Registry {
  readonly storage: Storage;
  readonly clock: Clock;
  readonly chance: Chance;
  readonly resources: readonly Resource[];
  readonly #byName: ReadonlyMap<string, Resource>;

  constructor(options: { storage: Storage; clock: Clock; chance: Chance; resources: readonly Resource[] }) {
    this.storage = options.storage;
    this.clock = options.clock;
    this.chance = options.chance;
    this.resources = options.resources;
    this.#byName = new Map(this.resources.map((resource) => [fullNameOf(resource), resource]));
  }

  find(fullName: string): Resource | undefined {
    return this.#byName.get(fullName);
  }

  /** Throws for one that the server does not have. */
  resource(fullName: string): Resource {
    const resource = this.#byName.get(fullName);
    if (resource === undefined) throw new Error(`the server has no resource ${fullName}`);
    return resource;
  }

  /** The resource under which the objects of `resource` are stored: itself, but for a view. */
  holderOf(resource: Resource): Resource {
    return resource.viewOf === undefined ? resource : this.resource(fullNameOf(resource.viewOf));
  }

  /** In the words of `resource`. */
  read(resource: Resource, name: ObjectName): ApiObject | undefined {
    const stored = this.storage.get(this.holderOf(resource), keyOf(name.namespace, name.name));
    return stored === undefined ? undefined : this.shown(resource, stored);
  }

  shown(resource: Resource, stored: ApiObject): ApiObject {
    return resource.viewOf === undefined ? stored : resource.viewOf.read(stored);
  }

  /** RFC 3339 in whole seconds, as every time of metadata. */
  now(): string {
    return toTime(this.clock.wallMs());
  }
}

export const subjectOf = ({ group, plural, kind }: Resource, name: string): Subject => ({ group, plural, kind, name });

export const nameOf = ({ metadata: { namespace, name } }: ApiObject): ObjectName => ({ namespace, name });
