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
  readonly metadata: { readonly resourceVersion?: string };
  readonly status: 'Failure' | 'Success';
  readonly message?: string;
  readonly reason?: string;
  readonly details?: StatusDetails;
  readonly code: number;
}

export interface StatusDetails {
  readonly name?: string;
  readonly group?: string;
  readonly kind?: string;
  readonly uid?: string;
  readonly causes?: readonly Cause[];
  readonly retryAfterSeconds?: number;
}

/** Which object a refusal is about, as messages name it: `services "web" not found`. */
export interface Subject {
  readonly group: string;
  readonly plural: string;
  readonly kind: string;
  readonly name: string;
}

const failure = (code: number, reason: string, message: string, details?: StatusDetails): Status => ({
  kind: 'Status',
  apiVersion: 'v1',
  metadata: {},
  status: 'Failure',
  message,
  reason,
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
export const pathNotFound = (): Status => failure(404, 'NotFound', 'the server could not find the requested resource');
export const notFound = (subject: Subject): Status =>
  failure(404, 'NotFound', `${named(subject)} not found`, about(subject));
export const alreadyExists = (subject: Subject): Status =>
  failure(409, 'AlreadyExists', `${named(subject)} already exists`, about(subject));
export const conflict = (subject: Subject, why: string, causes?: readonly Cause[]): Status =>
  failure(409, 'Conflict', `Operation cannot be fulfilled on ${named(subject)}: ${why}`, {
    ...about(subject),
    ...(causes === undefined ? {} : { causes }),
  });
export const methodNotAllowed = (message: string): Status => failure(405, 'MethodNotAllowed', message);
export const notAcceptable = (message: string): Status => failure(406, 'NotAcceptable', message);
export const unsupportedMediaType = (message: string): Status => failure(415, 'UnsupportedMediaType', message);
export const forbidden = (subject: Subject, why: string): Status =>
  failure(403, 'Forbidden', `${named(subject)} is forbidden: ${why}`, about(subject));
export const expired = (message: string): Status => failure(410, 'Expired', message);
export const tooManyRequests = (message: string, retryAfterSeconds: number): Status =>
  failure(429, 'TooManyRequests', message, { retryAfterSeconds });
export const internalError = (message: string): Status => failure(500, 'InternalError', message);

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

/** 500 for a request that upstream forgot to blame on the client; it names no reason. */
export const unclassified = (message: string): Status => ({
  kind: 'Status',
  apiVersion: 'v1',
  metadata: {},
  status: 'Failure',
  message,
  code: 500,
});

/** 413 */
export const tooLarge = (message: string): Status => failure(413, 'RequestEntityTooLarge', message);

/** 409 of a server-side apply: fields that other managers hold. */
export const applyConflict = (message: string, causes: readonly Cause[]): Status =>
  failure(409, 'Conflict', message, { causes });
