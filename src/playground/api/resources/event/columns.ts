/**
 * Events as `kubectl get` shows them; `kubectl events` and `describe` make their own from the objects.
 *
 * Source: `k8s.io/kubernetes` pkg/printers/internalversion, printEvent.
 * @module
 */
import type { ApiObject } from '../../object.js';
import type { Column } from '../../resource.js';
import { ageOf } from '../age.js';
import { NAME, text } from '../columns.js';

/** Of an Event in the core group's form. */
export const eventColumns: readonly Column[] = [
  text('Last Seen', 'How long ago it happened last.', lastSeen),
  text('Type', 'Normal or Warning.', ({ type }) => type ?? ''),
  text('Reason', 'What happened, in one word.', ({ reason }) => reason ?? ''),
  text('Object', 'What it happened to.', objectText),
  text('Subobject', 'Which part of it.', ({ involvedObject }) => involvedObject?.fieldPath ?? '', 1),
  text('Source', 'Who says so.', sourceText, 1),
  text('Message', 'What happened, in a sentence.', ({ message }) => (message ?? '').trim()),
  text('First Seen', 'How long ago it happened first.', firstSeen, 1),
  { name: 'Count', type: 'string', description: 'How often it happened.', priority: 1, cell: countOf },
  { ...NAME, priority: 1 },
];

function firstSeen({ firstTimestamp, eventTime }: ApiObject, nowMs: number): string {
  return ageOf(firstTimestamp ?? eventTime, nowMs);
}

function lastSeen(event: ApiObject, nowMs: number): string {
  const { series, lastTimestamp } = event;
  if (series != null) return ageOf(series.lastObservedTime, nowMs);
  return lastTimestamp == null ? firstSeen(event, nowMs) : ageOf(lastTimestamp, nowMs);
}

function countOf({ series, count }: ApiObject): number {
  return series == null ? count || 1 : (series.count ?? 0);
}

function objectText({ involvedObject = {} }: ApiObject): string {
  const kind = String(involvedObject.kind ?? '').toLowerCase();
  return involvedObject.name ? `${kind}/${involvedObject.name}` : kind;
}

function sourceText({ source = {}, reportingComponent, reportingInstance }: ApiObject): string {
  const component: string = source.component || reportingComponent || '';
  const instance: string = source.host || reportingInstance || '';
  return instance === '' ? component : `${component}, ${instance}`;
}
