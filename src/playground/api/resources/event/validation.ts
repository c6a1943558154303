/**
 * What is wrong with an Event: little in the core group's old form, more in that of events.k8s.io.
 *
 * Source: `k8s.io/kubernetes` pkg/apis/core/validation events.go.
 * @module
 */
import type { ApiObject, JsonObject } from '../../object.js';
import type { Cause } from '../../status.js';
import { immutable, invalid, invalidEach, required, sameJson } from '../causes.js';
import { dnsSubdomain, qualifiedName } from '../formats.js';

const MAX_WORD_LENGTH = 128;
const MAX_NOTE_LENGTH = 1024;

/** Of an Event in the core group's form, whichever way it comes; `controllerField` is what that way calls the reporter. */
export function validateEvent(event: ApiObject, controllerField: string): readonly Cause[] {
  const { involvedObject = {}, metadata, eventTime } = event;
  const namespace = metadata.namespace ?? '';
  const about: string = involvedObject.namespace ?? '';
  const isElsewhere =
    eventTime == null
      ? about === ''
        ? !['', 'default'].includes(namespace)
        : about !== namespace
      : about === '' && !['default', 'kube-system'].includes(namespace);
  return [
    ...(isElsewhere ? [invalid('involvedObject.namespace', about, 'does not match event.namespace')] : []),
    ...(eventTime == null ? [] : validateNewForm(event, controllerField)),
    ...invalidEach('namespace', namespace, dnsSubdomain(namespace)),
  ];
}

function validateNewForm(event: ApiObject, controllerField: string): readonly Cause[] {
  const { reportingComponent: reporter = '', reportingInstance: instance = '', action = '', reason = '' } = event;
  const word = (field: string, value: string) => [
    ...(value === '' ? [required(field)] : []),
    ...shorterThan(field, value, MAX_WORD_LENGTH),
  ];
  return [
    ...(reporter === '' ? [required(controllerField)] : []),
    ...invalidEach(controllerField, reporter, qualifiedName(reporter)),
    ...word('reportingInstance', instance),
    ...word('action', action),
    ...word('reason', reason),
    ...shorterThan('message', event['message'] ?? '', MAX_NOTE_LENGTH),
  ];
}

const shorterThan = (field: string, value: string, max: number): readonly Cause[] =>
  Buffer.byteLength(value) > max ? [invalid(field, '', `can have at most ${max} characters`)] : [];

/** What events.k8s.io asks for besides, of an Event in the core group's form. */
export function validateStrictly(event: ApiObject, old: ApiObject | undefined): readonly Cause[] {
  return old === undefined ? validateFields(event) : validateNothingElseChanged(event, old);
}

function validateFields(event: ApiObject): readonly Cause[] {
  const unset = (field: string) => invalid(field, '', 'needs to be unset');
  const { type = '', source = {}, count } = event;
  return [
    ...validateSeries(event),
    ...(event['eventTime'] == null ? [required('eventTime')] : []),
    ...(type === 'Normal' || type === 'Warning' ? [] : [invalid('type', '', `has invalid value: ${type}`)]),
    ...['firstTimestamp', 'lastTimestamp'].filter((field) => event[field] != null).map(unset),
    ...(count ? [unset('count')] : []),
    ...(source.component || source.host ? [unset('source')] : []),
  ];
}

function validateSeries({ series }: ApiObject): readonly Cause[] {
  if (series == null) return [];
  return [
    ...((series.count ?? 0) < 2 ? [invalid('series.count', '', 'should be at least 2')] : []),
    ...(series.lastObservedTime == null ? [required('series.lastObservedTime')] : []),
  ];
}

/** An Event happened as it happened: only its series goes on. */
function validateNothingElseChanged(event: ApiObject, old: ApiObject): readonly Cause[] {
  const fixed = [
    'reason',
    'message',
    'source',
    'firstTimestamp',
    'lastTimestamp',
    'count',
    'type',
    'eventTime',
    'action',
    'related',
    'reportingInstance',
  ];
  const causes = fixed.map((field) => immutable(field, event[field], old[field]));
  const object = sameJson(event['involvedObject'], old['involvedObject'])
    ? undefined
    : invalid('involvedObject', inInternalForm(event['involvedObject'] ?? {}), 'field is immutable');
  const reporter = immutable('reportingController', event['reportingComponent'], old['reportingComponent']);
  return [
    ...(sameJson(event['series'], old['series']) ? [] : validateSeries(event)),
    ...[object, ...causes, reporter].filter((cause) => cause !== undefined),
  ];
}

/** Upstream shows the reference as its internal type looks: every field of it, with a capital. */
function inInternalForm(reference: JsonObject): JsonObject {
  const {
    kind = '',
    namespace = '',
    name = '',
    uid = '',
    apiVersion = '',
    resourceVersion = '',
    fieldPath = '',
  } = reference;
  return {
    Kind: kind,
    Namespace: namespace,
    Name: name,
    UID: uid,
    APIVersion: apiVersion,
    ResourceVersion: resourceVersion,
    FieldPath: fieldPath,
  };
}
