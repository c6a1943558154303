/**
 * What is wrong with the spec of a pod, by itself and against what it was.
 *
 * Source: `k8s.io/kubernetes` pkg/apis/core/validation, ValidatePodSpec and ValidatePodUpdate.
 * @module
 */
import type { ApiObject, JsonObject } from '../../object.js';
import type { Cause } from '../../status.js';
import { validateAddress } from '../addresses.js';
import { duplicate, forbidden, immutable, invalid, invalidEach, notSupported, required, sameJson } from '../causes.js';
import { dnsLabel, dnsSubdomain, labelValue, qualifiedName } from '../formats.js';
import { validateLabels } from '../metadata.js';
import { validateContainers, validateInitContainers } from './containers.js';
import { containersOf, initContainersOf } from './defaults.js';

const RESTART_POLICIES = ['Always', 'OnFailure', 'Never'];
const DNS_POLICIES = ['ClusterFirstWithHostNet', 'ClusterFirst', 'Default', 'None'];
const EFFECTS = ['NoSchedule', 'PreferNoSchedule', 'NoExecute'];
/** Each with the field without which a volume of that kind is none. */
const VOLUME_SOURCES = [
  ['configMap', 'name'],
  ['secret', 'secretName'],
  ['hostPath', 'path'],
  ['persistentVolumeClaim', 'claimName'],
] as const;
const MUTABLE = [
  '`spec.containers[*].image`',
  '`spec.initContainers[*].image`',
  '`spec.activeDeadlineSeconds`',
  '`spec.tolerations` (only additions to existing tolerations)',
  '`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)',
];

/** `field` is `spec`, or `spec.template.spec` in a template. */
export function validatePodSpec(field: string, spec: JsonObject): readonly Cause[] {
  const volumes: readonly JsonObject[] = spec['volumes'] ?? [];
  const names = new Set(volumes.map(({ name }): string => name ?? ''));
  const containers = containersOf(spec);
  const text = (key: string, form: (value: string) => readonly string[]) =>
    spec[key] ? invalidEach(`${field}.${key}`, spec[key], form(spec[key])) : [];
  return [
    ...validateVolumes(`${field}.volumes`, volumes),
    ...validateContainers(`${field}.containers`, containers, names),
    ...validateInitContainers(
      `${field}.initContainers`,
      initContainersOf(spec),
      containers.map(({ name }): string => name ?? ''),
      names,
    ),
    ...validateHostNetwork(`${field}.containers`, spec),
    ...choice(`${field}.restartPolicy`, spec['restartPolicy'], RESTART_POLICIES),
    ...choice(`${field}.dnsPolicy`, spec['dnsPolicy'], DNS_POLICIES),
    ...validateLabels(`${field}.nodeSelector`, spec['nodeSelector']),
    ...text('serviceAccountName', dnsSubdomain),
    ...text('nodeName', dnsSubdomain),
    ...text('hostname', dnsLabel),
    ...text('subdomain', dnsLabel),
    ...((spec['tolerations'] ?? []) as readonly JsonObject[]).flatMap((each, at) =>
      validateToleration(`${field}.tolerations[${at}]`, each),
    ),
  ];
}

const choice = (field: string, value: string, choices: readonly string[]): readonly Cause[] =>
  choices.includes(value) ? [] : [notSupported(field, value, choices)];

function validateVolumes(field: string, volumes: readonly JsonObject[]): readonly Cause[] {
  const names = volumes.map(({ name }): string => name ?? '');
  return volumes.flatMap((volume, at) => {
    const name = names[at] ?? '';
    return [
      ...VOLUME_SOURCES.filter(([source, key]) => volume[source] != null && !volume[source][key]).map(([source, key]) =>
        required(`${field}[${at}].${source}.${key}`),
      ),
      ...(name === '' ? [required(`${field}[${at}].name`)] : invalidEach(`${field}[${at}].name`, name, dnsLabel(name))),
      ...(names.indexOf(name) < at ? [duplicate(`${field}[${at}].name`, name)] : []),
    ];
  });
}

function validateHostNetwork(field: string, spec: JsonObject): readonly Cause[] {
  if (spec['hostNetwork'] !== true) return [];
  const rule = 'must match `containerPort` when `hostNetwork` is true';
  return containersOf(spec).flatMap(({ ports = [] }, at) =>
    (ports as readonly JsonObject[]).flatMap(({ hostPort = 0, containerPort }, portAt) =>
      hostPort !== 0 && hostPort !== containerPort
        ? [invalid(`${field}[${at}].ports[${portAt}].hostPort`, hostPort, rule)]
        : [],
    ),
  );
}

function validateToleration(field: string, toleration: JsonObject): readonly Cause[] {
  const { key = '', operator = '', value = '', effect = '', tolerationSeconds } = toleration;
  const everything = 'operator must be Exists when `key` is empty, which means "match all values and all keys"';
  const wrong = (rule: string) => invalid(`${field}.operator`, value, rule);
  return [
    ...(key === '' ? [] : invalidEach(`${field}.key`, key, qualifiedName(key))),
    ...(key === '' && operator !== 'Exists' ? [invalid(`${field}.operator`, operator, everything)] : []),
    ...(tolerationSeconds != null && effect !== 'NoExecute'
      ? [invalid(`${field}.effect`, effect, "effect must be 'NoExecute' when `tolerationSeconds` is set")]
      : []),
    ...(operator === 'Equal' || operator === ''
      ? labelValue(value).map(wrong)
      : operator !== 'Exists'
        ? [notSupported(`${field}.operator`, operator, ['Equal', 'Exists'])]
        : value === ''
          ? []
          : [wrong("value must be empty when `operator` is 'Exists'")]),
    ...(effect === '' || EFFECTS.includes(effect) ? [] : [notSupported(`${field}.effect`, effect, EFFECTS)]),
  ];
}

/** Taints of a Node have the same effects. */
export const TAINT_EFFECTS = EFFECTS;

/** Hardly anything of a pod may change. Upstream appends a picture of the difference, which is left out here. */
export function validatePodChange({ spec }: ApiObject, { spec: old }: ApiObject): readonly Cause[] {
  for (const list of ['containers', 'initContainers']) {
    if ((spec[list] ?? []).length === (old[list] ?? []).length) continue;
    return [forbidden(`spec.${list}`, 'pod updates may not add or remove containers')];
  }
  const deadline = validateDeadline(spec.activeDeadlineSeconds, old.activeDeadlineSeconds);
  const kept: readonly JsonObject[] = spec.tolerations ?? [];
  const isTolerating = ((old.tolerations ?? []) as readonly JsonObject[]).every((each) =>
    kept.some((other) => sameJson({ ...each, tolerationSeconds: 0 }, { ...other, tolerationSeconds: 0 })),
  );
  return [
    ...deadline,
    ...(isTolerating
      ? []
      : [forbidden('spec.tolerations', 'existing toleration can not be modified except its tolerationSeconds')]),
    ...(sameJson(withoutMutable(spec, old), withoutMutable(old, old))
      ? []
      : [forbidden('spec', `pod updates may not change fields other than ${MUTABLE.join(',')}`)]),
  ];
}

function validateDeadline(now: number | undefined, before: number | undefined): readonly Cause[] {
  const field = 'spec.activeDeadlineSeconds';
  if (now == null) {
    return before == null ? [] : [invalid(field, now, 'must not update from a positive integer to nil value')];
  }
  return before != null && before < now ? [invalid(field, now, 'must be less than or equal to previous value')] : [];
}

function withoutMutable(spec: JsonObject, old: JsonObject): JsonObject {
  const { activeDeadlineSeconds: _deadline, tolerations: _tolerations, schedulingGates: _gates, ...rest } = spec;
  const plain = (containers: readonly JsonObject[]) => containers.map(({ image: _image, ...other }) => other);
  const [grace, before] = [spec['terminationGracePeriodSeconds'], old['terminationGracePeriodSeconds']];
  return {
    ...rest,
    containers: plain(containersOf(spec)),
    initContainers: plain(initContainersOf(spec)),
    terminationGracePeriodSeconds: before < 0 && grace === 1 ? before : grace,
  };
}

export function validatePodStatus({ status = {} }: ApiObject, { status: old = {} }: ApiObject): readonly Cause[] {
  const known = ((old.podIPs ?? []) as readonly JsonObject[]).map(({ ip }): string => ip);
  const quality = immutable('status.qosClass', status.qosClass, old.qosClass);
  return [
    ...((status.conditions ?? []) as readonly JsonObject[]).flatMap(({ type = '' }, at) =>
      // Upstream's own capital T.
      invalidEach(`status.conditions[${at}].Type`, type, qualifiedName(type)),
    ),
    ...(quality === undefined ? [] : [quality]),
    ...((status.podIPs ?? []) as readonly JsonObject[]).flatMap(({ ip = '' }, at) =>
      validateAddress(`status.podIPs[${at}]`, ip, known),
    ),
  ];
}
