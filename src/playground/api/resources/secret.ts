/**
 * Secrets of the core group.
 * @module
 */
import type { Resource } from '../resource.js';
import { AGE, NAME } from './columns.js';

export const secrets: Resource = {
  group: '',
  version: 'v1',
  kind: 'Secret',
  plural: 'secrets',
  singular: 'secret',
  shortNames: [],
  categories: [],
  namespaced: true,
  subresources: [],
  counted: false,
  names: 'dns-subdomain',

  strategy: {},
  columns: [NAME, AGE],
};
