/**
 * The quality of service of a pod: which one is ended first when a node runs short.
 *
 * Source: https://kubernetes.io/docs/concepts/workloads/pods/pod-qos/
 * @module
 */
import type { JsonObject } from '../../object.js';
import { containersOf, initContainersOf } from './defaults.js';

const COUNTED = ['cpu', 'memory'];

export function qualityOf(spec: JsonObject): 'Guaranteed' | 'Burstable' | 'BestEffort' {
  const all = [...containersOf(spec), ...initContainersOf(spec)].map(({ resources }) => ({
    limits: counted(resources?.limits),
    requests: counted(resources?.requests),
  }));
  if (all.every(({ limits, requests }) => limits.size === 0 && requests.size === 0)) return 'BestEffort';
  const isFull = all.every(({ limits, requests }) =>
    COUNTED.every((name) => limits.has(name) && (requests.get(name) ?? limits.get(name)) === limits.get(name)),
  );
  return isFull ? 'Guaranteed' : 'Burstable';
}

/** Nothing asked for is nothing said. */
const counted = (amounts: JsonObject | undefined): ReadonlyMap<string, string> =>
  new Map(
    Object.entries(amounts ?? {})
      .map(([name, amount]): [string, string] => [name, String(amount)])
      .filter(([name, amount]) => COUNTED.includes(name) && amount !== '0'),
  );
