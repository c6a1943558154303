/**
 * IPAddresss of networking.k8s.io.
 * @module
 */
import type { Resource } from '../resource.js';
import { AGE, NAME } from './columns.js';

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

  strategy: {},
  columns: [NAME, AGE],
};
