/**
 * ReplicaSets of apps.
 * @module
 */
import type { Resource } from '../resource.js';
import { AGE, NAME } from './columns.js';

export const replicaSets: Resource = {
  group: 'apps',
  version: 'v1',
  kind: 'ReplicaSet',
  plural: 'replicasets',
  singular: 'replicaset',
  shortNames: ['rs'],
  categories: ['all'],
  namespaced: true,
  subresources: ['status', 'scale'],
  counted: true,
  names: 'dns-subdomain',

  strategy: {},
  columns: [NAME, AGE],
};
