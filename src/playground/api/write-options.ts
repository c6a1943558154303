/**
 * The parameters of a write, read strictly as upstream reads them.
 *
 * Pure. Source: `k8s.io/apimachinery` meta/v1/validation.
 * @module
 */
import { err, ok, type Result } from '../../values/result.js';
import type { FieldValidation } from './decode.js';
import type { DeleteOptions } from './deletion.js';
import { isObject } from './json.js';
import { flag, integer } from './list-options.js';
import type { JsonObject } from './object.js';
import { badRequest, type Cause, invalidOptions, type Status } from './status.js';

export interface WriteParameters {
  readonly manager: string;
  readonly dryRun: boolean;
  readonly fieldValidation: FieldValidation;
  readonly force: boolean;
}

export type WriteKind = 'CreateOptions' | 'UpdateOptions' | 'PatchOptions' | 'ApplyOptions';

/** Source: apimachinery FieldManagerMaxLength. */
const MAX_MANAGER_BYTES = 128;
const FIELD_VALIDATIONS = ['', 'Ignore', 'Strict', 'Warn'];

export function parseWriteOptions(
  query: URLSearchParams,
  userAgent: string | undefined,
  kind: WriteKind,
): Result<WriteParameters, Status> {
  const causes: Cause[] = [];
  const fieldManager = query.get('fieldManager') ?? '';
  const force = flag(query, 'force');
  if (kind === 'ApplyOptions' && fieldManager === '')
    causes.push({
      reason: 'FieldValueRequired',
      field: 'fieldManager',
      message: 'Required value: is required for apply patch',
    });
  if (kind === 'PatchOptions' && force !== undefined)
    causes.push({
      reason: 'FieldValueForbidden',
      field: 'force',
      message: 'Forbidden: may not be specified for non-apply patch',
    });
  if (Buffer.byteLength(fieldManager) > MAX_MANAGER_BYTES)
    causes.push({
      reason: 'FieldValueTooLong',
      field: 'fieldManager',
      message: `Too long: may not be more than ${MAX_MANAGER_BYTES} bytes`,
    });
  const dryRun = readDryRun(query.getAll('dryRun'), causes);
  const fieldValidation = query.get('fieldValidation') ?? '';
  if (!FIELD_VALIDATIONS.includes(fieldValidation))
    causes.push(unsupported('fieldValidation', fieldValidation, FIELD_VALIDATIONS));
  if (causes.length > 0) return err(invalidOptions(kind === 'ApplyOptions' ? 'PatchOptions' : kind, causes));
  return ok({
    manager: fieldManager || managerOf(userAgent ?? ''),
    dryRun,
    fieldValidation: (fieldValidation || 'Warn') as FieldValidation,
    force: force ?? false,
  });
}

/** What stands before the slash: `kubectl/v1.36.3 (linux/amd64)` is kubectl. */
function managerOf(userAgent: string): string {
  const name = (userAgent.split('/')[0] ?? '').replace(/[^\x20-\x7e]/g, '').slice(0, MAX_MANAGER_BYTES);
  return name === '' ? 'unknown' : name;
}

function readDryRun(values: readonly string[], causes: Cause[]): boolean {
  if (values.some((value) => value !== 'All')) causes.push(unsupported('dryRun', values, ['All']));
  return values.length > 0;
}

const unsupported = (field: string, value: unknown, supported: readonly string[]): Cause => ({
  reason: 'FieldValueNotSupported',
  field,
  message: `Unsupported value: ${JSON.stringify(value)}: supported values: ${supported.map((one) => JSON.stringify(one)).join(', ')}`,
});

export interface DeleteParameters {
  readonly options: DeleteOptions;
  /** `orphanDependents: false`, the old form: upstream then answers 202 while the object is still there. */
  readonly wantsAccepted: boolean;
}

/** From the body where there is one, else from the query. */
export function parseDeleteOptions(
  query: URLSearchParams,
  body: JsonObject | undefined,
): Result<DeleteParameters, Status> {
  const read = body ?? fromQuery(query);
  if (!('kind' in read) || read['kind'] === undefined || read['kind'] === 'DeleteOptions' || read['kind'] === '') {
    const causes: Cause[] = [];
    const { propagationPolicy, orphanDependents, gracePeriodSeconds, preconditions } = read;
    if (orphanDependents !== undefined && propagationPolicy !== undefined)
      causes.push({
        reason: 'FieldValueInvalid',
        field: 'propagationPolicy',
        message: `Invalid value: ${JSON.stringify(propagationPolicy)}: orphanDependents and deletionPropagation cannot be both set`,
      });
    if (propagationPolicy !== undefined && !['Foreground', 'Background', 'Orphan'].includes(propagationPolicy))
      causes.push(unsupported('propagationPolicy', propagationPolicy, ['Foreground', 'Background', 'Orphan', 'nil']));
    const dryRunValues: unknown = read['dryRun'] ?? [];
    const dryRun = readDryRun(Array.isArray(dryRunValues) ? dryRunValues.map(String) : [String(dryRunValues)], causes);
    if (causes.length > 0) return err(invalidOptions('DeleteOptions', causes));
    if (gracePeriodSeconds !== undefined && !Number.isSafeInteger(gracePeriodSeconds))
      return err(badRequest(`strconv.ParseInt: parsing ${JSON.stringify(String(gracePeriodSeconds))}: invalid syntax`));
    const policy =
      propagationPolicy ?? (orphanDependents === undefined ? undefined : orphanDependents ? 'Orphan' : 'Background');
    return ok({
      wantsAccepted: orphanDependents === false,
      options: {
        dryRun,
        ...(gracePeriodSeconds === undefined ? {} : { gracePeriodSeconds }),
        ...(policy === undefined ? {} : { propagationPolicy: policy }),
        ...(isObject(preconditions) ? { preconditions: preconditionsOf(preconditions) } : {}),
      },
    });
  }
  return err(
    badRequest(
      `no kind ${JSON.stringify(read['kind'])} is registered for version "meta.k8s.io/v1" in scheme "pkg/runtime/scheme.go:111"`,
    ),
  );
}

function fromQuery(query: URLSearchParams): JsonObject {
  const grace = integer(query, 'gracePeriodSeconds');
  const orphan = flag(query, 'orphanDependents');
  const policy = query.get('propagationPolicy');
  return {
    ...(grace.ok
      ? grace.value === undefined
        ? {}
        : { gracePeriodSeconds: grace.value }
      : { gracePeriodSeconds: query.get('gracePeriodSeconds') }),
    ...(orphan === undefined ? {} : { orphanDependents: orphan }),
    ...(policy === null || policy === '' ? {} : { propagationPolicy: policy }),
    dryRun: query.getAll('dryRun'),
  };
}

function preconditionsOf({ uid, resourceVersion }: JsonObject): NonNullable<DeleteOptions['preconditions']> {
  return {
    ...(typeof uid === 'string' ? { uid } : {}),
    ...(typeof resourceVersion === 'string' ? { resourceVersion } : {}),
  };
}
