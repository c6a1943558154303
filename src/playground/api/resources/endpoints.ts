/**
 * Endpoints of the core group: what EndpointSlices replace, still written by hand for Services without a selector.
 * @module
 */
import type { ApiObject, JsonObject } from '../object.js';
import type { Resource } from '../resource.js';
import type { Cause } from '../status.js';
import { validateAddress, validateEndpointAddress } from './addresses.js';
import { invalidEach, notSupported, required, sameJson } from './causes.js';
import { AGE, NAME, text } from './columns.js';
import { dnsLabel, dnsSubdomain, portNumber, qualifiedName } from './formats.js';
import { PROTOCOLS } from './service/ports.js';

/** How many addresses are listed before the rest is only counted. */
const MAX_SHOWN = 3;

const subsetsOf = (endpoints: ApiObject): readonly JsonObject[] => endpoints['subsets'] ?? [];

export const endpoints: Resource = {
  group: '',
  version: 'v1',
  kind: 'Endpoints',
  plural: 'endpoints',
  singular: 'endpoints',
  shortNames: ['ep'],
  categories: [],
  namespaced: true,
  subresources: [],
  counted: false,
  names: 'dns-subdomain',
  createOnUpdate: true,
  deprecated: 'v1 Endpoints is deprecated in v1.33+; use discovery.k8s.io/v1 EndpointSlice',
  strategy: {
    setDefaults(object) {
      const ports = subsetsOf(object).flatMap((subset): JsonObject[] => subset['ports'] ?? []);
      for (const port of ports) port['protocol'] ||= 'TCP';
    },
    validate: (object, old) =>
      old !== undefined && sameJson(object['subsets'], old['subsets'])
        ? []
        : subsetsOf(object).flatMap((subset, at) => validateSubset(`subsets[${at}]`, subset)),
  },
  columns: [NAME, text('Endpoints', 'Addresses and ports that are ready.', endpointsText), AGE],
};

function validateSubset(field: string, { addresses = [], notReadyAddresses = [], ports = [] }: JsonObject) {
  return [
    ...(addresses.length + notReadyAddresses.length === 0
      ? [required(field, 'must specify `addresses` or `notReadyAddresses`')]
      : []),
    ...(addresses as readonly JsonObject[]).flatMap((each, at) => validateTarget(`${field}.addresses[${at}]`, each)),
    ...(notReadyAddresses as readonly JsonObject[]).flatMap((each, at) =>
      validateTarget(`${field}.notReadyAddresses[${at}]`, each),
    ),
    ...(ports as readonly JsonObject[]).flatMap((port, at) =>
      validatePort(`${field}.ports[${at}]`, port, ports.length > 1),
    ),
  ];
}

function validateTarget(field: string, { ip = '', hostname, nodeName }: JsonObject): readonly Cause[] {
  return [
    ...validateAddress(`${field}.ip`, ip),
    ...(hostname ? invalidEach(`${field}.hostname`, hostname, dnsLabel(hostname)) : []),
    ...(nodeName == null ? [] : invalidEach(`${field}.nodeName`, nodeName, dnsSubdomain(nodeName))),
    ...validateEndpointAddress(`${field}.ip`, ip),
  ];
}

function validatePort(field: string, port: JsonObject, isNameNeeded: boolean): readonly Cause[] {
  const { name = '', port: number = 0, protocol, appProtocol } = port;
  return [
    ...(name === '' && isNameNeeded ? [required(`${field}.name`)] : []),
    ...(name === '' ? [] : invalidEach(`${field}.name`, name, dnsLabel(name))),
    ...invalidEach(`${field}.port`, number, portNumber(number)),
    ...(PROTOCOLS.includes(protocol) ? [] : [notSupported(`${field}.protocol`, protocol, PROTOCOLS)]),
    ...(appProtocol == null ? [] : invalidEach(`${field}.appProtocol`, appProtocol, qualifiedName(appProtocol))),
  ];
}

function endpointsText(object: ApiObject): string {
  if (subsetsOf(object).length === 0) return '<none>';
  const all = subsetsOf(object).flatMap(({ addresses = [], ports = [] }) => {
    const ips = (addresses as readonly JsonObject[]).map(({ ip }): string => ip);
    if (ports.length === 0) return ips;
    return (ports as readonly JsonObject[]).flatMap(({ port }) => ips.map((ip) => hostPort(ip, port)));
  });
  const shown = all.slice(0, MAX_SHOWN).join(',');
  return all.length > MAX_SHOWN ? `${shown} + ${all.length - MAX_SHOWN} more...` : shown;
}

const hostPort = (ip: string, port: number) => (ip.includes(':') ? `[${ip}]:${port}` : `${ip}:${port}`);
