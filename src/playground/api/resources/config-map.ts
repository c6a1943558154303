/**
 * ConfigMaps of the core group.
 * @module
 */
import type { Resource } from '../resource.js';
import { AGE, NAME } from './columns.js';

export const configMaps: Resource = {
  group: '',
  version: 'v1',
  kind: 'ConfigMap',
  plural: 'configmaps',
  singular: 'configmap',
  shortNames: ['cm'],
  categories: [],
  namespaced: true,
  subresources: [],
  counted: false,
  names: 'dns-subdomain',

  strategy: {},
  columns: [NAME, AGE],
};
