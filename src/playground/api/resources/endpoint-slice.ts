/**
 * EndpointSlices of discovery.k8s.io: which pods stand behind a Service.
 * @module
 */
import type { ApiObject, JsonObject } from '../object.js';
import type { Resource } from '../resource.js';
import type { Cause } from '../status.js';
import { validateAddress, validateCanonicalAddress, validateEndpointAddress } from './addresses.js';
import { duplicate, immutable, invalid, invalidEach, notSupported, required, sameJson, tooMany } from './causes.js';
import { AGE, NAME, text } from './columns.js';
import { dnsLabel, dnsSubdomain, labelValue, qualifiedName } from './formats.js';
import { PROTOCOLS } from './service/ports.js';

const TYPES = ['FQDN', 'IPv4', 'IPv6'];
const MAX_ADDRESSES = 100;
const MAX_PORTS = 20_000;
const MAX_ENDPOINTS = 1000;
const MAX_HINTS = 8;
/** How many ports or addresses are listed before the rest is only counted. */
const MAX_SHOWN = 3;

const endpointsOf = (slice: ApiObject): readonly JsonObject[] => slice['endpoints'] ?? [];
const portsOf = (slice: ApiObject): readonly JsonObject[] => slice['ports'] ?? [];

export const endpointSlices: Resource = {
  group: 'discovery.k8s.io',
  version: 'v1',
  kind: 'EndpointSlice',
  plural: 'endpointslices',
  singular: 'endpointslice',
  shortNames: [],
  categories: [],
  namespaced: true,
  subresources: [],
  counted: true,
  countedMetadata: 'labels',
  names: 'dns-subdomain',
  strategy: {
    setDefaults(slice) {
      // Go's nil, which is written because neither may be left out.
      for (const field of ['endpoints', 'ports']) if ((slice[field] ?? []).length === 0) slice[field] = null;
      for (const endpoint of endpointsOf(slice)) {
        endpoint['addresses'] ??= null;
        endpoint['conditions'] ??= {};
      }
      for (const port of portsOf(slice)) {
        port['name'] ??= '';
        port['protocol'] ??= 'TCP';
      }
    },
    prepare(slice) {
      for (const endpoint of endpointsOf(slice)) delete endpoint['deprecatedTopology'];
    },
    validate: validateSlice,
    warnings: ({ addressType }, old) =>
      addressType === 'FQDN' && old === undefined ? ['spec.addressType: FQDN endpoints are deprecated'] : [],
  },
  columns: [
    NAME,
    text('AddressType', 'IPv4, IPv6 or FQDN.', ({ addressType }) => addressType ?? ''),
    text('Ports', 'Ports of every endpoint.', (slice) =>
      listText(portsOf(slice).map(({ port, name }) => String(port ?? name ?? '*'))),
    ),
    text('Endpoints', 'Addresses of the endpoints.', (slice) =>
      listText(endpointsOf(slice).flatMap(({ addresses }): string[] => addresses ?? [])),
    ),
    AGE,
  ],
};

function listText(all: readonly string[]): string {
  const shown = all.slice(0, MAX_SHOWN).join(',');
  return all.length > MAX_SHOWN ? `${shown} + ${all.length - MAX_SHOWN} more...` : shown || '<unset>';
}

function validateSlice(slice: ApiObject, old: ApiObject | undefined): readonly Cause[] {
  const type = slice['addressType'] ?? '';
  const isKnown = old !== undefined && sameJson(slice['endpoints'], old['endpoints']);
  const changed = old === undefined ? undefined : immutable('addressType', type, old['addressType']);
  return [
    ...(type === ''
      ? [required('addressType')]
      : TYPES.includes(type)
        ? []
        : [notSupported('addressType', type, TYPES)]),
    ...validatePorts(portsOf(slice)),
    ...(isKnown ? [] : validateEndpoints(endpointsOf(slice), type)),
    ...(changed === undefined ? [] : [changed]),
  ];
}

function validatePorts(ports: readonly JsonObject[]): readonly Cause[] {
  if (ports.length > MAX_PORTS) return [tooMany('ports', ports.length, MAX_PORTS)];
  const names = ports.map(({ name }): string => name);
  return ports.flatMap(({ name, protocol, appProtocol }, at) => {
    const field = `ports[${at}]`;
    return [
      ...(name === '' ? [] : invalidEach(`${field}.name`, name, dnsLabel(name))),
      ...(names.indexOf(name) < at ? [duplicate(`${field}.name`, name)] : []),
      ...(PROTOCOLS.includes(protocol) ? [] : [notSupported(`${field}.protocol`, protocol, PROTOCOLS)]),
      ...(appProtocol == null ? [] : invalidEach(`${field}.appProtocol`, appProtocol, qualifiedName(appProtocol))),
    ];
  });
}

function validateEndpoints(endpoints: readonly JsonObject[], type: string): readonly Cause[] {
  if (endpoints.length > MAX_ENDPOINTS) return [tooMany('endpoints', endpoints.length, MAX_ENDPOINTS)];
  return endpoints.flatMap(({ addresses, nodeName, hostname, hints }, at) => {
    const field = `endpoints[${at}]`;
    return [
      ...validateAddresses(`${field}.addresses`, addresses ?? [], type),
      ...(nodeName == null ? [] : invalidEach(`${field}.nodeName`, nodeName, dnsSubdomain(nodeName))),
      ...(hostname == null ? [] : invalidEach(`${field}.hostname`, hostname, dnsLabel(hostname))),
      ...validateHints(`${field}.hints.forZones`, hints?.forZones ?? [], labelValue),
      ...validateHints(`${field}.hints.forNodes`, hints?.forNodes ?? [], dnsSubdomain),
    ];
  });
}

function validateAddresses(field: string, addresses: readonly string[], type: string): readonly Cause[] {
  return [
    ...(addresses.length === 0 ? [required(field, 'must contain at least 1 address')] : []),
    ...(addresses.length > MAX_ADDRESSES ? [tooMany(field, addresses.length, MAX_ADDRESSES)] : []),
    ...addresses.flatMap((address, at) => {
      const each = `${field}[${at}]`;
      if (type !== 'IPv4' && type !== 'IPv6') return [];
      const malformed = type === 'IPv4' ? validateAddress(each, address) : validateCanonicalAddress(each, address);
      if (malformed.length > 0) return malformed;
      const isOther = address.includes(':') !== (type === 'IPv6');
      return [
        ...(isOther ? [invalid(field, address, `must be an ${type} address`)] : []),
        ...validateEndpointAddress(each, address),
      ];
    }),
  ];
}

function validateHints(
  field: string,
  hints: readonly JsonObject[],
  form: (text: string) => readonly string[],
): readonly Cause[] {
  if (hints.length > MAX_HINTS) return [tooMany(field, hints.length, MAX_HINTS)];
  const names = hints.map(({ name }): string => name ?? '');
  return names.flatMap((name, at) => [
    ...(names.indexOf(name) < at ? [duplicate(`${field}[${at}].name`, name)] : []),
    ...invalidEach(`${field}[${at}].name`, name, form(name)),
  ]);
}
