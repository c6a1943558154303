/**
 * Carries out what a controller decided, in the store.
 *
 * Promises: writes are made in their order, and none after one that is refused; each names the version that it was decided
 * on. What is gone already, and what cannot be made since its namespace goes, counts as done.
 * @module
 */
import { ok, type Result } from '../../../values/result.js';
import type { ApiObject } from '../object.js';
import type { Status } from '../status.js';
import type { Store } from '../store.js';
import type { Controller, Write } from './controller.js';
import { recordEvent } from './record.js';

type Outcome = Result<ApiObject | undefined, Status>;

/** The first refusal, if any. */
export function applyWrites(
  store: Store,
  controller: Pick<Controller, 'name' | 'manager'>,
  writes: readonly Write[],
  nowMs: number,
): Status | undefined {
  /** Versions after this run's own writes, by uid: a second write to an object is made on top of the first. */
  const written = new Map<string, string>();
  for (const write of writes) {
    const outcome = apply(store, controller, write, written, nowMs);
    if (!outcome.ok && !isHarmless(write, outcome.error)) return outcome.error;
    const { uid, resourceVersion } = (outcome.ok && outcome.value?.metadata) || {};
    if (uid !== undefined && resourceVersion !== undefined) written.set(uid, resourceVersion);
  }
  return undefined;
}

const isHarmless = (write: Write, { code, details }: Status) =>
  (code === 404 && write.do === 'delete') ||
  details?.causes?.some(({ reason }) => (reason as string) === 'NamespaceTerminating') === true;

function apply(
  store: Store,
  { name, manager }: Pick<Controller, 'name' | 'manager'>,
  write: Write,
  written: ReadonlyMap<string, string>,
  nowMs: number,
): Outcome {
  const current = (object: ApiObject): ApiObject => {
    const { uid, resourceVersion } = object.metadata;
    return { ...object, metadata: { ...object.metadata, resourceVersion: written.get(uid) ?? resourceVersion } };
  };
  switch (write.do) {
    case 'create': {
      const made = store.create(store.resource(write.resource), write.object, { manager });
      if (made.ok && write.announced !== undefined) {
        const { about, reason, before } = write.announced;
        const message = `${before}${made.value.metadata.name}`;
        recordEvent(store, name, { do: 'event', about, type: 'Normal', reason, message }, nowMs);
      }
      return made;
    }
    case 'update':
      return store.update(store.resource(write.resource), current(write.object), { manager });
    case 'update-status':
      return store.update(store.resource(write.resource), current(write.object), { manager, subresource: 'status' });
    case 'bind':
      return store.update(store.resource('pods'), current(write.object), { manager, subresource: 'binding' });
    case 'finalize':
      return store.update(store.resource('namespaces'), current(write.object), { manager, subresource: 'finalize' });
    case 'delete': {
      const { namespace, name: ofObject } = write.object.metadata;
      return store.delete(store.resource(write.resource), { namespace, name: ofObject }, write.options);
    }
    case 'event':
      recordEvent(store, name, write, nowMs);
      return ok(undefined);
  }
}
