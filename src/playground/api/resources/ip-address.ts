/**
 * IPAddresses of networking.k8s.io, as data: upstream writes one for every ClusterIP, this server keeps count by itself.
 * @module
 */
import type { ApiObject, JsonObject } from '../object.js';
import type { Resource } from '../resource.js';
import type { Cause } from '../status.js';
import { immutable, invalidEach, required } from './causes.js';
import { NAME, text } from './columns.js';
import { dnsSubdomain, pathSegment } from './formats.js';

export const ipAddresses: Resource = {
  group: 'networking.k8s.io',
  version: 'v1',
  kind: 'IPAddress',
  plural: 'ipaddresses',
  singular: 'ipaddress',
  shortNames: ['ip'],
  categories: [],
  namespaced: false,
  subresources: [],
  counted: false,
  names: 'ip-address',
  strategy: {
    setDefaults(object) {
      object['spec'] ??= {};
    },
    validate(object, old) {
      if (old === undefined) return validateParent(object['spec'].parentRef);
      const changed = immutable('spec.parentRef', object['spec'].parentRef, old['spec'].parentRef);
      return changed === undefined ? [] : [changed];
    },
  },
  columns: [NAME, text('ParentRef', 'Whose address it is.', parentText)],
};

function validateParent(parent: JsonObject | undefined): readonly Cause[] {
  const field = 'spec.parentRef';
  if (parent === undefined) return [required(field)];
  const { group = '', resource = '', name = '', namespace = '' } = parent;
  const needed = (key: string, value: string) =>
    value === '' ? [required(`${field}.${key}`)] : invalidEach(`${field}.${key}`, value, pathSegment(value));
  return [
    ...(group === '' ? [] : invalidEach(`${field}.group`, group, dnsSubdomain(group))),
    ...needed('resource', resource),
    ...needed('name', name),
    ...(namespace === '' ? [] : invalidEach(`${field}.namespace`, namespace, pathSegment(namespace))),
  ];
}

function parentText({ spec }: ApiObject): string {
  if (spec?.parentRef === undefined) return '<none>';
  const { group, resource, namespace, name } = spec.parentRef;
  const kind = (group ? `${resource}.${group}` : String(resource)).toLowerCase();
  return [kind, namespace, name].filter(Boolean).join('/');
}
