/**
 * ReplicaSets of apps.
 * @module
 */
import type { ApiObject } from '../../object.js';
import type { Resource } from '../../resource.js';
import { AGE, count, NAME } from '../columns.js';
import { completeConditions } from '../conditions.js';
import { nameWarnings } from '../pod/pod.js';
import { templateColumns } from './columns.js';
import { validateSelectorKept } from './deployment.js';
import { setTemplateDefaults, validateCount, validateCounts, validateSelected } from './template.js';

const PARTS = ['fullyLabeledReplicas', 'readyReplicas', 'availableReplicas'];
const COUNTS = ['replicas', ...PARTS, 'observedGeneration', 'terminatingReplicas'];

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
  strategy: {
    setDefaults(set) {
      set['spec'] ??= {};
      setTemplateDefaults(set['spec']);
      set['status'] = { ...set['status'], replicas: set['status']?.replicas ?? 0 };
      completeConditions(set, ['lastTransitionTime']);
    },
    prepare(set, old) {
      set['status'] = old === undefined ? { replicas: 0 } : old['status'];
    },
    validate: (set, old) => [
      ...validateCount('spec.replicas', set['spec'].replicas),
      ...validateCount('spec.minReadySeconds', set['spec'].minReadySeconds),
      ...validateSelected(set['spec']),
      ...(old === undefined ? [] : validateSelectorKept(set, old)),
    ],
    prepareStatus(set, old) {
      set['spec'] = old['spec'];
    },
    validateStatus: ({ status = {} }) => validateCounts(status, COUNTS, PARTS),
    warnings: (set, old) => (old === undefined ? nameWarnings(set, 'Pod names and hostnames') : []),
    fields: ({ status }: ApiObject) => ({ 'status.replicas': String(status?.replicas ?? 0) }),
  },
  columns: [
    NAME,
    count('Desired', 'How many pods there are to be.', ({ spec }) => spec.replicas, 'integer'),
    count('Current', 'How many pods there are.', ({ status }) => status?.replicas, 'integer'),
    count('Ready', 'How many of its pods are ready.', ({ status }) => status?.readyReplicas, 'integer'),
    AGE,
    ...templateColumns,
  ],
};
