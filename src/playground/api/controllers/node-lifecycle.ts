/**
 * Nodes that fall silent, in small: a Node whose Lease is not renewed becomes Unknown, with the taints and the readiness of
 * its Pods that follow from it, and all that back again when the Lease is renewed.
 *
 * Nodes without a Lease are left as whoever made them says. No Pod is evicted. Pure.
 * Source: https://kubernetes.io/docs/concepts/architecture/nodes/#node-heartbeats
 * @module
 */
import { toTime } from '../../../kube/clock.js';
import { equalJson } from '../json.js';
import type { ApiObject, JsonObject } from '../object.js';
import { type Condition, conditionOf, conditionsOf, withCondition } from './conditions.js';
import { type Controller, type Decision, NOTHING, type View, type Write } from './controller.js';
import { isReady, isTerminal } from './pods.js';

/** How long a Lease may be old. Source: `leaseDurationSeconds` of a kubelet. */
export const GRACE_MS = 40_000;
/** Upstream's default for `--node-monitor-period`. */
const PERIOD_MS = 5_000;
const LEASE_NAMESPACE = 'kube-node-lease';
const EVERY = 'every node';

/** What a kubelet says of each condition while all is well; the first is the one that counts. */
const HEALTHY: readonly (readonly [type: string, status: 'True' | 'False', reason: string, message: string])[] = [
  ['Ready', 'True', 'KubeletReady', 'kubelet is posting ready status'],
  ['MemoryPressure', 'False', 'KubeletHasSufficientMemory', 'kubelet has sufficient memory available'],
  ['DiskPressure', 'False', 'KubeletHasNoDiskPressure', 'kubelet has no disk pressure'],
  ['PIDPressure', 'False', 'KubeletHasSufficientPID', 'kubelet has sufficient PID available'],
];

/** Made anew for each server: it remembers since when it has been watching. */
export function nodeLifecycle(): Controller {
  let awakeSinceMs = 0;
  let lookedMs = Number.NEGATIVE_INFINITY;
  return {
    name: 'node-controller',
    manager: 'kube-controller-manager',
    watches: {
      nodes: ({ object, previous, type }) => {
        const isNews = type !== 'DELETED' && !equalJson(object['spec'], previous?.['spec']);
        return isNews || !equalJson(conditionOf(object, 'Ready'), previous && conditionOf(previous, 'Ready'))
          ? [object.metadata.name]
          : [];
      },
      'leases.coordination.k8s.io': ({ object }) =>
        object.metadata.namespace === LEASE_NAMESPACE ? [object.metadata.name] : [],
    },
    everyMs: { key: EVERY, periodMs: PERIOD_MS },
    decide(key, view, nowMs) {
      // Whoever slept has heard no Lease meanwhile, and starts to wait anew.
      if (nowMs - lookedMs > 2 * PERIOD_MS || nowMs < lookedMs) awakeSinceMs = nowMs;
      lookedMs = nowMs;
      const nodes = key === EVERY ? view.list('nodes') : [view.get('nodes', { name: key })];
      return { writes: nodes.flatMap((node) => (node ? judge(node, view, { nowMs, awakeSinceMs }).writes : [])) };
    },
  };
}

interface Times {
  readonly nowMs: number;
  /** Nobody is called silent for what was before this. */
  readonly awakeSinceMs: number;
}

/** What is to be written about one node. */
export function judge(node: ApiObject, view: View, { nowMs, awakeSinceMs }: Times): Decision {
  const { name } = node.metadata;
  const lease = view.get('leases.coordination.k8s.io', { namespace: LEASE_NAMESPACE, name });
  const renewedMs = Date.parse(lease?.['spec']?.renewTime ?? '');
  const ready = conditionOf(node, 'Ready');
  const isSilent = !Number.isNaN(renewedMs) && nowMs - Math.max(renewedMs, awakeSinceMs) > GRACE_MS;
  const isFresh = !Number.isNaN(renewedMs) && nowMs - renewedMs <= GRACE_MS;
  if (isSilent && ready?.status !== 'Unknown') {
    const about = { do: 'event', about: node, type: 'Normal', reason: 'NodeNotReady' } as const;
    return {
      writes: [
        setConditions(node, HEALTHY.map(unknown), nowMs),
        { ...about, message: `Node ${name} status is now: NodeNotReady` },
      ],
    };
  }
  if (isFresh && ready?.status === 'Unknown' && ready.reason === UNKNOWN_REASON) {
    const healthy = HEALTHY.map(([type, status, reason, message]) => ({ type, status, reason, message }));
    // The Pods first: that the Node is still Unknown is what says that they are to be looked at.
    return {
      writes: [...podsOf(node, view).flatMap((pod) => restore(pod, nowMs)), setConditions(node, healthy, nowMs)],
    };
  }
  const writes = [...taint(node, nowMs)];
  if (ready?.status === 'Unknown') writes.push(...podsOf(node, view).flatMap((pod) => silence(pod, nowMs)));
  return writes.length > 0 ? { writes } : NOTHING;
}

const UNKNOWN_REASON = 'NodeStatusUnknown';

const unknown = ([type]: (typeof HEALTHY)[number]): Condition => ({
  type,
  status: 'Unknown',
  reason: UNKNOWN_REASON,
  message: 'Kubelet stopped posting node status.',
});

function setConditions(node: ApiObject, wanted: readonly Condition[], nowMs: number): Write {
  let conditions = conditionsOf(node);
  for (const condition of wanted) {
    const current = conditions.find(({ type }) => type === condition.type);
    // What the kubelet never reported is not made up.
    if (current === undefined && condition.type !== 'Ready') continue;
    const since = current?.status === condition.status ? current['lastTransitionTime'] : toTime(nowMs);
    conditions = withCondition(conditions, { ...condition, lastTransitionTime: since });
  }
  return { do: 'update-status', resource: 'nodes', object: { ...node, status: { ...node['status'], conditions } } };
}

const podsOf = ({ metadata }: ApiObject, view: View) =>
  view.list('pods').filter((pod) => pod['spec'].nodeName === metadata.name && !isTerminal(pod));

/** Nobody knows how it is: Services are to leave it out. */
function silence(pod: ApiObject, nowMs: number): readonly Write[] {
  if (!isReady(pod)) return [];
  return [
    setReady(pod, 'False', nowMs),
    { do: 'event', about: pod, type: 'Warning', reason: 'NodeNotReady', message: 'Node is not ready' },
  ];
}

/** Its containers were ready all along, as far as was ever said; readiness gates are left to who reports them. */
function restore(pod: ApiObject, nowMs: number): readonly Write[] {
  const isOurs = !isReady(pod) && conditionOf(pod, 'ContainersReady')?.status === 'True';
  return isOurs && !pod['spec'].readinessGates?.length ? [setReady(pod, 'True', nowMs)] : [];
}

function setReady(pod: ApiObject, status: 'True' | 'False', nowMs: number): Write {
  const change = { type: 'Ready', status, lastTransitionTime: toTime(nowMs) } as const;
  const conditions = withCondition(conditionsOf(pod), change);
  return { do: 'update-status', resource: 'pods', object: { ...pod, status: { ...pod['status'], conditions } } };
}

const TAINTS = ['not-ready', 'unreachable', 'unschedulable'].map((name) => `node.kubernetes.io/${name}`);

/** Taints say again what conditions and `spec.unschedulable` say. A Node without condition Ready is left alone. */
function taint(node: ApiObject, nowMs: number): readonly Write[] {
  const ready = conditionOf(node, 'Ready')?.status;
  const current: readonly JsonObject[] = node['spec']?.taints ?? [];
  if (ready === undefined) return [];
  const health = ready === 'True' ? undefined : `node.kubernetes.io/${ready === 'False' ? 'not-ready' : 'unreachable'}`;
  const wanted: readonly JsonObject[] = [
    ...(node['spec']?.unschedulable === true ? [{ key: TAINTS[2], effect: 'NoSchedule' }] : []),
    ...(health === undefined ? [] : ['NoSchedule', 'NoExecute'].map((effect) => ({ key: health, effect }))),
  ];
  const same = (a: JsonObject, b: JsonObject) => a['key'] === b['key'] && a['effect'] === b['effect'];
  const kept = current.filter((each) => !TAINTS.includes(each['key']) || wanted.some((other) => same(each, other)));
  const added = wanted
    .filter((each) => !current.some((other) => same(each, other)))
    .map((each) => ({ ...each, timeAdded: toTime(nowMs) }));
  if (kept.length === current.length && added.length === 0) return [];
  const { taints: _, ...spec } = node['spec'] ?? {};
  const taints = [...kept, ...added];
  const object = { ...node, spec: { ...spec, ...(taints.length > 0 ? { taints } : {}) } };
  return [{ do: 'update', resource: 'nodes', object }];
}
