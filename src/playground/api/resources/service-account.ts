/**
 * ServiceAccounts of the core group, as data: this server knows one user.
 * @module
 */
import type { Resource } from '../resource.js';
import { AGE, NAME } from './columns.js';

export const serviceAccounts: Resource = {
  group: '',
  version: 'v1',
  kind: 'ServiceAccount',
  plural: 'serviceaccounts',
  singular: 'serviceaccount',
  shortNames: ['sa'],
  categories: [],
  namespaced: true,
  subresources: [],
  counted: false,
  names: 'dns-subdomain',
  strategy: {},
  columns: [NAME, AGE],
};
