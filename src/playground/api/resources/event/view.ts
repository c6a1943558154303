/**
 * Events of events.k8s.io: the same objects as the core group's, with other names for their fields.
 * @module
 */
import type { ApiObject, JsonObject } from '../../object.js';
import type { Resource } from '../../resource.js';
import { eventColumns } from './columns.js';
import { eventFields } from './event.js';
import { validateEvent, validateStrictly } from './validation.js';

/** Core group's name to that of events.k8s.io; what is not named here is called the same. */
const NAMES: readonly (readonly [string, string])[] = [
  ['involvedObject', 'regarding'],
  ['message', 'note'],
  ['reportingComponent', 'reportingController'],
  ['source', 'deprecatedSource'],
  ['firstTimestamp', 'deprecatedFirstTimestamp'],
  ['lastTimestamp', 'deprecatedLastTimestamp'],
  ['count', 'deprecatedCount'],
];
const TO_VIEW = new Map(NAMES);
const TO_STORED = new Map(NAMES.map(([stored, shown]) => [shown, stored]));

const renamed = (event: ApiObject, names: ReadonlyMap<string, string>, apiVersion: string): ApiObject => {
  const { apiVersion: _other, kind, metadata, ...fields } = event;
  const entries = Object.entries(fields as JsonObject).map(([key, value]) => [names.get(key) ?? key, value]);
  return { apiVersion, kind, metadata, ...Object.fromEntries(entries) };
};
const read = (stored: ApiObject) => renamed(stored, TO_VIEW, 'events.k8s.io/v1');
const write = (event: ApiObject) => renamed(event, TO_STORED, 'v1');

export const eventViews: Resource = {
  group: 'events.k8s.io',
  version: 'v1',
  kind: 'Event',
  plural: 'events',
  singular: 'event',
  shortNames: ['ev'],
  categories: [],
  namespaced: true,
  subresources: [],
  counted: false,
  names: 'dns-subdomain',
  createOnUpdate: true,
  viewOf: { group: '', version: 'v1', plural: 'events', read, write },
  strategy: {
    setDefaults(event) {
      event['eventTime'] ??= null;
      for (const field of ['deprecatedFirstTimestamp', 'deprecatedLastTimestamp']) event[field] ??= null;
      for (const field of ['deprecatedSource', 'regarding']) event[field] ??= {};
    },
    validate: (event, old) => [
      ...validateEvent(write(event), 'reportingController'),
      ...validateStrictly(write(event), old === undefined ? undefined : write(old)),
    ],
    fields(event) {
      const { reportingComponent = '', ...fields } = eventFields(write(event));
      const { source: _source, ...shown } = Object.fromEntries(
        Object.entries(fields).map(([key, value]) => [key.replace(/^involvedObject\./, 'regarding.'), value]),
      );
      return { ...shown, reportingController: reportingComponent };
    },
  },
  columns: eventColumns.map((column) => ({ ...column, cell: (event, nowMs) => column.cell(write(event), nowMs) })),
};
