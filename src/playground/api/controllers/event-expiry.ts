/**
 * Events older than an hour are removed, as upstream's API server lets them expire.
 *
 * Pure.
 * @module
 */
import type { ApiObject } from '../object.js';
import { type Controller, type Decision, keyOf, NOTHING, nameOf, type View } from './controller.js';

/** kube-apiserver's default for `--event-ttl`. */
const LIFE_MS = 3_600_000;

export const eventExpiry: Controller = {
  name: 'event-expiry',
  manager: 'kube-controller-manager',
  watches: { events: ({ object, type }) => (type === 'ADDED' ? [keyOf(object)] : []) },
  decide,
};

function decide(key: string, view: View, nowMs: number): Decision {
  const event = view.get('events', nameOf(key));
  if (event === undefined) return NOTHING;
  const againInMs = lastSeenMs(event) + LIFE_MS - nowMs;
  return againInMs > 0 ? { writes: [], againInMs } : { writes: [{ do: 'delete', resource: 'events', object: event }] };
}

function lastSeenMs({ series, lastTimestamp, eventTime, metadata }: ApiObject): number {
  const times: readonly unknown[] = [series?.lastObservedTime, lastTimestamp, eventTime, metadata.creationTimestamp];
  return Math.max(0, ...times.map((time) => (typeof time === 'string' ? Date.parse(time) || 0 : 0)));
}
