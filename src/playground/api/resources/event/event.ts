/**
 * Events of the core group, in which all Events are stored; view.ts shows the same ones as events.k8s.io has them.
 * @module
 */
import type { ApiObject } from '../../object.js';
import type { Resource } from '../../resource.js';
import { eventColumns } from './columns.js';
import { validateEvent } from './validation.js';

export const events: Resource = {
  group: '',
  version: 'v1',
  kind: 'Event',
  plural: 'events',
  singular: 'event',
  shortNames: ['ev'],
  categories: [],
  namespaced: true,
  subresources: [],
  counted: false,
  names: 'path-segment',
  createOnUpdate: true,
  strategy: {
    setDefaults(event) {
      event['involvedObject'] ??= {};
      event['source'] ??= {};
      for (const field of ['firstTimestamp', 'lastTimestamp', 'eventTime']) event[field] ??= null;
      for (const field of ['reportingComponent', 'reportingInstance']) event[field] ??= '';
    },
    validate: (event) => validateEvent(event, 'reportingComponent'),
    fields: eventFields,
  },
  columns: eventColumns,
};

/** What can be asked of an Event, in the core group's words. */
export function eventFields(event: ApiObject): Readonly<Record<string, string>> {
  const { involvedObject = {}, source = {} } = event;
  const ofObject = (key: string): readonly [string, string] => [`involvedObject.${key}`, involvedObject[key] ?? ''];
  return {
    ...Object.fromEntries(
      ['kind', 'namespace', 'name', 'uid', 'apiVersion', 'resourceVersion', 'fieldPath'].map(ofObject),
    ),
    reason: event['reason'] ?? '',
    reportingComponent: event['reportingComponent'] ?? '',
    source: source.component || event['reportingComponent'] || '',
    type: event['type'] ?? '',
  };
}
