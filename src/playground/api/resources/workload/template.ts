/**
 * What Deployments and ReplicaSets have in common: how many of what, and how they are recognised.
 *
 * Source: `k8s.io/kubernetes` pkg/apis/apps/validation; `k8s.io/apimachinery` pkg/apis/meta/v1/validation.
 * @module
 */
import { type LabelExpression, type LabelSelector, matchesSelector } from '../../../../values/labels.js';
import type { JsonObject } from '../../object.js';
import type { Cause } from '../../status.js';
import { forbidden, invalid, invalidEach, notSupported, required } from '../causes.js';
import { labelValue, qualifiedName } from '../formats.js';
import { validateLabels } from '../metadata.js';
import { setPodSpecDefaults } from '../pod/defaults.js';
import { validatePodSpec } from '../pod/validation.js';

export function setTemplateDefaults(spec: JsonObject): void {
  spec['replicas'] ??= 1;
  spec['template'] ??= {};
  const { template } = spec;
  template.metadata ??= {};
  if (template.metadata.creationTimestamp === null) delete template.metadata.creationTimestamp;
  template.spec ??= {};
  setPodSpecDefaults(template.spec);
}

export const validateCount = (field: string, count: number | undefined): readonly Cause[] =>
  (count ?? 0) < 0 ? [invalid(field, count, 'must be greater than or equal to 0')] : [];

/** `spec.selector`, and that it selects what the template makes. */
export function validateSelected({ selector, template }: JsonObject): readonly Cause[] {
  const field = 'spec.selector';
  const labels: Record<string, string> | undefined = template.metadata?.labels;
  const mismatch = invalid('spec.template.metadata.labels', labels, '`selector` does not match template `labels`');
  if (selector == null) return [required(field), mismatch, ...validateTemplate(template)];
  const expressions: readonly JsonObject[] = selector.matchExpressions ?? [];
  const isEmpty = Object.keys(selector.matchLabels ?? {}).length + expressions.length === 0;
  const malformed = [
    ...validateLabels(`${field}.matchLabels`, selector.matchLabels),
    ...expressions.flatMap((each, at) => validateExpression(`${field}.matchExpressions[${at}]`, each)),
  ];
  return [
    ...malformed,
    ...(isEmpty ? [invalid(field, selector, 'empty selector is invalid for deployment')] : []),
    ...(malformed.length > 0
      ? [invalid(field, selector, 'invalid label selector')]
      : [
          ...(isEmpty || matchesSelector(selectorOf(selector), labels ?? {}) ? [] : [mismatch]),
          ...validateTemplate(template),
        ]),
  ];
}

const selectorOf = ({ matchLabels = {}, matchExpressions = [] }: JsonObject): LabelSelector => ({
  matchLabels,
  matchExpressions: matchExpressions as readonly LabelExpression[],
});

function validateExpression(field: string, { key = '', operator = '', values = [] }: JsonObject): readonly Cause[] {
  const needs = operator === 'In' || operator === 'NotIn';
  const refuses = operator === 'Exists' || operator === 'DoesNotExist';
  return [
    ...(needs && values.length === 0
      ? [required(`${field}.values`, "must be specified when `operator` is 'In' or 'NotIn'")]
      : []),
    ...(refuses && values.length > 0
      ? [forbidden(`${field}.values`, "may not be specified when `operator` is 'Exists' or 'DoesNotExist'")]
      : []),
    ...(needs || refuses ? [] : [invalid(`${field}.operator`, operator, 'not a valid selector operator')]),
    ...invalidEach(`${field}.key`, key, qualifiedName(key)),
    ...(values as readonly string[]).flatMap((value, at) =>
      invalidEach(`${field}.values[${at}]`, value, labelValue(value)),
    ),
  ];
}

function validateTemplate({ metadata = {}, spec = {} }: JsonObject): readonly Cause[] {
  const field = 'spec.template';
  return [
    ...validateLabels(`${field}.labels`, metadata.labels),
    ...Object.keys(metadata.annotations ?? {}).flatMap((key) =>
      invalidEach(`${field}.annotations`, key, qualifiedName(key.toLowerCase())),
    ),
    ...validatePodSpec(`${field}.spec`, spec),
    ...(spec.restartPolicy === 'Always'
      ? []
      : [notSupported(`${field}.spec.restartPolicy`, spec.restartPolicy, ['Always'])]),
    ...(spec.activeDeadlineSeconds == null
      ? []
      : [forbidden(`${field}.spec.activeDeadlineSeconds`, 'activeDeadlineSeconds in ReplicaSet is not Supported')]),
  ];
}

/** What a status counts: never negative, and of `replicas` never more than there are. */
export function validateCounts(
  status: JsonObject,
  counts: readonly string[],
  parts: readonly string[],
): readonly Cause[] {
  const { replicas = 0, readyReplicas = 0, availableReplicas = 0 } = status;
  return [
    ...counts.flatMap((key) => validateCount(`status.${key}`, status[key])),
    ...parts
      .filter((key) => (status[key] ?? 0) > replicas)
      .map((key) => invalid(`status.${key}`, status[key], 'cannot be greater than status.replicas')),
    ...(availableReplicas > readyReplicas
      ? [invalid('status.availableReplicas', availableReplicas, 'cannot be greater than readyReplicas')]
      : []),
  ];
}
