/**
 * Events of controllers: one object for all that say the same, counted as upstream counts them.
 *
 * Best effort: one that is refused is lost, as any Event may be.
 * Source: https://kubernetes.io/docs/reference/kubernetes-api/cluster-resources/event-v1/
 * @module
 */
import { createHash } from 'node:crypto';
import os from 'node:os';
import { toMicroTime, toTime } from '../../../kube/clock.js';
import type { ApiObject, JsonObject } from '../object.js';
import type { Store } from '../store.js';
import type { Write } from './controller.js';

type EventWrite = Extract<Write, { do: 'event' }>;

/** Its name follows from what it says, so that the next of the same is found. */
export function recordEvent(store: Store, component: string, event: EventWrite, nowMs: number): void {
  const { uid, name, namespace = 'default' } = event.about.metadata;
  const what = JSON.stringify([uid, event.type, event.reason, event.message, component]);
  const key = { namespace, name: `${name}.${createHash('sha256').update(what).digest('hex').slice(0, 16)}` };
  const events = store.resource('events');
  const before = store.get(events, key);
  if (before === undefined) {
    store.create(events, { apiVersion: 'v1', kind: 'Event', metadata: key, ...contentOf(component, event, nowMs) });
  } else {
    store.update(events, { ...before, ...oneMore(before, event, nowMs) });
  }
}

function contentOf(component: string, { about, type, reason, message, action }: EventWrite, nowMs: number): JsonObject {
  const { apiVersion, kind, metadata } = about;
  const { name, uid, namespace, resourceVersion } = metadata;
  const involvedObject = {
    apiVersion,
    kind,
    name,
    uid,
    ...(namespace === undefined ? {} : { namespace, resourceVersion }),
  };
  const same = { involvedObject, type, reason, message, reportingComponent: component };
  if (action !== undefined) {
    const reportingInstance = `${component}-${os.hostname()}`;
    const eventTime = toMicroTime(nowMs);
    return { ...same, action, eventTime, firstTimestamp: null, lastTimestamp: null, reportingInstance, source: {} };
  }
  const now = toTime(nowMs);
  const times = { eventTime: null, firstTimestamp: now, lastTimestamp: now };
  return { ...same, ...times, count: 1, reportingInstance: '', source: { component } };
}

function oneMore(before: ApiObject, { action }: EventWrite, nowMs: number): JsonObject {
  const { count = 1, series } = before as ApiObject & JsonObject;
  if (action === undefined) return { count: count + 1, lastTimestamp: toTime(nowMs) };
  return { series: { count: (series?.count ?? 1) + 1, lastObservedTime: toMicroTime(nowMs) } };
}
