/**
 * The documents that tell a client which resources there are: the old ones, one for each group and version, and the one that tells all.
 *
 * Pure. Source: https://kubernetes.io/docs/concepts/overview/kubernetes-api/#discovery-api
 * @module
 */
import { createHash } from 'node:crypto';
import type { JsonObject } from './object.js';
import type { Resource, Subresource } from './resource.js';
import { REVIEWS } from './routes.js';
import { apiVersionOf } from './schema/kind.js';

const VERBS = ['create', 'delete', 'deletecollection', 'get', 'list', 'patch', 'update', 'watch'];
const STATUS_VERBS = ['get', 'patch', 'update'];

/** What a subresource answers with, where it is not the object itself. */
const SUBRESOURCES: Readonly<
  Record<Subresource, { group?: string; version?: string; kind?: string; verbs: string[] }>
> = {
  status: { verbs: STATUS_VERBS },
  scale: { group: 'autoscaling', version: 'v1', kind: 'Scale', verbs: STATUS_VERBS },
  binding: { kind: 'Binding', verbs: ['create'] },
  finalize: { verbs: ['update'] },
};

/** The group version of the document itself. */
const OWN_GROUP = { group: '', version: '' } as const;

const verbsOf = ({ plural }: Resource): readonly string[] =>
  plural === 'namespaces' ? VERBS.filter((verb) => verb !== 'deletecollection') : VERBS;

const byName = (a: Resource, b: Resource): number => (a.plural < b.plural ? -1 : 1);

export const apiVersions = (address: string): JsonObject => ({
  kind: 'APIVersions',
  versions: ['v1'],
  serverAddressByClientCIDRs: [{ clientCIDR: '0.0.0.0/0', serverAddress: address }],
});

export const apiGroupList = (resources: readonly Resource[]): JsonObject => ({
  kind: 'APIGroupList',
  apiVersion: 'v1',
  groups: groupsOf(resources).map(groupOf),
});

export const apiGroup = (group: string): JsonObject => ({ kind: 'APIGroup', apiVersion: 'v1', ...groupOf(group) });

/** Every group has one version here. */
function groupOf(group: string): JsonObject {
  const version = { groupVersion: `${group}/v1`, version: 'v1' };
  return { name: group, versions: [version], preferredVersion: version };
}

const groupsOf = (resources: readonly Resource[]): readonly string[] =>
  [...new Set([...resources.map(({ group }) => group), ...Object.values(REVIEWS).map(({ group }) => group)])].filter(
    (group) => group !== '',
  );

export function apiResourceList(resources: readonly Resource[], group: string, version: string): JsonObject {
  const served = resources
    .filter((resource) => resource.group === group && resource.version === version)
    .toSorted(byName);
  const reviews = Object.entries(REVIEWS).filter(([, review]) => review.group === group);
  return {
    kind: 'APIResourceList',
    apiVersion: 'v1',
    groupVersion: apiVersionOf({ group, version }),
    resources: [
      ...served.flatMap((resource) => [
        wholeOf(resource),
        ...resource.subresources.toSorted().map((sub) => partOf(resource, sub)),
      ]),
      ...reviews.map(([name, { kind }]) => ({
        name,
        singularName: kind.toLowerCase(),
        namespaced: false,
        kind,
        verbs: ['create'],
      })),
    ],
  };
}

function wholeOf(resource: Resource): JsonObject {
  const { plural, singular, namespaced, kind, shortNames, categories } = resource;
  return {
    name: plural,
    singularName: singular,
    namespaced,
    kind,
    verbs: verbsOf(resource),
    ...(shortNames.length === 0 ? {} : { shortNames }),
    ...(categories.length === 0 ? {} : { categories }),
    storageVersionHash: hashOf(`${resource.group}/${resource.version}/${kind}`),
  };
}

function partOf({ plural, namespaced, kind }: Resource, subresource: Subresource): JsonObject {
  const { verbs, ...own } = SUBRESOURCES[subresource];
  return { name: `${plural}/${subresource}`, singularName: '', namespaced, kind, ...own, verbs };
}

const hashOf = (text: string): string => createHash('sha256').update(text).digest().subarray(0, 8).toString('base64');

/** `/api` with the core group, `/apis` with all others. */
export function aggregatedDiscovery(resources: readonly Resource[], core: boolean): JsonObject {
  const groups = core ? [''] : groupsOf(resources);
  return {
    kind: 'APIGroupDiscoveryList',
    apiVersion: 'apidiscovery.k8s.io/v2',
    metadata: {},
    items: groups.map((group) => ({
      metadata: group === '' ? {} : { name: group },
      versions: [{ version: 'v1', resources: discoveredIn(resources, group), freshness: 'Current' }],
    })),
  };
}

function discoveredIn(resources: readonly Resource[], group: string): readonly JsonObject[] {
  const reviews = Object.entries(REVIEWS).filter(([, review]) => review.group === group);
  return [
    ...resources
      .filter((resource) => resource.group === group)
      .toSorted(byName)
      .map(discovered),
    ...reviews.map(([resource, { kind }]) => ({
      resource,
      responseKind: { ...OWN_GROUP, kind },
      scope: 'Cluster',
      singularResource: kind.toLowerCase(),
      verbs: ['create'],
    })),
  ];
}

function discovered(resource: Resource): JsonObject {
  const { kind, plural, singular, namespaced, shortNames, categories, subresources } = resource;
  return {
    resource: plural,
    responseKind: { ...OWN_GROUP, kind },
    scope: namespaced ? 'Namespaced' : 'Cluster',
    singularResource: singular,
    verbs: verbsOf(resource),
    ...(shortNames.length === 0 ? {} : { shortNames }),
    ...(categories.length === 0 ? {} : { categories }),
    ...(subresources.length === 0
      ? {}
      : {
          subresources: subresources.toSorted().map((subresource) => {
            const { verbs, ...own } = SUBRESOURCES[subresource];
            return { subresource, responseKind: { ...OWN_GROUP, kind, ...own }, verbs };
          }),
        }),
  };
}
