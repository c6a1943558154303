/**
 * ServiceCIDRs of networking.k8s.io.
 * @module
 */
import type { Resource } from '../resource.js';
import { AGE, NAME } from './columns.js';

export const serviceCidrs: Resource = {
  group: 'networking.k8s.io',
  version: 'v1',
  kind: 'ServiceCIDR',
  plural: 'servicecidrs',
  singular: 'servicecidr',
  shortNames: [],
  categories: [],
  namespaced: false,
  subresources: ['status'],
  counted: false,
  names: 'dns-subdomain',

  strategy: {},
  columns: [NAME, AGE],
};
