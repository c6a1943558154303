/**
 * The answers of the API that are no object: the Status of a refusal, as upstream words and numbers it.
 *
 * Source: https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/status/
 * @module
 */

/** One field that is wrong. */
export interface Cause {
  readonly reason:
    | 'FieldValueNotFound'
    | 'FieldValueRequired'
    | 'FieldValueDuplicate'
    | 'FieldValueInvalid'
    | 'FieldValueNotSupported'
    | 'FieldValueForbidden'
    | 'FieldValueTooLong'
    | 'FieldValueTooMany'
    | 'FieldManagerConflict'
    | 'InternalError';
  /** With the kind of defect and the value in front, as upstream has it: `Invalid value: 70000: must be between 1 and 65535, inclusive`. */
  readonly message: string;
  /** `spec.ports[0].port` */
  readonly field: string;
}

export interface Status {
  readonly kind: 'Status';
  readonly apiVersion: 'v1';
  readonly metadata: { readonly resourceVersion?: string; readonly continue?: string };
  readonly status: 'Failure' | 'Success';
  readonly message?: string;
  readonly reason?: string;
  readonly details?: StatusDetails;
  /** Absent of the success of a deletion. */
  readonly code?: number;
}

export interface StatusDetails {
  readonly name?: string;
  readonly group?: string;
  readonly kind?: string;
  readonly uid?: string;
  readonly causes?: readonly StatusCause[];
  readonly retryAfterSeconds?: number;
}

/** A {@link Cause}, or one that is about no field of an object. */
export interface StatusCause {
  readonly reason?: string;
  readonly message: string;
  readonly field?: string;
}

/** Which object a refusal is about, as messages name it: `services "web" not found`. */
export interface Subject {
  readonly group: string;
  readonly plural: string;
  readonly kind: string;
  readonly name: string;
}

const failure = (code: number, reason: string | undefined, message: string, details?: StatusDetails): Status => ({
  kind: 'Status',
  apiVersion: 'v1',
  metadata: {},
  status: 'Failure',
  message,
  ...(reason === undefined ? {} : { reason }),
  ...(details === undefined ? {} : { details }),
  code,
});

/** `services "web"`, `endpointslices.discovery.k8s.io "web-1"`. */
const named = ({ group, plural, name }: Subject) => `${group === '' ? plural : `${plural}.${group}`} "${name}"`;
const about = ({ group, plural, name }: Subject): StatusDetails => ({
  name,
  ...(group === '' ? {} : { group }),
  kind: plural,
});

export const badRequest = (message: string): Status => failure(400, 'BadRequest', message);
export const pathNotFound = (): Status =>
  failure(404, 'NotFound', 'the server could not find the requested resource', {});
export const notFound = (subject: Subject): Status =>
  failure(404, 'NotFound', `${named(subject)} not found`, about(subject));
export const alreadyExists = (subject: Subject): Status =>
  failure(409, 'AlreadyExists', `${named(subject)} already exists`, about(subject));
export const conflict = (subject: Subject, why: string, causes?: readonly Cause[]): Status =>
  failure(409, 'Conflict', `Operation cannot be fulfilled on ${named(subject)}: ${why}`, {
    ...about(subject),
    ...(causes === undefined ? {} : { causes }),
  });
export const methodNotAllowed = (): Status =>
  failure(405, 'MethodNotAllowed', 'the server does not allow this method on the requested resource', {});
export const notAcceptable = (message: string): Status => failure(406, 'NotAcceptable', message);
export const unsupportedMediaType = (message: string): Status => failure(415, 'UnsupportedMediaType', message);
export const forbidden = (subject: Subject, why: string, causes?: readonly StatusCause[]): Status =>
  failure(403, 'Forbidden', `${named(subject)} is forbidden: ${why}`, {
    ...about(subject),
    ...(causes === undefined ? {} : { causes }),
  });
export const expired = (message: string): Status => failure(410, 'Expired', message);
export const internalError = (message: string): Status =>
  failure(500, 'InternalError', `Internal error occurred: ${message}`, {
    causes: [{ message }],
  });
/** What upstream returns as a plain Go error, also where the client is to blame: 500 without a reason, only the words. */
export const plainError = (message: string): Status => failure(500, undefined, message);
export const timeout = (message: string, retryAfterSeconds: number, causes?: readonly StatusCause[]): Status =>
  failure(504, 'Timeout', `Timeout: ${message}`, { ...(causes === undefined ? {} : { causes }), retryAfterSeconds });
export const tooLargeResourceVersion = (asked: number, current: number): Status =>
  timeout(`Too large resource version: ${asked}, current: ${current}`, 1, [
    { reason: 'ResourceVersionTooLarge', message: 'Too large resource version' },
  ]);
export const requestEntityTooLarge = (message: string): Status => failure(413, 'RequestEntityTooLarge', message);
export const success = (details: StatusDetails, code?: number): Status => ({
  kind: 'Status',
  apiVersion: 'v1',
  metadata: {},
  status: 'Success',
  details,
  ...(code === undefined ? {} : { code }),
});
/** 422 for the parameters of a request: `kind` is `ListOptions`, `CreateOptions` and so on. */
export const invalidOptions = (kind: string, causes: readonly Cause[]): Status =>
  invalid({ group: 'meta.k8s.io', plural: '', kind, name: '' }, causes);

/** 422: everything that is wrong with an object, at once. A cause that is found twice is said once. */
export function invalid(subject: Subject, causes: readonly Cause[]): Status {
  const all = [...new Set(causes.map(({ field, message }) => `${field}: ${message}`))];
  const text = all.length === 1 ? all[0] : `[${all.join(', ')}]`;
  const { group, kind, name } = subject;
  return failure(422, 'Invalid', `${group === '' ? kind : `${kind}.${group}`} "${name}" is invalid: ${text}`, {
    name,
    ...(group === '' ? {} : { group }),
    kind,
    causes,
  });
}

/** 422: a patch that is well-formed and does not fit the object. Upstream keeps the reason to itself. */
export const patchRejected = (): Status =>
  failure(422, 'Invalid', 'the server rejected our request due to an error in our request', {});

/** 422: what came out of a patch is no object of the kind. `value` is the object as JSON, or the patch as Go prints it. */
export function patchInvalid(value: string, why: string): Status {
  const message = `Invalid value: ${JSON.stringify(value)}: ${why}`;
  return failure(422, 'Invalid', ` "" is invalid: patch: ${message}`, {
    causes: [{ reason: 'FieldValueInvalid', message, field: 'patch' }],
  });
}

/** 409 of a server-side apply: fields that other managers hold. */
export const applyConflict = (message: string, causes: readonly Cause[]): Status =>
  failure(409, 'Conflict', message, { causes });

const REASONS: Readonly<Record<number, string>> = {
  400: 'BadRequest',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'NotFound',
  409: 'Conflict',
  410: 'Expired',
  422: 'Invalid',
  429: 'TooManyRequests',
  500: 'InternalError',
  503: 'ServiceUnavailable',
  504: 'Timeout',
};

/** What a fault answers with. */
export function failureOf(given: {
  readonly code: number;
  readonly reason?: string;
  readonly message?: string;
  readonly retryAfterSeconds?: number;
}): Status {
  const { code, reason = REASONS[code], message = `a fault on command: ${code}`, retryAfterSeconds } = given;
  return failure(code, reason, message, retryAfterSeconds === undefined ? undefined : { retryAfterSeconds });
}
