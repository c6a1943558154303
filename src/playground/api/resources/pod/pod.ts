/**
 * Pods of the core group.
 * @module
 */
import type { ApiObject, JsonObject } from '../../object.js';
import type { Resource } from '../../resource.js';
import { dnsLabel } from '../formats.js';
import { podColumns } from './columns.js';
import { setPodDefaults } from './defaults.js';
import { qualityOf } from './quality.js';
import { validatePodChange, validatePodSpec, validatePodStatus } from './validation.js';

/** How long a pod stays on a node that is gone: the admission plugin DefaultTolerationSeconds. */
const TOLERATED_SECONDS = 300;
const TOLERATED = ['node.kubernetes.io/not-ready', 'node.kubernetes.io/unreachable'];

export const pods: Resource = {
  group: '',
  version: 'v1',
  kind: 'Pod',
  plural: 'pods',
  singular: 'pod',
  shortNames: ['po'],
  categories: ['all'],
  namespaced: true,
  subresources: ['status', 'binding'],
  counted: true,
  names: 'dns-subdomain',
  strategy: {
    setDefaults: setPodDefaults,
    prepare(pod, old) {
      if (old !== undefined) {
        pod['status'] = old['status'];
        return;
      }
      pod['status'] = { phase: 'Pending', qosClass: qualityOf(pod['spec']) };
      admit(pod['spec']);
    },
    validate: (pod, old) => [
      ...validatePodSpec('spec', pod['spec']),
      ...(old === undefined ? [] : validatePodChange(pod, old)),
    ],
    prepareStatus(pod, old) {
      pod['spec'] = old['spec'];
      if (old.metadata.ownerReferences === undefined) delete pod.metadata.ownerReferences;
      else pod.metadata.ownerReferences = old.metadata.ownerReferences;
      if (old['status']?.qosClass !== undefined) pod['status'].qosClass ||= old['status'].qosClass;
    },
    validateStatus: validatePodStatus,
    warnings: (pod, old) => (old === undefined ? nameWarnings(pod, "the Pod's hostname") : []),
    fields: podFields,
    graceSeconds: ({ spec, status }, asked) => {
      if (!spec.nodeName || status?.phase === 'Failed' || status?.phase === 'Succeeded') return 0;
      const seconds = asked ?? spec.terminationGracePeriodSeconds ?? 0;
      return seconds < 0 ? 1 : seconds;
    },
  },
  columns: podColumns,
};

/** What admission plugins that are always on would add. */
function admit(spec: JsonObject): void {
  spec['priority'] ??= 0;
  spec['preemptionPolicy'] ??= 'PreemptLowerPriority';
  const tolerations: readonly JsonObject[] = spec['tolerations'] ?? [];
  const covers = ({ key = '', effect = '' }: JsonObject, taint: string) =>
    (key === '' || key === taint) && (effect === '' || effect === 'NoExecute');
  const added = TOLERATED.filter((taint) => !tolerations.some((each) => covers(each, taint))).map((key) => ({
    key,
    operator: 'Exists',
    effect: 'NoExecute',
    tolerationSeconds: TOLERATED_SECONDS,
  }));
  if (tolerations.length + added.length > 0) spec['tolerations'] = [...tolerations, ...added];
}

/** A name may have dots; the host that is called after it may not. */
export function nameWarnings({ metadata: { name } }: ApiObject, use: string): readonly string[] {
  const rules = dnsLabel(name);
  if (rules.length === 0) return [];
  const advice = 'which can result in surprising behavior; a DNS label is recommended';
  return [`metadata.name: this is used in ${use}, ${advice}: [${rules.join(' ')}]`];
}

function podFields({ spec, status = {} }: ApiObject): Readonly<Record<string, string>> {
  return {
    'spec.nodeName': spec.nodeName ?? '',
    'spec.restartPolicy': spec.restartPolicy ?? '',
    'spec.schedulerName': spec.schedulerName ?? '',
    'spec.serviceAccountName': spec.serviceAccountName ?? '',
    'spec.hostNetwork': String(spec.hostNetwork === true),
    'status.phase': status.phase ?? '',
    'status.podIP': status.podIPs?.[0]?.ip ?? status.podIP ?? '',
    'status.nominatedNodeName': status.nominatedNodeName ?? '',
  };
}
