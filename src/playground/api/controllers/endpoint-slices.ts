/**
 * EndpointSlices of Services that select Pods.
 *
 * A Pod stays in the slice that it is in, and a slice is written only when what it says changes. Slices go with their
 * Service through their ownerReference. Pure.
 * Source: https://kubernetes.io/docs/concepts/services-networking/endpoint-slices/
 * @module
 */
import { equalJson } from '../json.js';
import type { ApiObject, JsonObject } from '../object.js';
import { type Controller, type Decision, keyOf, NOTHING, nameOf, type View, type Write } from './controller.js';
import * as endpoint from './endpoint.js';
import { controllerReference } from './owners.js';
import { isReady } from './pods.js';
import { selectsPods } from './selectors.js';
import { inOrder } from './template-hash.js';

const SLICES = 'endpointslices.discovery.k8s.io';
const SERVICE_NAME = 'kubernetes.io/service-name';
const MANAGED_BY = 'endpointslice.kubernetes.io/managed-by';
const MANAGER = 'endpointslice-controller.k8s.io';
/** Upstream's default for `--max-endpoints-per-slice`. */
const MAX_ENDPOINTS = 100;

export const endpointSlices: Controller = {
  name: 'endpoint-slice-controller',
  manager: 'kube-controller-manager',
  watches: {
    services: ({ object, type }) => (type === 'DELETED' ? [] : [keyOf(object)]),
    pods: ({ object, previous }, view) => [
      ...endpoint.servicesOf(object, view),
      ...(previous ? endpoint.servicesOf(previous, view) : []),
    ],
    nodes: ({ object, type }, view) => (type === 'MODIFIED' ? [] : servicesOn(object, view)),
    [SLICES]: ({ object }) => {
      const { [SERVICE_NAME]: service, [MANAGED_BY]: manager } = object.metadata.labels ?? {};
      return manager === MANAGER && service ? [`${object.metadata.namespace}/${service}`] : [];
    },
  },
  decide,
};

/** A Pod of a node that does not exist is no endpoint. */
const servicesOn = (node: ApiObject, view: View) =>
  view
    .list('pods')
    .filter(({ spec }) => spec.nodeName === node.metadata.name)
    .flatMap((pod) => endpoint.servicesOf(pod, view));

function decide(key: string, view: View): Decision {
  const service = view.get('services', nameOf(key));
  if (service === undefined || service.metadata.deletionTimestamp || !selectsPods(service)) return NOTHING;
  const { publishNotReadyAddresses, ipFamilies = ['IPv4'] } = service['spec'];
  const nodeOf = ({ spec }: ApiObject) => view.get('nodes', { name: spec.nodeName ?? '' });
  const pods = endpoint
    .podsOf(service, view)
    .map((pod) => ({ pod, node: nodeOf(pod) }))
    .filter(({ node }) => publishNotReadyAddresses || node !== undefined);
  const owned = view
    .dependents(service.metadata.uid)
    .filter(({ resource, object }) => resource === SLICES && object.metadata.labels?.[MANAGED_BY] === MANAGER)
    .map(({ object }) => object)
    .filter(({ metadata }) => !metadata.deletionTimestamp);
  const writes = ipFamilies.flatMap((family: string) =>
    slicesOf(
      service,
      family,
      pods,
      owned.filter((slice) => slice['addressType'] === family),
    ),
  );
  const stale = owned.filter((slice) => !ipFamilies.includes(slice['addressType']));
  return { writes: [...writes, ...stale.map(removal)] };
}

const removal = (object: ApiObject): Write => ({ do: 'delete', resource: SLICES, object });

interface Placed {
  readonly pod: ApiObject;
  readonly node: ApiObject | undefined;
}

/** Pods whose ports have the same numbers share slices. */
function slicesOf(
  service: ApiObject,
  family: string,
  pods: readonly Placed[],
  existing: readonly ApiObject[],
): readonly Write[] {
  const groups = new Map<string, { readonly ports: readonly JsonObject[]; readonly endpoints: JsonObject[] }>();
  for (const { pod, node } of pods) {
    const addresses = endpoint.addressesOf(pod).filter((address) => endpoint.familyOf(address) === family);
    if (addresses.length === 0) continue;
    const ports = portsOf(service, pod);
    const group = groups.get(portsKey(ports)) ?? { ports, endpoints: [] };
    groups.set(portsKey(ports), group);
    group.endpoints.push(endpointOf(service, pod, node, addresses));
  }
  const spare = existing.filter((slice) => !groups.has(portsKey(slice['ports'] ?? [])));
  const wanted: JsonObject[] = [];
  for (const [key, group] of groups) {
    const present = existing.filter((slice) => portsKey(slice['ports'] ?? []) === key);
    const packed = pack(group.endpoints, present);
    spare.push(...packed.empty);
    wanted.push(...packed.slices.map((slice) => ({ ...slice, ports: group.ports })));
  }
  // A Service without endpoints has one slice that says so.
  if (wanted.length === 0) wanted.push({ endpoints: [], ports: [] });
  const all = pods.map(({ pod }) => pod);
  const meta = metadataOf(
    service,
    endpoint.lastChange(service, all, existing.length > 0 ? toldBy(existing) : undefined),
  );
  const writes = wanted.flatMap(({ of, endpoints: some, ports: theirs }): readonly Write[] => {
    // Upstream's wire form of an empty list in these two fields.
    const [endpoints, ports] = [some, theirs].map((list) => (list.length > 0 ? list : null));
    const slice = (of as ApiObject | undefined) ?? spare.shift();
    if (slice === undefined) return [create(service, family, { endpoints, ports }, meta)];
    const isSame =
      equalJson(slice['endpoints'] ?? [], some) &&
      portsKey(slice['ports'] ?? []) === portsKey(theirs) &&
      equalJson(slice.metadata.labels, meta.labels);
    const { [endpoint.LAST_CHANGE]: _, ...kept } = slice.metadata.annotations ?? {};
    const annotations = { ...kept, ...meta.annotations };
    const metadata = { ...slice.metadata, labels: meta.labels, annotations };
    return isSame ? [] : [{ do: 'update', resource: SLICES, object: { ...slice, metadata, endpoints, ports } }];
  });
  return [...writes, ...spare.map(removal)];
}

/** Keeps every endpoint where it is; new ones go to a slice that changes anyway, then to one with room, then to new ones. */
function pack(endpoints: readonly JsonObject[], present: readonly ApiObject[]) {
  const left = new Map(endpoints.map((each) => [identity(each), each]));
  const slices: { of?: ApiObject; endpoints: JsonObject[] }[] = present.map((of) => ({
    of,
    endpoints: (of['endpoints'] ?? []).flatMap((old: JsonObject) => {
      const kept = left.get(identity(old));
      left.delete(identity(old));
      return kept === undefined ? [] : [kept];
    }),
  }));
  const changes = ({ of, endpoints: now }: { of?: ApiObject; endpoints: JsonObject[] }) =>
    !equalJson(of?.['endpoints'] ?? [], now);
  const byChange = slices.toSorted((a, b) => Number(changes(b)) - Number(changes(a)));
  const added = [...left.values()];
  for (const slice of byChange) slice.endpoints.push(...added.splice(0, MAX_ENDPOINTS - slice.endpoints.length));
  while (added.length > 0) slices.push({ endpoints: added.splice(0, MAX_ENDPOINTS) });
  return {
    slices: slices.filter((slice) => slice.endpoints.length > 0),
    empty: slices.flatMap(({ of, endpoints: now }) => (of !== undefined && now.length === 0 ? [of] : [])),
  };
}

const identity = ({ addresses, targetRef }: JsonObject) => `${addresses} ${targetRef?.uid}`;
const portsKey = (ports: readonly JsonObject[]) => ports.map(inOrder).sort().join();

function portsOf(service: ApiObject, pod: ApiObject): readonly JsonObject[] {
  return (service['spec'].ports ?? []).flatMap((port: JsonObject) => {
    const number = endpoint.portNumber(pod, port);
    const { name = '', protocol = 'TCP', appProtocol } = port;
    return number === undefined ? [] : [{ name, port: number, protocol, ...(appProtocol ? { appProtocol } : {}) }];
  });
}

/** Ready even while it is not, if the Service says so; else never while it terminates. */
function endpointOf(
  service: ApiObject,
  pod: ApiObject,
  node: ApiObject | undefined,
  addresses: readonly string[],
): JsonObject {
  const serving = isReady(pod);
  const terminating = pod.metadata.deletionTimestamp !== undefined;
  const ready = service['spec'].publishNotReadyAddresses === true || (serving && !terminating);
  const { nodeName } = pod['spec'];
  const hostname = endpoint.hostnameIn(pod, service);
  const zone = node?.metadata.labels?.['topology.kubernetes.io/zone'];
  return {
    addresses,
    conditions: { ready, serving, terminating },
    ...(hostname === undefined ? {} : { hostname }),
    ...(nodeName ? { nodeName } : {}),
    targetRef: endpoint.targetRef(pod),
    ...(zone ? { zone } : {}),
  };
}

const toldBy = (slices: readonly ApiObject[]): endpoint.Told =>
  new Map(
    slices
      .flatMap((slice): readonly JsonObject[] => slice['endpoints'] ?? [])
      .map(({ targetRef, conditions }) => [targetRef?.uid, conditions.serving]),
  );

interface SliceMetadata {
  readonly labels: Record<string, string>;
  readonly annotations: Readonly<Record<string, string>>;
}

const metadataOf = (service: ApiObject, annotations: SliceMetadata['annotations']): SliceMetadata => ({
  labels: {
    ...service.metadata.labels,
    [SERVICE_NAME]: service.metadata.name,
    [MANAGED_BY]: MANAGER,
    ...(endpoint.isHeadless(service) ? { [endpoint.HEADLESS]: '' } : {}),
  },
  annotations,
});

function create(service: ApiObject, addressType: string, content: JsonObject, metadata: SliceMetadata): Write {
  const object = {
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: {
      ...metadata,
      generateName: `${service.metadata.name}-`,
      namespace: service.metadata.namespace,
      ownerReferences: [controllerReference(service)],
    },
    addressType,
    ...content,
  };
  return { do: 'create', resource: SLICES, object };
}
