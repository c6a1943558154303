/**
 * Objects of a cluster for tests of its controllers, and a view of them that stands still.
 * @module
 */
import type { Decision, Located, View, Write } from '../../../../src/playground/api/controllers/controller.js';
import type { ApiObject, JsonObject, ObjectMeta } from '../../../../src/playground/api/object.js';
import type { Resource } from '../../../../src/playground/api/resource.js';

export const NOW = '2026-07-01T12:00:00Z';
export const NOW_MS = Date.parse(NOW);
/** So many seconds before {@link NOW}. */
export const ago = (seconds: number): string => `${new Date(NOW_MS - seconds * 1000).toISOString().slice(0, 19)}Z`;

/** Kind, resource, whether it is in a namespace. */
const KINDS: Readonly<Record<string, readonly [apiVersion: string, plural: string, namespaced: boolean]>> = {
  Pod: ['v1', 'pods', true],
  Node: ['v1', 'nodes', false],
  Service: ['v1', 'services', true],
  Endpoints: ['v1', 'endpoints', true],
  Namespace: ['v1', 'namespaces', false],
  ConfigMap: ['v1', 'configmaps', true],
  Event: ['v1', 'events', true],
  EndpointSlice: ['discovery.k8s.io/v1', 'endpointslices', true],
  Lease: ['coordination.k8s.io/v1', 'leases', true],
  Deployment: ['apps/v1', 'deployments', true],
  ReplicaSet: ['apps/v1', 'replicasets', true],
};

const resourceOf = (kind: string): Resource => {
  const [apiVersion = '', plural = '', namespaced = true] = KINDS[kind] ?? [];
  const [version = '', group = ''] = apiVersion.split('/').reverse();
  return { group, version, kind, plural, namespaced } as Resource;
};
const nameOfResource = ({ group, plural }: Resource) => (group === '' ? plural : `${plural}.${group}`);

/** In namespace `default` if it has one; `uid-of-<name>` is its uid. */
export function object(kind: string, name: string, rest: JsonObject = {}): ApiObject {
  const { apiVersion, ...fields } = { apiVersion: KINDS[kind]?.[0] ?? 'v1', ...rest };
  const namespace = KINDS[kind]?.[2] ? { namespace: 'default' } : {};
  const metadata: ObjectMeta = {
    name,
    ...namespace,
    uid: `uid-of-${name}`,
    resourceVersion: '1',
    creationTimestamp: ago(600),
    ...rest['metadata'],
  };
  return { ...fields, apiVersion, kind, metadata };
}

export const ownedBy = ({ apiVersion, kind, metadata }: ApiObject, rest: JsonObject = {}): JsonObject => ({
  ownerReferences: [
    { apiVersion, kind, name: metadata.name, uid: metadata.uid, controller: true, blockOwnerDeletion: true, ...rest },
  ],
});

export interface PodParts {
  readonly metadata?: JsonObject;
  readonly spec?: JsonObject;
  readonly phase?: string;
  readonly ready?: boolean;
  readonly readySince?: string;
  readonly ips?: readonly string[];
}

/** Running on node `n1`, labelled `app: web`, ready for a minute, with one container that has port `http` 8080. */
export function pod(name: string, parts: PodParts = {}): ApiObject {
  const {
    metadata = {},
    spec = {},
    phase = 'Running',
    ready = true,
    readySince = ago(60),
    ips = ['10.244.0.2'],
  } = parts;
  const status = ready ? 'True' : 'False';
  return object('Pod', name, {
    metadata: { labels: { app: 'web' }, ...metadata },
    spec: {
      nodeName: 'n1',
      containers: [{ name: 'web', ports: [{ name: 'http', containerPort: 8080, protocol: 'TCP' }] }],
      ...spec,
    },
    status: {
      phase,
      ...(ips.length > 0 ? { podIP: ips[0], podIPs: ips.map((ip) => ({ ip })) } : {}),
      conditions: [
        { type: 'ContainersReady', status, lastTransitionTime: readySince },
        { type: 'Ready', status, lastTransitionTime: readySince },
      ],
    },
  });
}

/** Ready, without taints. */
export const node = (name: string, rest: JsonObject = {}): ApiObject =>
  object('Node', name, {
    spec: {},
    status: { conditions: [{ type: 'Ready', status: 'True', reason: 'KubeletReady', lastTransitionTime: ago(600) }] },
    ...rest,
  });

export const service = (name: string, spec: JsonObject = {}, metadata: JsonObject = {}): ApiObject =>
  object('Service', name, {
    metadata,
    spec: {
      type: 'ClusterIP',
      clusterIP: '10.96.0.1',
      ipFamilies: ['IPv4'],
      selector: { app: 'web' },
      ports: [{ port: 80, protocol: 'TCP', targetPort: 8080 }],
      ...spec,
    },
  });

/** Everything that the controllers can see. */
export function viewOf(...objects: readonly ApiObject[]): View {
  const located: readonly Located[] = objects.map((each) => ({
    resource: nameOfResource(resourceOf(each.kind)),
    object: each,
  }));
  const of = (resource: string) => located.filter((each) => each.resource === resource).map((each) => each.object);
  return {
    resources: Object.keys(KINDS).map(resourceOf),
    get: (resource, { namespace, name }) =>
      of(resource).find(({ metadata }) => metadata.name === name && (metadata.namespace ?? '') === (namespace ?? '')),
    list: (resource, namespace) =>
      of(resource).filter(({ metadata }) => namespace === undefined || metadata.namespace === namespace),
    dependents: (uid) =>
      located.filter(({ object: each }) => each.metadata.ownerReferences?.some((reference) => reference.uid === uid)),
  };
}

/** A decision in a few words a write, in their order. */
export const inShort = ({ writes }: Decision): readonly string[] =>
  writes.map((write: Write) => {
    switch (write.do) {
      case 'event':
        return `event ${write.reason}: ${write.message}`;
      case 'bind':
        return `bind ${write.object.metadata.name} to ${write.object['spec'].nodeName}`;
      case 'finalize':
        return `finalize ${write.object.metadata.name} to [${write.object['spec'].finalizers}]`;
      case 'create':
        return `create ${write.resource} ${write.object['metadata'].name ?? write.object['metadata'].generateName}`;
      default:
        return `${write.do} ${write.resource} ${write.object.metadata.name}`;
    }
  });
