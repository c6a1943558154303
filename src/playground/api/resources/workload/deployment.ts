/**
 * Deployments of apps.
 * @module
 */
import type { ApiObject, JsonObject } from '../../object.js';
import type { Resource } from '../../resource.js';
import type { Cause } from '../../status.js';
import { forbidden, immutable, invalid, invalidEach, notSupported } from '../causes.js';
import { AGE, count, NAME, text } from '../columns.js';
import { completeConditions } from '../conditions.js';
import { ruleWithExamples } from '../formats.js';
import { nameWarnings } from '../pod/pod.js';
import { templateColumns } from './columns.js';
import { setTemplateDefaults, validateCount, validateCounts, validateSelected } from './template.js';

const COUNTS = [
  'observedGeneration',
  'replicas',
  'updatedReplicas',
  'readyReplicas',
  'availableReplicas',
  'unavailableReplicas',
  'terminatingReplicas',
  'collisionCount',
];

export const deployments: Resource = {
  group: 'apps',
  version: 'v1',
  kind: 'Deployment',
  plural: 'deployments',
  singular: 'deployment',
  shortNames: ['deploy'],
  categories: ['all'],
  namespaced: true,
  subresources: ['status', 'scale'],
  counted: true,
  // They are copied to the ReplicaSets.
  countedMetadata: 'annotations',
  names: 'dns-subdomain',
  strategy: {
    setDefaults: setDeploymentDefaults,
    prepare(deployment, old) {
      deployment['status'] = old === undefined ? {} : old['status'];
    },
    validate: (deployment, old) => [
      ...validateDeployment(deployment['spec']),
      ...(old === undefined ? [] : validateSelectorKept(deployment, old)),
    ],
    prepareStatus(deployment, old) {
      deployment['spec'] = old['spec'];
      if (old.metadata.labels === undefined) delete deployment.metadata.labels;
      else deployment.metadata.labels = old.metadata.labels;
    },
    validateStatus: ({ status = {} }, { status: old = {} }) => [
      ...validateCounts(status, COUNTS, ['updatedReplicas', 'readyReplicas', 'availableReplicas']),
      ...((status.collisionCount ?? 0) < (old.collisionCount ?? 0)
        ? [invalid('status.collisionCount', status.collisionCount ?? 0, 'cannot be decremented')]
        : []),
    ],
    warnings: (deployment, old) => (old === undefined ? nameWarnings(deployment, 'Pod names and hostnames') : []),
  },
  columns: [
    NAME,
    text('Ready', 'How many of its pods are ready, of how many.', readyText),
    count(
      'Up-to-date',
      'How many of its pods are as the template wants them.',
      ({ status }) => status?.updatedReplicas,
    ),
    count(
      'Available',
      'How many of its pods have been ready for long enough.',
      ({ status }) => status?.availableReplicas,
    ),
    AGE,
    ...templateColumns,
  ],
};

function readyText({ spec, status }: ApiObject): string {
  return `${status?.readyReplicas ?? 0}/${spec.replicas ?? 0}`;
}

function setDeploymentDefaults(deployment: ApiObject): void {
  deployment['spec'] ??= {};
  const { spec } = deployment;
  setTemplateDefaults(spec);
  spec.strategy ??= {};
  spec.strategy.type ||= 'RollingUpdate';
  if (spec.strategy.type === 'RollingUpdate') {
    spec.strategy.rollingUpdate = { maxUnavailable: '25%', maxSurge: '25%', ...spec.strategy.rollingUpdate };
  }
  spec.revisionHistoryLimit ??= 10;
  spec.progressDeadlineSeconds ??= 600;
  deployment['status'] ??= {};
  completeConditions(deployment, ['lastUpdateTime', 'lastTransitionTime']);
}

function validateDeployment(spec: JsonObject): readonly Cause[] {
  const { minReadySeconds = 0, progressDeadlineSeconds: deadline } = spec;
  return [
    ...validateCount('spec.replicas', spec['replicas']),
    ...validateSelected(spec),
    ...validateStrategy(spec['strategy']),
    ...validateCount('spec.minReadySeconds', minReadySeconds),
    ...validateCount('spec.revisionHistoryLimit', spec['revisionHistoryLimit']),
    ...validateCount('spec.progressDeadlineSeconds', deadline),
    ...(deadline <= minReadySeconds
      ? [invalid('spec.progressDeadlineSeconds', deadline, 'must be greater than minReadySeconds')]
      : []),
  ];
}

function validateStrategy({ type, rollingUpdate }: JsonObject): readonly Cause[] {
  const field = 'spec.strategy';
  if (type === 'Recreate') {
    const rule = "may not be specified when strategy `type` is 'Recreate'";
    return rollingUpdate == null ? [] : [forbidden(`${field}.rollingUpdate`, rule)];
  }
  if (type !== 'RollingUpdate') {
    // The value as upstream's internal type looks.
    return [notSupported(field, { Type: type, RollingUpdate: rollingUpdate ?? null }, ['Recreate', 'RollingUpdate'])];
  }
  const { maxUnavailable, maxSurge } = rollingUpdate;
  const unavailable = `${field}.rollingUpdate.maxUnavailable`;
  return [
    ...validateShare(unavailable, maxUnavailable),
    ...validateShare(`${field}.rollingUpdate.maxSurge`, maxSurge),
    ...(shareOf(maxUnavailable) === 0 && shareOf(maxSurge) === 0
      ? [invalid(unavailable, maxUnavailable, 'may not be 0 when `maxSurge` is 0')]
      : []),
    ...(typeof maxUnavailable === 'string' && shareOf(maxUnavailable) > 100
      ? [invalid(unavailable, maxUnavailable, 'must not be greater than 100%')]
      : []),
  ];
}

/** A number of pods, or a percentage of them. */
function validateShare(field: string, share: number | string): readonly Cause[] {
  if (typeof share === 'number') return validateCount(field, share);
  const rule = "a valid percent string must be a numeric string followed by an ending '%'";
  return /^[0-9]+%$/.test(share) ? [] : invalidEach(field, share, [ruleWithExamples(rule, '[0-9]+%', '1%', '93%')]);
}

const shareOf = (share: number | string): number =>
  typeof share === 'number' ? share : Number.parseInt(share, 10) || 0;

/** A new selector would leave pods behind that nobody counts. Also of ReplicaSets. */
export function validateSelectorKept(object: ApiObject, old: ApiObject): readonly Cause[] {
  const changed = immutable('spec.selector', object['spec'].selector, old['spec'].selector);
  return changed === undefined ? [] : [changed];
}
