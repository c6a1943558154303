/**
 * What a path means: a resource, one of its objects, a subresource, or one of the fixed documents.
 *
 * Pure. Source: https://kubernetes.io/docs/reference/using-api/api-concepts/#resource-uris
 * @module
 */
import type { Resource, Subresource } from './resource.js';

export type Route =
  | ResourceRoute
  | { readonly kind: 'root' }
  | { readonly kind: 'legacy-groups' }
  | { readonly kind: 'groups' }
  | { readonly kind: 'group'; readonly group: string }
  | { readonly kind: 'group-version'; readonly group: string; readonly version: string }
  | { readonly kind: 'review'; readonly group: string; readonly plural: ReviewName }
  | { readonly kind: 'version' }
  | { readonly kind: 'health' }
  | { readonly kind: 'openapi-v2' }
  | { readonly kind: 'openapi-v3-root' }
  | { readonly kind: 'openapi-v3'; readonly group: string; readonly version: string }
  | { readonly kind: 'faults'; readonly id: string | undefined }
  /** `plain`: no part of the API answers there, and the answer is a line of text, as upstream's. */
  | { readonly kind: 'nothing'; readonly plain: boolean };

export interface ResourceRoute {
  readonly kind: 'resource';
  readonly resource: Resource;
  /** Absent: cluster-wide, or all namespaces. */
  readonly namespace?: string;
  /** Absent: the whole collection. */
  readonly name?: string;
  readonly subresource?: Subresource;
  /** By the old `/watch/` paths. */
  readonly watch: boolean;
}

/** Asked about oneself, kept nowhere. */
export const REVIEWS = {
  selfsubjectreviews: { group: 'authentication.k8s.io', kind: 'SelfSubjectReview' },
  selfsubjectaccessreviews: { group: 'authorization.k8s.io', kind: 'SelfSubjectAccessReview' },
} as const;
export type ReviewName = keyof typeof REVIEWS;

const MISSING: Route = { kind: 'nothing', plain: false };
const NOTHING: Route = { kind: 'nothing', plain: true };

export function routeOf(path: string, resources: readonly Resource[]): Route {
  const segments = decoded(path);
  if (segments === undefined) return NOTHING;
  const [first, ...rest] = segments;
  switch (first) {
    case undefined:
      return { kind: 'root' };
    case 'api':
      return legacyRoute(rest, resources);
    case 'apis':
      return groupRoute(rest, resources);
    case 'version':
      return rest.length === 0 ? { kind: 'version' } : NOTHING;
    case 'healthz':
    case 'livez':
    case 'readyz':
      return { kind: 'health' };
    case 'openapi':
      return openApiRoute(rest);
    case 'playground':
      return rest[0] === 'faults' && rest.length <= 2 ? { kind: 'faults', id: rest[1] } : NOTHING;
    default:
      return NOTHING;
  }
}

/** Undefined where a segment is not encoded as a URL must be. */
function decoded(path: string): readonly string[] | undefined {
  try {
    return path
      .split('/')
      .filter((segment) => segment !== '')
      .map(decodeURIComponent);
  } catch {
    return undefined;
  }
}

function legacyRoute([version, ...rest]: readonly string[], resources: readonly Resource[]): Route {
  if (version === undefined) return { kind: 'legacy-groups' };
  if (version !== 'v1') return MISSING;
  return rest.length === 0
    ? { kind: 'group-version', group: '', version }
    : resourceRoute('', version, rest, resources);
}

function groupRoute([group, version, ...rest]: readonly string[], resources: readonly Resource[]): Route {
  if (group === undefined) return { kind: 'groups' };
  const isReview = Object.values(REVIEWS).some((review) => review.group === group);
  const versions = isReview ? ['v1'] : resources.filter((one) => one.group === group).map((one) => one.version);
  if (versions.length === 0) return NOTHING;
  if (version === undefined) return { kind: 'group', group };
  if (!versions.includes(version)) return MISSING;
  if (rest.length === 0) return { kind: 'group-version', group, version };
  const plural = rest[0] as ReviewName;
  if (rest.length === 1 && Object.hasOwn(REVIEWS, plural) && REVIEWS[plural].group === group)
    return { kind: 'review', group, plural };
  return resourceRoute(group, version, rest, resources);
}

function openApiRoute([version, ...rest]: readonly string[]): Route {
  if (version === 'v2') return rest.length === 0 ? { kind: 'openapi-v2' } : NOTHING;
  if (version !== 'v3') return NOTHING;
  if (rest.length === 0) return { kind: 'openapi-v3-root' };
  const [prefix, ...names] = rest;
  if (prefix === 'api' && names.length === 1) return { kind: 'openapi-v3', group: '', version: names[0] ?? '' };
  if (prefix === 'apis' && names.length === 2)
    return { kind: 'openapi-v3', group: names[0] ?? '', version: names[1] ?? '' };
  return NOTHING;
}

function resourceRoute(
  group: string,
  version: string,
  segments: readonly string[],
  resources: readonly Resource[],
): Route {
  const watch = segments[0] === 'watch';
  const path = watch ? segments.slice(1) : segments;
  const isInNamespace = path[0] === 'namespaces' && path.length > 2 && !['status', 'finalize'].includes(path[2] ?? '');
  const [plural, name, sub, ...more] = isInNamespace ? path.slice(2) : path;
  const resource = resources.find((one) => one.group === group && one.version === version && one.plural === plural);
  if (resource === undefined || more.length > 0) return MISSING;
  if (isInNamespace && !resource.namespaced) return MISSING;
  if (!isInNamespace && resource.namespaced && name !== undefined) return MISSING;
  const subresource = sub as Subresource | undefined;
  if (subresource !== undefined && !resource.subresources.includes(subresource)) return MISSING;
  return {
    kind: 'resource',
    resource,
    watch,
    ...(isInNamespace ? { namespace: path[1] ?? '' } : {}),
    ...(name === undefined ? {} : { name }),
    ...(subresource === undefined ? {} : { subresource }),
  };
}

/** What a request does, as upstream names it, but `delete` also for whole collections. */
export type Verb = 'get' | 'list' | 'watch' | 'create' | 'update' | 'patch' | 'delete';

/** Undefined: 405. */
export function verbOf(method: string, route: ResourceRoute, watch: boolean): Verb | undefined {
  const { resource, namespace, name, subresource } = route;
  const isWhole = name === undefined;
  const isPlaced = !resource.namespaced || namespace !== undefined;
  switch (method) {
    case 'GET':
      if (subresource === 'binding' || subresource === 'finalize') return undefined;
      if (isWhole || route.watch) return watch || route.watch ? 'watch' : 'list';
      return 'get';
    case 'POST':
      if (subresource === 'binding') return 'create';
      return isWhole && isPlaced ? 'create' : undefined;
    case 'PUT':
      return isWhole || subresource === 'binding' ? undefined : 'update';
    case 'PATCH':
      return isWhole || subresource === 'binding' || subresource === 'finalize' ? undefined : 'patch';
    case 'DELETE':
      if (subresource !== undefined) return undefined;
      if (isWhole) return isPlaced && resource.plural !== 'namespaces' ? 'delete' : undefined;
      return 'delete';
    default:
      return undefined;
  }
}
