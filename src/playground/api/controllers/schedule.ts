/**
 * Which node a Pod runs on, in small: Ready nodes that it may run on, spread over them. No resources are counted.
 *
 * Of affinities only `nodeSelector` is known. Pure.
 * Source: https://kubernetes.io/docs/concepts/scheduling-eviction/ ; reasons and messages as upstream words them.
 * @module
 */
import { toTime } from '../../../kube/clock.js';
import type { ApiObject, JsonObject } from '../object.js';
import { onNode } from '../scale.js';
import { conditionOf, conditionsOf, withCondition } from './conditions.js';
import { type Controller, type Decision, keyOf, NOTHING, nameOf, type View } from './controller.js';
import { controllerOf } from './owners.js';
import { isTerminal } from './pods.js';

export const scheduler: Controller = {
  name: 'default-scheduler',
  manager: 'kube-scheduler',
  watches: {
    pods: ({ object, type }) => (type !== 'DELETED' && isWaiting(object) ? [keyOf(object)] : []),
    nodes: ({ object, previous }, view) =>
      previous && sameForPods(object, previous) ? [] : view.list('pods').filter(isWaiting).map(keyOf),
  },
  decide,
};

const isWaiting = ({ metadata, spec, status }: ApiObject): boolean =>
  !spec.nodeName &&
  !metadata.deletionTimestamp &&
  !spec.schedulingGates?.length &&
  (spec.schedulerName ?? 'default-scheduler') === 'default-scheduler' &&
  status?.phase !== 'Succeeded' &&
  status?.phase !== 'Failed';

/** Heartbeats change nothing for a Pod that found no node. */
const sameForPods = (a: ApiObject, b: ApiObject) =>
  ['taints', 'unschedulable'].every((field) => JSON.stringify(a['spec'][field]) === JSON.stringify(b['spec'][field])) &&
  JSON.stringify(a.metadata.labels) === JSON.stringify(b.metadata.labels) &&
  conditionOf(a, 'Ready')?.status === conditionOf(b, 'Ready')?.status;

function decide(key: string, view: View, nowMs: number): Decision {
  const pod = view.get('pods', nameOf(key));
  if (pod === undefined || !isWaiting(pod)) return NOTHING;
  const choice = chooseNode(pod, view.list('nodes'), view.list('pods'));
  const { namespace, name } = pod.metadata;
  if (choice.node !== undefined) {
    const message = `Successfully assigned ${namespace}/${name} to ${choice.node}`;
    return {
      writes: [
        { do: 'bind', object: onNode(pod, choice.node, nowMs) },
        { do: 'event', about: pod, type: 'Normal', reason: 'Scheduled', message, action: 'Binding' },
      ],
    };
  }
  const current = conditionOf(pod, 'PodScheduled');
  const { message } = choice;
  if (current?.status === 'False' && current.message === message) return NOTHING;
  const conditions = withCondition(conditionsOf(pod), {
    type: 'PodScheduled',
    status: 'False',
    reason: 'Unschedulable',
    message,
    lastProbeTime: null,
    observedGeneration: pod.metadata.generation,
    lastTransitionTime: current?.status === 'False' ? current['lastTransitionTime'] : toTime(nowMs),
  });
  return {
    writes: [
      { do: 'update-status', resource: 'pods', object: { ...pod, status: { ...pod['status'], conditions } } },
      { do: 'event', about: pod, type: 'Warning', reason: 'FailedScheduling', message, action: 'Scheduling' },
    ],
  };
}

export type Choice =
  | { readonly node: string; readonly message?: never }
  | { readonly node?: never; readonly message: string };

/** Upstream says what it tried after it found no node; nothing that keeps a Pod away here would end with another Pod. */
const PREEMPTION = 'no new claims to deallocate, preemption';
const helpless = (nodes: number) => `${nodes} Preemption is not helpful for scheduling.`;

/** Fewest pods of the same owner, then fewest pods, then the first by name. */
export function chooseNode(pod: ApiObject, nodes: readonly ApiObject[], pods: readonly ApiObject[]): Choice {
  if (nodes.length === 0) return { message: 'no nodes available to schedule pods' };
  const none = `0/${nodes.length} nodes are available`;
  const refusals = new Map<string, number>();
  const fitting: string[] = [];
  for (const node of nodes) {
    const refusal = whyNot(pod, node);
    if (refusal === undefined) fitting.push(node.metadata.name);
    else refusals.set(refusal, (refusals.get(refusal) ?? 0) + 1);
  }
  if (fitting.length === 0) {
    const reasons = [...refusals].map(([reason, count]) => `${count} ${reason}`).sort();
    return { message: `${none}: ${reasons.join(', ')}. ${PREEMPTION}: ${none}: ${helpless(nodes.length)}` };
  }
  const owner = controllerOf(pod)?.uid;
  const here = new Map(fitting.map((name) => [name, { kin: 0, all: 0 }]));
  for (const other of pods) {
    const counts = here.get(other['spec'].nodeName);
    if (counts === undefined || isTerminal(other)) continue;
    counts.all++;
    if (owner !== undefined && controllerOf(other)?.uid === owner) counts.kin++;
  }
  const [first] = [...here].sort(
    ([nameA, a], [nameB, b]) => a.kin - b.kin || a.all - b.all || (nameA < nameB ? -1 : 1),
  );
  return { node: (first as [string, unknown])[0] };
}

/** What keeps the Pod from the node, in upstream's words; `undefined`: nothing. */
function whyNot({ spec }: ApiObject, node: ApiObject): string | undefined {
  const labels = node.metadata.labels ?? {};
  const taints: readonly JsonObject[] = node['spec']?.taints ?? [];
  if (node['spec']?.unschedulable === true && !tolerates(spec, UNSCHEDULABLE)) return 'node(s) were unschedulable';
  if (Object.entries(spec.nodeSelector ?? {}).some(([key, value]) => labels[key] !== value)) {
    return "node(s) didn't match Pod's node affinity/selector";
  }
  const isBad = (taint: JsonObject) => taint['effect'] !== 'PreferNoSchedule' && !tolerates(spec, taint);
  if (taints.some(isBad)) return 'node(s) had untolerated taint(s)';
  // Upstream knows this state by its taint alone, which here may come a moment later.
  return conditionOf(node, 'Ready')?.status === 'True' ? undefined : 'node(s) were not ready';
}

const UNSCHEDULABLE = { key: 'node.kubernetes.io/unschedulable', effect: 'NoSchedule' };

/** Source: https://kubernetes.io/docs/concepts/scheduling-eviction/taint-and-toleration/ */
export function tolerates(podSpec: JsonObject, taint: JsonObject): boolean {
  return (podSpec['tolerations'] ?? []).some(({ key, operator = 'Equal', value = '', effect }: JsonObject) => {
    if (effect && effect !== taint['effect']) return false;
    if (key && key !== taint['key']) return false;
    if (operator === 'Exists') return true;
    return Boolean(key) && operator === 'Equal' && value === (taint['value'] ?? '');
  });
}
