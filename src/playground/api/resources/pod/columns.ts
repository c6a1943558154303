/**
 * Pods as `kubectl get` shows them: one word for everything that containers may be doing.
 *
 * Source: `k8s.io/kubernetes` pkg/printers/internalversion, printPod.
 * @module
 */
import type { ApiObject, JsonObject } from '../../object.js';
import type { Column } from '../../resource.js';
import { ageOf } from '../age.js';
import { AGE, NAME, text } from '../columns.js';
import { containersOf, initContainersOf } from './defaults.js';

export const podColumns: readonly Column[] = [
  NAME,
  text('Ready', 'How many of its containers are ready, of how many.', (pod) => readyText(pod)),
  text('Status', 'What it is doing.', (pod) => statusText(pod)),
  text('Restarts', 'How often its containers were started again, and when last.', (pod, nowMs) =>
    restartsText(pod, nowMs),
  ),
  AGE,
  text('IP', 'Its address.', ({ status }) => status?.podIPs?.[0]?.ip || '<none>', 1),
  text('Node', 'Where it runs.', ({ spec }) => spec.nodeName || '<none>', 1),
  text('Nominated Node', 'Where it is to run.', ({ status }) => status?.nominatedNodeName || '<none>', 1),
  text('Readiness Gates', 'How many of its gates are open.', (pod) => gatesText(pod), 1),
];

/** `status.phase` of a pod that will run no more. */
const TERMINAL = ['Succeeded', 'Failed'];

const initStatusesOf = ({ status }: ApiObject): readonly JsonObject[] => status?.initContainerStatuses ?? [];
const statusesOf = ({ status }: ApiObject): readonly JsonObject[] => status?.containerStatuses ?? [];
const conditionOf = ({ status }: ApiObject, type: string): JsonObject | undefined =>
  ((status?.conditions ?? []) as readonly JsonObject[]).find((each) => each['type'] === type);
const isTrue = (pod: ApiObject, type: string) => conditionOf(pod, type)?.['status'] === 'True';

/** An init container that runs beside the others from then on. */
const isSidecar = ({ spec }: ApiObject, name: string) =>
  initContainersOf(spec).some((each) => each['name'] === name && each['restartPolicy'] === 'Always');

/** The first init container that has not done its part, with what it is doing. */
function initializing(pod: ApiObject): string | undefined {
  const total = initContainersOf(pod['spec']).length;
  for (const [at, { name, state = {}, started }] of initStatusesOf(pod).entries()) {
    const { terminated, waiting } = state;
    if (terminated?.exitCode === 0 || (isSidecar(pod, name) && started === true)) continue;
    if (terminated != null) return `Init:${endText(terminated)}`;
    if (waiting?.reason && waiting.reason !== 'PodInitializing') return `Init:${waiting.reason}`;
    return `Init:${at}/${total}`;
  }
  return undefined;
}

const endText = ({ reason, signal, exitCode }: JsonObject): string =>
  reason || (signal ? `Signal:${signal}` : `ExitCode:${exitCode ?? 0}`);

function statusText(pod: ApiObject): string {
  const { status = {}, metadata } = pod;
  if (metadata.deletionTimestamp !== undefined) {
    if (status.reason === 'NodeLost') return 'Unknown';
    if (!TERMINAL.includes(status.phase)) return 'Terminating';
  }
  const gated = conditionOf(pod, 'PodScheduled')?.['reason'] === 'SchedulingGated';
  const reason: string = gated ? 'SchedulingGated' : status.reason || status.phase || '';
  const unready = initializing(pod);
  if (unready !== undefined && !isTrue(pod, 'Initialized')) return unready;
  return containersText(pod, unready ?? reason);
}

/** The first container that has something to say is heard. */
function containersText(pod: ApiObject, otherwise: string): string {
  let reason = otherwise;
  let failure = '';
  let isRunning = false;
  for (const { state = {}, ready } of [...statusesOf(pod)].reverse()) {
    if (state.waiting?.reason) reason = state.waiting.reason;
    else if (state.terminated != null) {
      reason = endText(state.terminated);
      if ((state.terminated.exitCode ?? 0) !== 0) failure = reason;
    } else if (ready === true && state.running != null) isRunning = true;
  }
  if (reason !== 'Completed') return reason;
  if (isRunning && isTrue(pod, 'Ready')) return 'Running';
  return failure || (isRunning ? 'NotReady' : reason);
}

function readyText(pod: ApiObject): string {
  const sidecars = initContainersOf(pod['spec']).filter((each) => each['restartPolicy'] === 'Always');
  const total = containersOf(pod['spec']).length + sidecars.length;
  const started = reachedInit(pod).filter(
    ({ name, started: hasStarted, ready, state }) =>
      isSidecar(pod, name) && hasStarted === true && ready === true && state?.terminated?.exitCode !== 0,
  );
  const running = areContainersDue(pod)
    ? statusesOf(pod).filter(({ ready, state }) => ready === true && state?.running != null)
    : [];
  return `${started.length + running.length}/${total}`;
}

const areContainersDue = (pod: ApiObject) => initializing(pod) === undefined || isTrue(pod, 'Initialized');

/** Init containers up to the one that is still at it. */
function reachedInit(pod: ApiObject): readonly JsonObject[] {
  const all = initStatusesOf(pod);
  const waiting = all.findIndex(
    ({ name, state, started }) => state?.terminated?.exitCode !== 0 && !(isSidecar(pod, name) && started === true),
  );
  return waiting < 0 ? all : all.slice(0, waiting + 1);
}

function restartsText(pod: ApiObject, nowMs: number): string {
  const init = reachedInit(pod);
  const counted = areContainersDue(pod)
    ? [...init.filter(({ name }) => isSidecar(pod, name)), ...statusesOf(pod)]
    : init;
  const restarts = counted.reduce((sum, { restartCount }) => sum + (restartCount ?? 0), 0);
  const ends = counted.map(({ lastState }): string => lastState?.terminated?.finishedAt ?? '');
  const last = ends.sort().at(-1);
  return restarts > 0 && last ? `${restarts} (${ageOf(last, nowMs)} ago)` : String(restarts);
}

function gatesText(pod: ApiObject): string {
  const gates: readonly JsonObject[] = pod['spec'].readinessGates ?? [];
  if (gates.length === 0) return '<none>';
  const open = gates.filter(({ conditionType }) => isTrue(pod, conditionType));
  return `${open.length}/${gates.length}`;
}
