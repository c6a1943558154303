/**
 * Cluster IPs and node ports: chosen when a Service is planned, taken when it is stored, given back when it no longer holds them.
 *
 * What a Service holds is read from the Service itself, so that the pools never know anything that no object says.
 *
 * Source: `k8s.io/kubernetes` pkg/registry/core/service/storage alloc.go.
 * @module
 */
import type { ApiObject } from '../../object.js';
import { type Cause, internalError, invalid as invalidObject, plainError, type Status } from '../../status.js';
import { invalid } from '../causes.js';
import { isSettled, settleFamilies } from './families.js';
import type { AddressPool, PortPool } from './pools.js';
import {
  clusterIpsOf,
  familiesOf,
  mayHaveNodePorts,
  needsClusterIp,
  needsHealthCheck,
  portsOf,
  wantsNodePorts,
} from './type.js';

export interface Pools {
  /** The default family first. */
  readonly addresses: readonly AddressPool[];
  readonly nodePorts: PortPool;
}

/** Fills in families, addresses and node ports; takes nothing. */
export function planAllocation(service: ApiObject, old: ApiObject | undefined, pools: Pools): Status | undefined {
  const cluster = pools.addresses.map((pool) => pool.family);
  const causes = settleFamilies(service, old, cluster);
  if (causes.length > 0) return refused(service, causes);
  return planAddresses(service, old, pools) ?? planPorts(service, old, pools.nodePorts);
}

/** Takes what `service` holds and gives back what only `old` held. Either may be absent. */
export function moveAllocation(service: ApiObject | undefined, old: ApiObject | undefined, pools: Pools): void {
  const [now, before] = [holdings(service), holdings(old)];
  for (const ip of before.addresses) poolOf(ip, pools)?.giveBack(ip);
  for (const ip of now.addresses) poolOf(ip, pools)?.take(ip);
  for (const port of before.ports) pools.nodePorts.giveBack(port);
  for (const port of now.ports) pools.nodePorts.take(port);
}

const poolOf = (ip: string, { addresses }: Pools) =>
  addresses.find((pool) => pool.family === (ip.includes(':') ? 'IPv6' : 'IPv4'));

function holdings(service: ApiObject | undefined): { addresses: ReadonlySet<string>; ports: ReadonlySet<number> } {
  if (service === undefined) return { addresses: new Set(), ports: new Set() };
  const ips = needsClusterIp(service) ? clusterIpsOf(service).filter((ip) => ip !== 'None') : [];
  const ports = portsOf(service).map((port): number => port['nodePort'] ?? 0);
  if (needsHealthCheck(service)) ports.push(service['spec'].healthCheckNodePort ?? 0);
  return { addresses: new Set(ips), ports: new Set(ports.filter((port) => port !== 0)) };
}

function planAddresses(service: ApiObject, old: ApiObject | undefined, pools: Pools): Status | undefined {
  const ips = [...clusterIpsOf(service)];
  if (!needsClusterIp(service) || ips[0] === 'None' || isSettled(service, old)) return undefined;
  const had = old !== undefined && needsClusterIp(old);
  if (had && clusterIpsOf(old)[0] === 'None') return undefined;
  const families = familiesOf(service);
  // What was there before is not asked for again; a change of it is refused by validation.
  const first = had ? familiesOf(old).length : 0;
  if (had && families.length <= first) return undefined;

  for (const [at, family] of families.entries()) {
    if (at < first) continue;
    const pool = pools.addresses.find((each) => each.family === family);
    const chosen = chooseAddress(service, pool, ips[at], ips);
    if (typeof chosen !== 'string') return chosen;
    ips[at] = chosen;
  }
  service['spec'].clusterIPs = ips;
  service['spec'].clusterIP = ips[0];
  return undefined;
}

function chooseAddress(
  service: ApiObject,
  pool: AddressPool | undefined,
  wanted: string | undefined,
  all: readonly string[],
): string | Status {
  if (!wanted) {
    const text = `failed to allocate a serviceIP for Service "${service.metadata.name}": range is full`;
    return pool?.next() ?? internalError(text);
  }
  const why = pool?.refusal(wanted);
  if (why === undefined) return wanted;
  return refused(service, [invalid('spec.clusterIPs', all, `failed to allocate IP ${wanted}: ${why}`)]);
}

const refused = (service: ApiObject, causes: readonly Cause[]) =>
  invalidObject({ group: '', plural: 'services', kind: 'Service', name: service.metadata.name }, causes);

function planPorts(service: ApiObject, old: ApiObject | undefined, pool: PortPool): Status | undefined {
  const chosen = new Set<number>();
  const held = new Set(old === undefined ? [] : portsOf(old).map((port): number => port['nodePort'] ?? 0));
  const trouble = mayHaveNodePorts(service)
    ? old === undefined
      ? planNewPorts(service, pool, chosen)
      : planChangedPorts(service, held, pool, chosen)
    : undefined;
  return trouble ?? planHealthCheck(service, old, pool, chosen);
}

/** Ports with the same number, such as 53 of TCP and UDP, get the same node port. */
function planNewPorts(service: ApiObject, pool: PortPool, chosen: Set<number>): Status | undefined {
  const byNumber = new Map<number, number>();
  const ports = portsOf(service);
  for (const [at, port] of ports.entries()) {
    const asked: number = port['nodePort'] ?? 0;
    if (asked === 0 && !wantsNodePorts(service)) continue;
    const same = byNumber.get(port['port']);
    if (same !== undefined && (asked === 0 || asked === same)) {
      port['nodePort'] = same;
      continue;
    }
    const named = ports.find((each) => each['port'] === port['port'] && each['nodePort'])?.['nodePort'] ?? 0;
    const got =
      same === undefined ? choosePort(service, at, named, pool, chosen) : choosePort(service, at, asked, pool, chosen);
    if (typeof got !== 'number') return got;
    port['nodePort'] = got;
    if (same === undefined) byNumber.set(port['port'], got);
  }
  return undefined;
}

function planChangedPorts(
  service: ApiObject,
  held: ReadonlySet<number>,
  pool: PortPool,
  chosen: Set<number>,
): Status | undefined {
  const seen = new Set<string>();
  for (const [at, port] of portsOf(service).entries()) {
    const asked: number = port['nodePort'] ?? 0;
    if (asked === 0 && !wantsNodePorts(service)) continue;
    if (asked === 0 || !(held.has(asked) || chosen.has(asked))) {
      const got = choosePort(service, at, asked, pool, chosen);
      if (typeof got !== 'number') return got;
      port['nodePort'] = got;
    }
    const key = `{${port['protocol']} ${port['nodePort']}}`;
    if (seen.has(key)) return plainError(`duplicate nodePort: ${key}`);
    seen.add(key);
  }
  return undefined;
}

function choosePort(
  service: ApiObject,
  at: number,
  asked: number,
  pool: PortPool,
  chosen: Set<number>,
): number | Status {
  const why = asked === 0 ? undefined : pool.refusal(asked, chosen);
  if (why !== undefined) return refused(service, [invalid(`spec.ports[${at}].nodePort`, asked, why)]);
  const port = asked === 0 ? pool.next(chosen) : asked;
  if (port === undefined) return internalError('failed to allocate a nodePort: range is full');
  chosen.add(port);
  return port;
}

function planHealthCheck(
  service: ApiObject,
  old: ApiObject | undefined,
  pool: PortPool,
  chosen: Set<number>,
): Status | undefined {
  if (!needsHealthCheck(service) || (old !== undefined && needsHealthCheck(old))) return undefined;
  const { spec } = service;
  const asked: number = spec.healthCheckNodePort ?? 0;
  const why = asked === 0 ? undefined : pool.refusal(asked, chosen);
  if (why !== undefined) return internalError(`failed to allocate requested HealthCheck NodePort ${asked}: ${why}`);
  const port = asked === 0 ? pool.next(chosen) : asked;
  if (port === undefined) return internalError('failed to allocate a HealthCheck NodePort 0: range is full');
  spec.healthCheckNodePort = port;
  return undefined;
}
