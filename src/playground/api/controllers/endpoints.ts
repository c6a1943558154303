/**
 * Endpoints of Services that select Pods: the older form of EndpointSlices, of the Service's first address family only.
 *
 * Pure. Source: https://kubernetes.io/docs/concepts/services-networking/service/#endpoints
 * @module
 */
import { equalJson } from '../json.js';
import type { ApiObject, JsonObject } from '../object.js';
import { type Controller, type Decision, keyOf, NOTHING, nameOf, type View } from './controller.js';
import * as endpoint from './endpoint.js';
import { isReady } from './pods.js';
import { selectsPods } from './selectors.js';
import { inOrder } from './template-hash.js';

const MANAGED_BY = 'endpoints.kubernetes.io/managed-by';
const MANAGER = 'endpoint-controller';
/** Upstream's maxCapacity; beyond it an annotation says that some are missing. */
const MAX_ADDRESSES = 1000;
const OVER_CAPACITY = 'endpoints.kubernetes.io/over-capacity';

export const endpoints: Controller = {
  name: 'endpoint-controller',
  manager: 'kube-controller-manager',
  watches: {
    services: ({ object }) => [keyOf(object)],
    endpoints: ({ object }) => [keyOf(object)],
    pods: ({ object, previous }, view) => [
      ...endpoint.servicesOf(object, view),
      ...(previous ? endpoint.servicesOf(previous, view) : []),
    ],
  },
  decide,
};

function decide(key: string, view: View): Decision {
  const name = nameOf(key);
  const service = view.get('services', name);
  const current = view.get('endpoints', name);
  if (service === undefined) {
    // Those of a Service that is gone go too, whoever made them; so upstream has it.
    const isOurs = current !== undefined && current.metadata.annotations?.[LEADER] === undefined;
    return isOurs ? { writes: [{ do: 'delete', resource: 'endpoints', object: current }] } : NOTHING;
  }
  if (service.metadata.deletionTimestamp || !selectsPods(service)) return NOTHING;
  const pods = endpoint.podsOf(service, view).filter(({ metadata }) => !metadata.deletionTimestamp);
  const { subsets, isCut } = cut(subsetsOf(service, pods));
  const labels = {
    ...service.metadata.labels,
    ...(endpoint.isHeadless(service) ? { [endpoint.HEADLESS]: '' } : {}),
    [MANAGED_BY]: MANAGER,
  };
  if (current && equalJson(current['subsets'] ?? [], subsets) && equalJson(current.metadata.labels, labels)) {
    return NOTHING;
  }
  const { [OVER_CAPACITY]: _, [endpoint.LAST_CHANGE]: _time, ...kept } = current?.metadata.annotations ?? {};
  const annotations = {
    ...kept,
    ...endpoint.lastChange(service, pods, current && toldBy(current)),
    ...(isCut ? { [OVER_CAPACITY]: 'truncated' } : {}),
  };
  // Upstream leaves the field out when there is nothing in it.
  const content = subsets.length > 0 ? { subsets } : {};
  if (current === undefined) {
    const object = { apiVersion: 'v1', kind: 'Endpoints', metadata: { ...name, labels, annotations }, ...content };
    return { writes: [{ do: 'create', resource: 'endpoints', object }] };
  }
  const { subsets: __, ...rest } = current;
  const object = { ...rest, metadata: { ...current.metadata, labels, annotations }, ...content } as ApiObject;
  return { writes: [{ do: 'update', resource: 'endpoints', object }] };
}

/** Elections of old kept their record there; no Service has that name. */
const LEADER = 'control-plane.alpha.kubernetes.io/leader';

function toldBy({ subsets = [] }: JsonObject): endpoint.Told {
  const told = new Map<string, boolean>();
  for (const { addresses = [], notReadyAddresses = [] } of subsets) {
    for (const { targetRef } of addresses) told.set(targetRef?.uid, true);
    for (const { targetRef } of notReadyAddresses) told.set(targetRef?.uid, false);
  }
  return told;
}

interface Address {
  readonly entry: JsonObject;
  readonly isReady: boolean;
  readonly ports: readonly JsonObject[];
}

/** Addresses with the same ports stand together. */
function subsetsOf(service: ApiObject, pods: readonly ApiObject[]): readonly JsonObject[] {
  const { ipFamilies = ['IPv4'], publishNotReadyAddresses, ports = [] } = service['spec'];
  const addresses = pods.flatMap((pod): readonly Address[] => {
    const ip = endpoint.addressesOf(pod).find((address) => endpoint.familyOf(address) === ipFamilies[0]);
    const own = ports.flatMap((port: JsonObject) => portOf(pod, port));
    if (ip === undefined || (ports.length > 0 && own.length === 0)) return [];
    const hostname = endpoint.hostnameIn(pod, service);
    const { nodeName } = pod['spec'];
    const entry = {
      ip,
      ...(hostname === undefined ? {} : { hostname }),
      ...(nodeName ? { nodeName } : {}),
      targetRef: endpoint.targetRef(pod),
    };
    return [{ entry, isReady: publishNotReadyAddresses === true || isReady(pod), ports: own }];
  });
  return repack(addresses);
}

function portOf(pod: ApiObject, port: JsonObject): readonly JsonObject[] {
  const number = endpoint.portNumber(pod, port);
  const { name, protocol = 'TCP', appProtocol } = port;
  if (number === undefined) return [];
  return [{ ...(name ? { name } : {}), port: number, protocol, ...(appProtocol ? { appProtocol } : {}) }];
}

function repack(addresses: readonly Address[]): readonly JsonObject[] {
  const groups = new Map<string, Address[]>();
  for (const address of addresses) {
    const key = inOrder(address.ports);
    groups.set(key, [...(groups.get(key) ?? []), address]);
  }
  const sorted = [...groups].sort(([a], [b]) => (a < b ? -1 : 1));
  return sorted.map(([, group]) => {
    const { ports } = group[0] as Address;
    const byAddress = group.toSorted((a, b) => compareAddresses(a.entry['ip'], b.entry['ip']));
    const ready = byAddress.filter((each) => each.isReady).map(({ entry }) => entry);
    const notReady = byAddress.filter((each) => !each.isReady).map(({ entry }) => entry);
    return {
      ...(ready.length > 0 ? { addresses: ready } : {}),
      ...(notReady.length > 0 ? { notReadyAddresses: notReady } : {}),
      ...(ports.length > 0 ? { ports } : {}),
    };
  });
}

/** By number, not by letter, so that .9 comes before .10; of IPv6 any order that stays the same will do. */
const compareAddresses = (a: string, b: string): number => a.localeCompare(b, 'en', { numeric: true });

/** Ready ones first, until there are as many as upstream allows. */
function cut(subsets: readonly JsonObject[]): { readonly subsets: readonly JsonObject[]; readonly isCut: boolean } {
  const lists = ['addresses', 'notReadyAddresses'] as const;
  const sizeOf = (list: (typeof lists)[number]) => subsets.reduce((sum, each) => sum + (each[list]?.length ?? 0), 0);
  if (sizeOf('addresses') + sizeOf('notReadyAddresses') <= MAX_ADDRESSES) return { subsets, isCut: false };
  let room = MAX_ADDRESSES;
  const kept = subsets.map((subset) => ({ ...subset }));
  for (const list of lists) {
    for (const subset of kept as JsonObject[]) {
      const some = (subset[list] ?? []).slice(0, room);
      room -= some.length;
      if (some.length > 0) subset[list] = some;
      else delete subset[list];
    }
  }
  return { subsets: kept.filter((each: JsonObject) => each['addresses'] || each['notReadyAddresses']), isCut: true };
}
