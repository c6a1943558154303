/**
 * Get, list and watch.
 * @module
 */
import { err, ok, type Result } from '../../values/result.js';
import type { Chance } from './chance.js';
import { type Answer, type ResourceRequest, refused } from './exchange.js';
import type { Asked, Faults } from './faults.js';
import { listPage } from './list.js';
import { type ListOptions, parseListOptions } from './list-options.js';
import type { ApiObject } from './object.js';
import {
  includedObject,
  type Presentation,
  presentBookmark,
  presentEvent,
  presentList,
  presentObject,
} from './present.js';
import { subjectOf } from './registry.js';
import type { ResourceRoute } from './routes.js';
import { scaleOf } from './scale.js';
import { badRequest, notFound, type Status, tooLargeResourceVersion } from './status.js';
import { fullNameOf, keyOf } from './storage.js';
import type { Store } from './store.js';
import { WatchStream } from './watch-stream.js';

export interface Reader {
  readonly store: Store;
  readonly faults: Faults;
  readonly chance: Chance;
}

/** Upstream ends a watch that names no time after this long, or up to twice as long: --min-request-timeout. */
const MIN_WATCH_MS = 1_800_000;
const MAX_TIMER_MS = 2 ** 31 - 1;

export const askedBy = ({ route, verb }: ResourceRequest): Asked => ({
  verb,
  resource: fullNameOf(route.resource),
  subresource: route.subresource ?? '',
  namespace: route.namespace,
  name: route.name,
});

export function presentationOf(store: Store, request: ResourceRequest): Result<Presentation, Status> {
  const includeObject = includedObject(request.wanted.as === 'Table' ? request.query : new URLSearchParams());
  if (!includeObject.ok) return includeObject;
  const { resource } = request.route;
  return ok({ resource, as: request.wanted.as, includeObject: includeObject.value, nowMs: store.clock.wallMs() });
}

export function answerGet(reader: Reader, request: ResourceRequest): Answer {
  const { resource, namespace, name = '', subresource } = request.route;
  const { store, faults } = reader;
  const asked = request.query.get('resourceVersion') ?? '';
  const cacheVersion = faults.cacheVersion(askedBy(request));
  if (/^\d{1,15}$/.test(asked) && Number(asked) > cacheVersion)
    return refused(tooLargeResourceVersion(Number(asked), cacheVersion));
  const object =
    asked === '' || cacheVersion === store.storage.version
      ? store.get(resource, { namespace, name })
      : objectAt(store, request.route, cacheVersion);
  if (object === undefined) return refused(notFound(subjectOf(resource, name)));
  return presented(store, request, subresource === 'scale' ? scaleOf(object) : object, 200);
}

function objectAt(
  store: Store,
  { resource, namespace, name = '' }: ResourceRoute,
  version: number,
): ApiObject | undefined {
  const held = store.storage.listAt(store.holderOf(resource), Math.max(version, store.storage.oldestVersion));
  const key = keyOf(namespace, name);
  const object = held.ok
    ? held.value.find(({ metadata }) => keyOf(metadata.namespace, metadata.name) === key)
    : undefined;
  return object === undefined ? undefined : store.shown(resource, object);
}

/** The object in the form that the client asked for. */
export function presented(
  store: Store,
  request: ResourceRequest,
  object: ApiObject,
  code: number,
  warnings: readonly string[] = [],
): Answer {
  const presentation = presentationOf(store, request);
  if (!presentation.ok) return refused(presentation.error);
  const body = presentObject(object, presentation.value);
  return body.ok ? { kind: 'json', code, body: body.value, warnings } : refused(body.error);
}

export function answerList(reader: Reader, request: ResourceRequest): Answer {
  const { store } = reader;
  const { resource, namespace } = request.route;
  const options = parseListOptions(request.query, resource);
  if (!options.ok) return refused(options.error);
  const presentation = presentationOf(store, request);
  if (!presentation.ok) return refused(presentation.error);
  const page = listPage(store, { resource, namespace, cacheVersion: cacheVersionFor(reader, request) }, options.value);
  if (!page.ok) return refused(page.error);
  const body = presentList(page.value, presentation.value);
  return body.ok ? { kind: 'json', code: 200, body: body.value } : refused(body.error);
}

/** Where the watch cache is, but never before what is remembered. */
function cacheVersionFor({ store, faults }: Reader, request: ResourceRequest): number {
  return Math.max(faults.cacheVersion(askedBy(request)), store.storage.oldestVersion);
}

export function answerWatch(reader: Reader, request: ResourceRequest): Answer {
  const { store, faults, chance } = reader;
  const { resource, namespace } = request.route;
  const options = parseListOptions(request.query, resource);
  if (!options.ok) return refused(options.error);
  const presentation = presentationOf(store, request);
  if (!presentation.ok) return refused(presentation.error);
  const selected = ofName(request.route, options.value);
  if (!selected.ok) return refused(selected.error);

  const asked = askedBy(request);
  const { timeoutSeconds = 0, allowWatchBookmarks } = options.value;
  const timeoutMs = timeoutSeconds > 0 ? timeoutSeconds * 1_000 : MIN_WATCH_MS * (1 + chance.next());
  return {
    kind: 'watch',
    timeoutMs: Math.min(timeoutMs, MAX_TIMER_MS),
    open: (sink) => {
      const stream = new WatchStream(
        {
          store,
          faults,
          asked,
          resource,
          namespace,
          matches: selected.value,
          bookmarks: allowWatchBookmarks,
          present: (object, isFirst) => presentEvent(object, presentation.value, isFirst),
          presentBookmark: (bookmark) => presentBookmark(bookmark, presentation.value),
        },
        sink,
      );
      return { stream, start: () => startWatch(reader, request, stream, options.value, selected.value) };
    },
  };
}

/** Without a version, or with 0, and with sendInitialEvents: what there is comes first. */
function startWatch(
  reader: Reader,
  request: ResourceRequest,
  stream: WatchStream,
  options: ListOptions,
  matches: (object: ApiObject) => boolean,
): void {
  const { store } = reader;
  const { resource, namespace } = request.route;
  const { resourceVersion = 0, sendInitialEvents, allowWatchBookmarks } = options;
  const cacheVersion = cacheVersionFor(reader, request);
  if (sendInitialEvents === true && resourceVersion > cacheVersion) {
    stream.fail(tooLargeResourceVersion(resourceVersion, cacheVersion));
    return;
  }
  if (sendInitialEvents === true || (resourceVersion === 0 && sendInitialEvents === undefined)) {
    const held = store.storage.listAt(store.holderOf(resource), cacheVersion);
    const objects = (held.ok ? held.value : [])
      .filter(({ metadata }) => namespace === undefined || metadata.namespace === namespace)
      .map((object) => store.shown(resource, object))
      .filter(matches);
    stream.startWith(objects, cacheVersion, { initialEventsEnd: sendInitialEvents === true && allowWatchBookmarks });
    return;
  }
  stream.startAt(resourceVersion === 0 ? cacheVersion : resourceVersion);
}

/** By the old `/watch/` paths one object can be named. */
function ofName({ name }: ResourceRoute, { matches }: ListOptions): Result<(object: ApiObject) => boolean, Status> {
  if (name === undefined) return ok(matches);
  if (name === '') return err(badRequest('a name must be given'));
  return ok((object) => object.metadata.name === name && matches(object));
}
