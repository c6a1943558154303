/**
 * Mirroring: EndpointSlices that say what Endpoints say which somebody made by hand for a Service without selector.
 *
 * Pure. Source: https://kubernetes.io/docs/concepts/services-networking/endpoint-slices/#mirroring
 * @module
 */
import { equalJson } from '../json.js';
import type { ApiObject, JsonObject } from '../object.js';
import { type Controller, type Decision, keyOf, NOTHING, nameOf, type View, type Write } from './controller.js';
import { familyOf, LAST_CHANGE } from './endpoint.js';
import { controllerReference } from './owners.js';
import { inOrder } from './template-hash.js';

const SLICES = 'endpointslices.discovery.k8s.io';
const SERVICE_NAME = 'kubernetes.io/service-name';
const MANAGED_BY = 'endpointslice.kubernetes.io/managed-by';
const MANAGER = 'endpointslicemirroring-controller.k8s.io';
const SKIP = 'endpointslice.kubernetes.io/skip-mirror';
const LEADER = 'control-plane.alpha.kubernetes.io/leader';
const LAST_APPLIED = 'kubectl.kubernetes.io/last-applied-configuration';
/** Upstream's default for `--mirroring-max-endpoints-per-subset`. */
const MAX_ENDPOINTS = 1000;

export const mirroring: Controller = {
  name: 'endpoint-slice-mirroring-controller',
  manager: 'kube-controller-manager',
  watches: {
    endpoints: ({ object }) => [keyOf(object)],
    services: ({ object }) => [keyOf(object)],
    [SLICES]: ({ object }) => {
      const { [SERVICE_NAME]: service, [MANAGED_BY]: manager } = object.metadata.labels ?? {};
      return manager === MANAGER && service ? [`${object.metadata.namespace}/${service}`] : [];
    },
  },
  decide,
};

function decide(key: string, view: View): Decision {
  const name = nameOf(key);
  const service = view.get('services', name);
  const endpoints = view.get('endpoints', name);
  // Those of Endpoints that are gone go with them, through their ownerReference.
  if (endpoints === undefined || endpoints.metadata.deletionTimestamp) return NOTHING;
  const existing = view
    .dependents(endpoints.metadata.uid)
    .filter(({ resource, object: { metadata } }) => {
      return resource === SLICES && metadata.labels?.[MANAGED_BY] === MANAGER && !metadata.deletionTimestamp;
    })
    .map(({ object }) => object);
  const isMirrored = service !== undefined && !service['spec'].selector && mayMirror(endpoints);
  if (!isMirrored) return { writes: existing.map(removal) };

  const spare = [...existing];
  const changed: { readonly slice: JsonObject; readonly of: ApiObject | undefined }[] = [];
  for (const slice of mirrorsOf(endpoints)) {
    const at = spare.findIndex((each) => sliceKey(each) === sliceKey(slice));
    const [of] = at < 0 ? [] : spare.splice(at, 1);
    if (of === undefined || !isSame(of, slice)) changed.push({ slice, of });
  }
  const writes = changed.map(({ slice, of }): Write => {
    // The addressType of a slice cannot be changed.
    const at = of ? -1 : spare.findIndex((each) => each['addressType'] === slice['addressType']);
    const [reused] = at < 0 ? [of] : spare.splice(at, 1);
    if (reused === undefined) return { do: 'create', resource: SLICES, object: slice };
    const { generateName: _, ...metadata } = slice['metadata'];
    return {
      do: 'update',
      resource: SLICES,
      object: { ...reused, ...slice, metadata: { ...reused.metadata, ...metadata } },
    };
  });
  return { writes: [...writes, ...spare.map(removal)] };
}

const removal = (object: ApiObject): Write => ({ do: 'delete', resource: SLICES, object });

const mayMirror = ({ metadata }: ApiObject) =>
  metadata.labels?.[SKIP] !== 'true' && metadata.annotations?.[LEADER] === undefined;

const sliceKey = ({ addressType, ports }: JsonObject) => `${addressType} ${(ports ?? []).map(inOrder).sort()}`;

const isSame = (slice: ApiObject, wanted: JsonObject) =>
  equalJson(slice['endpoints'], wanted['endpoints']) &&
  equalJson(slice.metadata.labels, wanted['metadata'].labels) &&
  equalJson(slice.metadata.annotations ?? {}, wanted['metadata'].annotations);

/** One slice for each combination of ports and family. */
function mirrorsOf(endpoints: ApiObject): readonly JsonObject[] {
  const { namespace, name } = endpoints.metadata;
  const { [LAST_CHANGE]: _, [LAST_APPLIED]: __, ...annotations } = endpoints.metadata.annotations ?? {};
  const slices = new Map<string, JsonObject>();
  for (const { addresses = [], notReadyAddresses = [], ports = [] } of endpoints['subsets'] ?? []) {
    const all = [
      ...addresses.map((address: JsonObject) => endpointOf(address, true)),
      ...notReadyAddresses.map((address: JsonObject) => endpointOf(address, false)),
    ];
    for (const endpoint of all) {
      const slice: JsonObject = {
        apiVersion: 'discovery.k8s.io/v1',
        kind: 'EndpointSlice',
        metadata: {
          generateName: `${name}-`,
          namespace,
          labels: { ...endpoints.metadata.labels, [SERVICE_NAME]: name, [MANAGED_BY]: MANAGER },
          annotations,
          ownerReferences: [controllerReference(endpoints)],
        },
        addressType: familyOf(endpoint['addresses'][0]),
        endpoints: [],
        ports: ports.map(({ name: port = '', ...rest }: JsonObject) => ({ name: port, ...rest })),
      };
      const known = slices.get(sliceKey(slice)) ?? slice;
      slices.set(sliceKey(slice), known);
      if (known['endpoints'].length < MAX_ENDPOINTS) known['endpoints'].push(endpoint);
    }
  }
  return [...slices.values()];
}

const endpointOf = ({ ip, hostname, nodeName, targetRef }: JsonObject, ready: boolean): JsonObject => ({
  addresses: [ip],
  conditions: { ready },
  ...(hostname ? { hostname } : {}),
  ...(nodeName ? { nodeName } : {}),
  ...(targetRef ? { targetRef } : {}),
});
