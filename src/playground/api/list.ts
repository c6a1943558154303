/**
 * Lists: of now, of an older version, and page by page.
 *
 * Source: https://kubernetes.io/docs/reference/using-api/api-concepts/#semantics-for-get-and-list; `k8s.io/apiserver`
 * pkg/storage continue.go (the token) and etcd3/errors.go (its words).
 * @module
 */
import { err, ok, type Result } from '../../values/result.js';
import type { ListOptions } from './list-options.js';
import type { ApiObject } from './object.js';
import type { Resource } from './resource.js';
import { badRequest, expired, type Status, tooLargeResourceVersion } from './status.js';
import { keyOf } from './storage.js';
import type { Store } from './store.js';

export interface ListPage {
  readonly objects: readonly ApiObject[];
  readonly metadata: {
    readonly resourceVersion: string;
    readonly continue?: string;
    readonly remainingItemCount?: number;
  };
}

/** What a page goes on from: the state of `version` (-1: of now), after `after`. */
interface Continuation {
  readonly version: number;
  readonly after: string;
}

export interface ListSource {
  readonly resource: Resource;
  readonly namespace: string | undefined;
  /** Where the watch cache is; below the newest version when it lags behind (a fault). */
  readonly cacheVersion: number;
}

const LIST_TOO_OLD = 'The resourceVersion for the provided list is too old.';
const CONTINUE_TOO_OLD =
  'The provided continue parameter is too old to display a consistent list result. You can start a new list without the ' +
  'continue parameter, or use the continue token in this response to retrieve the remainder of the results. Continuing with ' +
  'the provided token results in an inconsistent list - objects that were created, modified, or deleted between the time the ' +
  'first chunk was returned and now may show up in the list.';

export function listPage(store: Store, source: ListSource, options: ListOptions): Result<ListPage, Status> {
  const continuation = options.continue === '' ? ok(undefined) : decode(options.continue, source);
  if (!continuation.ok) return err(badRequest(`invalid continue token: ${continuation.error}`));
  if (continuation.value !== undefined && (options.resourceVersion ?? 0) !== 0)
    return err(badRequest('specifying resource version is not allowed when using continue'));
  const version = versionOf(store, source, options, continuation.value);
  if (!version.ok) return version;

  const held = store.storage.listAt(store.holderOf(source.resource), version.value);
  if (!held.ok)
    return err(
      held.error === 'future'
        ? tooLargeResourceVersion(version.value, store.storage.version)
        : expiredList(source, continuation.value),
    );
  return ok(page(store, source, options, held.value, version.value, continuation.value));
}

/** Upstream's 410: with a token that goes on in the newest state, where the list was one of pages. */
function expiredList(source: ListSource, continuation: Continuation | undefined): Status {
  if (continuation === undefined) return expired(LIST_TOO_OLD);
  return {
    ...expired(CONTINUE_TOO_OLD),
    metadata: { continue: encode({ version: -1, after: continuation.after }, source) },
  };
}

/** The same for a token as it came; a token that cannot be read counts as none. */
export function expiredContinue(source: ListSource, token: string): Status {
  const continuation = token === '' ? ok(undefined) : decode(token, source);
  return expiredList(source, continuation.ok ? continuation.value : undefined);
}

function versionOf(
  store: Store,
  { cacheVersion }: ListSource,
  options: ListOptions,
  continuation: Continuation | undefined,
): Result<number, Status> {
  const newest = store.storage.version;
  if (continuation !== undefined) return ok(continuation.version < 0 ? newest : continuation.version);
  const { resourceVersion: asked, resourceVersionMatch, limit } = options;
  if (asked === undefined) return ok(newest);
  const isExact = resourceVersionMatch === 'Exact' || (resourceVersionMatch === undefined && limit > 0 && asked > 0);
  if (isExact) return ok(asked);
  if (asked > cacheVersion) return err(tooLargeResourceVersion(asked, cacheVersion));
  return ok(cacheVersion);
}

function page(
  store: Store,
  source: ListSource,
  options: ListOptions,
  held: readonly ApiObject[],
  version: number,
  continuation: Continuation | undefined,
): ListPage {
  const { resource, namespace } = source;
  // A list of any version comes from upstream's cache, which does not page.
  const limit = options.resourceVersion === 0 && continuation === undefined ? 0 : options.limit;
  const objects: ApiObject[] = [];
  let last = '';
  let remaining = 0;
  for (const stored of held) {
    const { namespace: home, name } = stored.metadata;
    if (namespace !== undefined && home !== namespace) continue;
    const key = keyOf(home, name);
    if (continuation !== undefined && key <= continuation.after) continue;
    if (limit > 0 && objects.length === limit && options.isSelective === false) {
      remaining++;
      continue;
    }
    const object = store.shown(resource, stored);
    if (!options.matches(object)) continue;
    if (limit > 0 && objects.length === limit) {
      remaining++;
      break;
    }
    objects.push(object);
    last = key;
  }
  const metadata = {
    resourceVersion: String(version),
    ...(remaining === 0 ? {} : { continue: encode({ version, after: last }, source) }),
    ...(remaining === 0 || options.isSelective ? {} : { remainingItemCount: remaining }),
  };
  return { objects, metadata };
}

/** Upstream's form, so that what looks into a token finds what it knows: the key after which the next page begins. */
function encode({ version, after }: Continuation, { namespace }: ListSource): string {
  const key = namespace === undefined ? after : after.slice(namespace.length + 1);
  return Buffer.from(JSON.stringify({ v: 'meta.k8s.io/v1', rv: version, start: `${key}\0` })).toString('base64url');
}

function decode(token: string, { namespace }: ListSource): Result<Continuation, string> {
  let read: unknown;
  try {
    read = JSON.parse(Buffer.from(token, 'base64url').toString());
  } catch (error) {
    return err(`continue key is not valid: ${(error as Error).message}`);
  }
  const { v = '', rv, start } = (read ?? {}) as { v?: unknown; rv?: unknown; start?: unknown };
  if (v !== 'meta.k8s.io/v1')
    return err(`continue key is not valid: server does not recognize this encoded version ${v}`);
  if (typeof rv !== 'number' || !Number.isSafeInteger(rv) || rv === 0)
    return err('continue key is not valid: incorrect encoded start resourceVersion (version meta.k8s.io/v1)');
  if (typeof start !== 'string' || start === '')
    return err('continue key is not valid: encoded start key empty (version meta.k8s.io/v1)');
  const key = start.replace(/\0$/, '').replace(/^\//, '');
  return ok({ version: rv, after: namespace === undefined ? key : `${namespace}/${key}` });
}
