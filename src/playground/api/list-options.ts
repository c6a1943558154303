/**
 * The parameters of a list or a watch, read strictly as upstream reads them.
 *
 * Pure. Source: `k8s.io/apimachinery` meta/v1 ListOptions and meta/internalversion/validation.
 * @module
 */
import { err, ok, type Result } from '../../values/result.js';
import { parseFieldSelector } from './field-selector.js';
import { parseLabelSelector } from './label-selector.js';
import type { ApiObject } from './object.js';
import type { Resource } from './resource.js';
import { badRequest, type Cause, invalidOptions, type Status } from './status.js';

export interface ListOptions {
  readonly watch: boolean;
  readonly allowWatchBookmarks: boolean;
  readonly sendInitialEvents: boolean | undefined;
  /** Undefined: the newest state. */
  readonly resourceVersion: number | undefined;
  readonly resourceVersionMatch: 'Exact' | 'NotOlderThan' | undefined;
  /** 0: all at once. */
  readonly limit: number;
  readonly continue: string;
  readonly timeoutSeconds: number | undefined;
  readonly matches: (object: ApiObject) => boolean;
  /** Whether `matches` may refuse any. */
  readonly isSelective: boolean;
}

export function parseListOptions(query: URLSearchParams, resource: Resource): Result<ListOptions, Status> {
  const limit = integer(query, 'limit');
  const timeoutSeconds = integer(query, 'timeoutSeconds');
  for (const number of [limit, timeoutSeconds]) if (!number.ok) return err(badRequest(number.error));
  const watch = flag(query, 'watch') ?? false;
  const refused = contradictions(query, watch);
  if (refused.length > 0) return err(invalidOptions('ListOptions', refused));

  const labels = parseLabelSelector(query.get('labelSelector') ?? '');
  if (!labels.ok) return err(badRequest(labels.error));
  const fields = parseFieldSelector(query.get('fieldSelector') ?? '', resource);
  if (!fields.ok) return err(badRequest(fields.error));
  const version = versionIn(query, watch);
  if (!version.ok) return version;

  return ok({
    watch,
    allowWatchBookmarks: flag(query, 'allowWatchBookmarks') ?? false,
    sendInitialEvents: flag(query, 'sendInitialEvents'),
    resourceVersion: version.value,
    resourceVersionMatch: (query.get('resourceVersionMatch') || undefined) as ListOptions['resourceVersionMatch'],
    limit: Math.max(0, limit.ok ? (limit.value ?? 0) : 0),
    continue: query.get('continue') ?? '',
    timeoutSeconds: timeoutSeconds.ok ? timeoutSeconds.value : undefined,
    matches: (object) => labels.value(object.metadata.labels ?? {}) && fields.value.matches(object),
    isSelective: (query.get('labelSelector') ?? '') !== '' || !fields.value.isEmpty,
  });
}

/** As Go's conversion of a query value: anything but these two is true, and an empty one as well. */
export function flag(query: URLSearchParams, name: string): boolean | undefined {
  const value = query.get(name);
  return value === null ? undefined : value.toLowerCase() !== 'false' && value !== '0';
}

/** In the words of Go's strconv where it is none. */
export function integer(query: URLSearchParams, name: string): Result<number | undefined, string> {
  const value = query.get(name);
  if (value === null || value === '') return ok(undefined);
  if (!/^[-+]?\d+$/.test(value)) return err(`strconv.ParseInt: parsing ${JSON.stringify(value)}: invalid syntax`);
  const number = Number(value);
  if (!Number.isSafeInteger(number))
    return err(`strconv.ParseInt: parsing ${JSON.stringify(value)}: value out of range`);
  return ok(number);
}

/** Upstream tells a watch of it with 500, a list with 400. */
function versionIn(query: URLSearchParams, watch: boolean): Result<number | undefined, Status> {
  const text = query.get('resourceVersion') ?? '';
  if (text === '') return ok(undefined);
  if (/^\d{1,15}$/.test(text)) return ok(Number(text));
  const words = `resourceVersion: Invalid value: ${JSON.stringify(text)}: strconv.ParseUint: parsing ${JSON.stringify(text)}: invalid syntax`;
  const refusal = badRequest(watch ? words : `invalid resource version: ${words}`);
  if (!watch) return err(refusal);
  const { reason: _reason, ...plain } = refusal;
  return err({ ...plain, code: 500 });
}

function contradictions(query: URLSearchParams, watch: boolean): readonly Cause[] {
  const causes: Cause[] = [];
  const match = query.get('resourceVersionMatch') ?? '';
  const version = query.get('resourceVersion') ?? '';
  const forbid = (field: string, why: string) =>
    causes.push({ reason: 'FieldValueForbidden', field, message: `Forbidden: ${why}` });
  const refuseMatch = (supported: readonly string[]) =>
    causes.push({
      reason: 'FieldValueNotSupported',
      field: 'resourceVersionMatch',
      message: `Unsupported value: ${JSON.stringify(match)}: supported values: ${supported.map((one) => JSON.stringify(one)).join(', ')}`,
    });
  const sendInitialEvents = flag(query, 'sendInitialEvents');
  const isContinued = (query.get('continue') ?? '') !== '';
  if (watch) {
    if (sendInitialEvents !== undefined && match !== 'NotOlderThan')
      forbid('resourceVersionMatch', 'sendInitialEvents requires setting resourceVersionMatch to NotOlderThan');
    if (match !== '' && sendInitialEvents === undefined)
      forbid(
        'resourceVersionMatch',
        'resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided',
      );
    if (match !== '' && match !== 'NotOlderThan') refuseMatch(['NotOlderThan']);
  } else {
    if (match !== '' && version === '')
      forbid('resourceVersionMatch', 'resourceVersionMatch is forbidden unless resourceVersion is provided');
    if (match !== '' && match !== 'Exact' && match !== 'NotOlderThan') refuseMatch(['Exact', 'NotOlderThan', '']);
    if (match === 'Exact' && version === '0')
      forbid('resourceVersionMatch', 'resourceVersionMatch "exact" is forbidden for resourceVersion "0"');
    if (sendInitialEvents !== undefined) forbid('sendInitialEvents', 'sendInitialEvents is forbidden for list');
  }
  if (match !== '' && isContinued)
    forbid('resourceVersionMatch', 'resourceVersionMatch is forbidden when continue is provided');
  return causes;
}
