/**
 * What the cases of Services have in common: changes of a spec, and what every default holds.
 * @module
 */
import { isIPv4, isIPv6 } from 'node:net';
import { type Json, MERGE_PATCH } from './http.js';
import type { World } from './world.js';

export const change = (world: World, name: string, spec: Json) =>
  world.http.patch(world.path('services', name), { spec }, MERGE_PATCH);
export const changed = async (world: World, name: string, spec: Json): Promise<Json> =>
  (await world.ok(change(world, name, spec))).spec;

/** The spec with what was allocated replaced by what it is. */
export function withoutAllocations(spec: Json): Json {
  const family = (ip: string) => (isIPv4(ip) ? 'an IPv4' : isIPv6(ip) ? 'an IPv6' : ip);
  const isNodePort = (port: number) => port >= 30_000 && port <= 32_767;
  return JSON.parse(JSON.stringify(spec), (key, value) => {
    if (key === 'clusterIP') return family(value);
    if (key === 'clusterIPs') return value.map(family);
    if ((key === 'nodePort' || key === 'healthCheckNodePort') && isNodePort(value)) return 'a node port';
    return value;
  });
}

export const COMMON = { sessionAffinity: 'None', internalTrafficPolicy: 'Cluster' };
export const ONE_IPV4 = {
  clusterIP: 'an IPv4',
  clusterIPs: ['an IPv4'],
  ipFamilies: ['IPv4'],
  ipFamilyPolicy: 'SingleStack',
};
export const PORT = { protocol: 'TCP', port: 80, targetPort: 80 };
export const NODE_PORT = { ...PORT, nodePort: 'a node port' };
