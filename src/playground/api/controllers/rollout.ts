/**
 * How large each ReplicaSet of a Deployment is to be next: one step of a rolling update, a recreation or a scaling.
 *
 * Pure. Each step is taken on what came of the one before, so that an interrupted rollout goes on where it was.
 * Source: https://kubernetes.io/docs/concepts/workloads/controllers/deployment/ and what upstream's controller does.
 * @module
 */
import type { ApiObject } from '../object.js';

export const DESIRED_REPLICAS = 'deployment.kubernetes.io/desired-replicas';
export const MAX_REPLICAS = 'deployment.kubernetes.io/max-replicas';

export interface ReplicaSets {
  /** The one whose template is the Deployment's; absent until it is made. */
  readonly fresh: ApiObject | undefined;
  /** Oldest first. */
  readonly old: readonly ApiObject[];
}

/** Sizes that differ from what a ReplicaSet has now, by its name. */
export type Sizes = ReadonlyMap<string, number>;
const UNCHANGED: Sizes = new Map();

/** How many pods may be too many, and how many may be missing; never both 0, since nothing could move then. */
export function margins(deployment: ApiObject): { readonly surge: number; readonly unavailable: number } {
  const { strategy = {}, replicas } = deployment['spec'];
  if (strategy.type === 'Recreate') return { surge: 0, unavailable: 0 };
  const { maxSurge = '25%', maxUnavailable = '25%' } = strategy.rollingUpdate ?? {};
  const surge = scaled(maxSurge, replicas, Math.ceil);
  const unavailable = Math.min(scaled(maxUnavailable, replicas, Math.floor), replicas);
  return surge === 0 && unavailable === 0 ? { surge, unavailable: Math.min(1, replicas) } : { surge, unavailable };
}

const scaled = (value: number | string, whole: number, round: (x: number) => number): number =>
  typeof value === 'number' ? value : round((Number.parseInt(value, 10) * whole) / 100);

/** A ReplicaSet that has pods was told another number of replicas than the Deployment now wants. */
export const isScaling = (deployment: ApiObject, sets: ReplicaSets): boolean =>
  active(all(sets)).some((set) => {
    const told = set.metadata.annotations?.[DESIRED_REPLICAS];
    return told !== undefined && Number(told) !== deployment['spec'].replicas;
  });

/** As many of the new template's pods as there may be next. */
export function nextFreshSize(deployment: ApiObject, sets: ReplicaSets): number {
  const { replicas, strategy } = deployment['spec'];
  if (strategy?.type === 'Recreate') return replicas;
  const current = sets.fresh ? sizeOf(sets.fresh) : 0;
  const room = replicas + margins(deployment).surge - total(all(sets), sizeOf);
  return room <= 0 ? current : current + Math.min(room, replicas - current);
}

/** The next step of a rolling update; `fresh` exists. */
export function rollingStep(deployment: ApiObject, sets: ReplicaSets & { readonly fresh: ApiObject }): Sizes {
  const { fresh, old } = sets;
  const { replicas } = deployment['spec'];
  const size = sizeOf(fresh);
  const next = size > replicas ? replicas : nextFreshSize(deployment, sets);
  if (next !== size) return new Map([[fresh.metadata.name, next]]);

  const sizes = new Map<string, number>();
  const minAvailable = replicas - margins(deployment).unavailable;
  // Pods of the new template that are not available yet are no reason to remove working ones.
  let room = total(all(sets), sizeOf) - minAvailable - (size - availableOf(fresh));
  if (room <= 0) return sizes;
  // Broken pods first: they serve nobody, and would hold the rollout up.
  for (const set of old) {
    const broken = Math.min(room, sizeOf(set) - availableOf(set));
    if (broken <= 0) continue;
    sizes.set(set.metadata.name, sizeOf(set) - broken);
    room -= broken;
  }
  let spare = total(all(sets), availableOf) - minAvailable;
  for (const set of old) {
    const left = sizes.get(set.metadata.name) ?? sizeOf(set);
    const removed = Math.min(left, spare);
    if (removed <= 0) continue;
    sizes.set(set.metadata.name, left - removed);
    spare -= removed;
  }
  return sizes;
}

/** Everything old to 0. */
export const recreateStep = ({ old }: ReplicaSets): Sizes =>
  new Map(active(old).map((set) => [set.metadata.name, 0] as const));

/** Another number of replicas, or a paused Deployment: the sizes keep their proportions, nothing is rolled. */
export function scalingStep(deployment: ApiObject, sets: ReplicaSets): Sizes {
  const { replicas, strategy } = deployment['spec'];
  const withPods = active(all(sets));
  const only = withPods.length > 1 ? undefined : (withPods[0] ?? sets.fresh ?? sets.old.at(-1));
  if (withPods.length <= 1) {
    return only && sizeOf(only) !== replicas ? new Map([[only.metadata.name, replicas]]) : UNCHANGED;
  }
  if (sets.fresh && isSaturated(deployment, sets.fresh)) return recreateStep(sets);
  if (strategy?.type === 'Recreate') return UNCHANGED;
  const toAdd = (replicas > 0 ? replicas + margins(deployment).surge : 0) - total(withPods, sizeOf);
  return inProportion(deployment, withPods, toAdd);
}

/** Shares `toAdd` (less than 0: to remove) out, the largest first; what rounding leaves goes to the largest. */
function inProportion(deployment: ApiObject, sets: readonly ApiObject[], toAdd: number): Sizes {
  const newestFirst = toAdd > 0;
  const ordered = sets
    .map((set, age) => ({ set, age }))
    .sort((a, b) => sizeOf(b.set) - sizeOf(a.set) || (newestFirst ? b.age - a.age : a.age - b.age));
  const maxNow = deployment['spec'].replicas + margins(deployment).surge;
  const sizes = new Map<string, number>();
  let added = 0;
  for (const { set } of ordered) {
    const maxBefore = Number(set.metadata.annotations?.[MAX_REPLICAS]) || deployment['status']?.replicas || 0;
    const wanted = deployment['spec'].replicas === 0 ? 0 : (sizeOf(set) * maxNow) / (maxBefore || maxNow);
    const share = Math.round(wanted) - sizeOf(set);
    const left = toAdd - added;
    const part = toAdd > 0 ? clamp(share, 0, left) : clamp(share, left, 0);
    added += part;
    sizes.set(set.metadata.name, sizeOf(set) + part);
  }
  const largest = ordered[0]?.set.metadata.name;
  if (largest !== undefined) sizes.set(largest, Math.max(0, (sizes.get(largest) ?? 0) + toAdd - added));
  return sizes;
}

const isSaturated = ({ spec }: ApiObject, set: ApiObject) =>
  sizeOf(set) === spec.replicas &&
  Number(set.metadata.annotations?.[DESIRED_REPLICAS]) === spec.replicas &&
  availableOf(set) === spec.replicas;

const clamp = (value: number, least: number, most: number) => Math.min(Math.max(value, least), most);
export const sizeOf = (set: ApiObject): number => set['spec'].replicas ?? 0;
const availableOf = (set: ApiObject): number => set['status']?.availableReplicas ?? 0;
/** Oldest first. */
export const all = ({ fresh, old }: ReplicaSets): readonly ApiObject[] => (fresh ? [...old, fresh] : old);
export const active = (sets: readonly ApiObject[]): readonly ApiObject[] => sets.filter((set) => sizeOf(set) > 0);
export const total = (sets: readonly ApiObject[], of: (set: ApiObject) => number): number =>
  sets.reduce((sum, set) => sum + of(set), 0);
