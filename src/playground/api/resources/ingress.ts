/**
 * Ingresss of networking.k8s.io.
 * @module
 */
import type { Resource } from '../resource.js';
import { AGE, NAME } from './columns.js';

export const ingresses: Resource = {
  group: 'networking.k8s.io',
  version: 'v1',
  kind: 'Ingress',
  plural: 'ingresses',
  singular: 'ingress',
  shortNames: ['ing'],
  categories: [],
  namespaced: true,
  subresources: ['status'],
  counted: true,
  names: 'dns-subdomain',

  strategy: {},
  columns: [NAME, AGE],
};
