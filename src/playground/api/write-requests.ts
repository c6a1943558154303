/**
 * Create, update, patch and delete.
 * @module
 */
import { err, ok, type Result } from '../../values/result.js';
import { decodeObject, type FieldValidation, parseBody } from './decode.js';
import { type Answer, type ResourceRequest, refused } from './exchange.js';
import { listPage } from './list.js';
import { parseListOptions } from './list-options.js';
import { metadataOf } from './metadata.js';
import { bodyFormat, mediaType, PATCH_TYPES } from './negotiate.js';
import type { ApiObject, JsonObject } from './object.js';
import { applyServerSide } from './patch/apply.js';
import { applyPatch } from './patch/patch.js';
import { presentList } from './present.js';
import { presentationOf, presented, type Reader } from './read-requests.js';
import { subjectOf } from './registry.js';
import { BINDING, bound, rescaled, SCALE, scaleOf } from './scale.js';
import { checkFields } from './schema/fields.js';
import { apiVersionOf, type GroupVersionKind } from './schema/kind.js';
import { badRequest, notFound, plainError, type Status, success, unsupportedMediaType } from './status.js';
import type { Store, Written } from './store.js';
import { parseDeleteOptions, parseWriteOptions, type WriteParameters } from './write-options.js';

/** These answer a deletion with the object as it was; all others with a Status. Source: upstream's ReturnDeletedObject. */
const RETURNED_WHEN_DELETED: ReadonlySet<string> = new Set(['namespaces', 'pods', 'services', 'serviceaccounts']);
const APPLY_TYPE = 'application/apply-patch+yaml';

/** The kind of what is sent to the URL. */
function bodyKind({ route: { resource, subresource } }: ResourceRequest): GroupVersionKind {
  if (subresource === 'scale') return SCALE;
  return subresource === 'binding' ? BINDING : resource;
}

export async function answerCreate({ store }: Reader, request: ResourceRequest): Promise<Answer> {
  const options = parseWriteOptions(request.query, request.userAgent, 'CreateOptions');
  if (!options.ok) return refused(options.error);
  const decoded = await decode(store, request, options.value.fieldValidation);
  if (!decoded.ok) return refused(decoded.error);
  const { resource, subresource } = request.route;
  const { object } = decoded.value;
  const placed = place(request, object);
  if (!placed.ok) return refused(placed.error);
  if (subresource === 'binding') return answerBinding(store, request, placed.value, options.value);

  const warnings = [...decoded.value.warnings];
  const created = store.create(resource, placed.value, {
    ...writerOf(request, options.value),
    warn: collect(warnings),
  });
  return created.ok ? presented(store, request, created.value, 201, warnings) : refused(created.error);
}

function answerBinding(store: Store, request: ResourceRequest, binding: JsonObject, options: WriteParameters): Answer {
  const { resource, namespace, name = '' } = request.route;
  const written = store.change(
    resource,
    { namespace, name },
    (pod) =>
      pod === undefined
        ? err(notFound(subjectOf(resource, name)))
        : bound(pod, binding, resource, store.clock.wallMs()),
    writerOf(request, options),
  );
  if (!written.ok) return refused(written.error);
  const { details: _details, ...status } = success({}, 201);
  return { kind: 'json', code: 201, body: status };
}

export async function answerUpdate({ store }: Reader, request: ResourceRequest): Promise<Answer> {
  const options = parseWriteOptions(request.query, request.userAgent, 'UpdateOptions');
  if (!options.ok) return refused(options.error);
  const decoded = await decode(store, request, options.value.fieldValidation);
  if (!decoded.ok) return refused(decoded.error);
  const placed = place(request, decoded.value.object);
  if (!placed.ok) return refused(placed.error);
  const misnamed = wrongName(request, placed.value);
  if (misnamed !== undefined) return refused(misnamed);

  const { resource, namespace, name = '', subresource } = request.route;
  const warnings = [...decoded.value.warnings];
  const written = store.change(
    resource,
    { namespace, name },
    (old) => (subresource === 'scale' && old !== undefined ? rescaled(old, placed.value) : ok(placed.value)),
    {
      ...writerOf(request, options.value),
      warn: collect(warnings),
      mayCreate: resource.createOnUpdate === true && subresource === undefined,
    },
  );
  return answerWritten(store, request, written, warnings);
}

export async function answerPatch({ store }: Reader, request: ResourceRequest): Promise<Answer> {
  const contentType = mediaType(request.contentType);
  if (!PATCH_TYPES.includes(contentType))
    return refused({ ...unsupportedMediaType('415: Unsupported Media Type'), details: {} });
  const isApply = contentType === APPLY_TYPE;
  const options = parseWriteOptions(request.query, request.userAgent, isApply ? 'ApplyOptions' : 'PatchOptions');
  if (!options.ok) return refused(options.error);
  const parsed = await parseBody(request.body, isApply ? 'yaml' : 'json');
  if (!parsed.ok) return refused(badRequest(`error decoding ${isApply ? 'YAML' : 'patch'}: ${parsed.error}`));

  const { resource, namespace, name = '', subresource } = request.route;
  const warnings: string[] = [];
  const written = store.change(
    resource,
    { namespace, name },
    (old) => {
      const shown = old !== undefined && subresource === 'scale' ? scaleOf(old) : old;
      const made = isApply
        ? applied(store, request, shown, parsed.value, options.value)
        : patched(request, shown, contentType, parsed.value, options.value, warnings);
      if (!made.ok) return made;
      const placed = place(request, made.value);
      if (!placed.ok) return placed;
      const misnamed = wrongName(request, placed.value);
      if (misnamed !== undefined) return err(misnamed);
      return subresource === 'scale' && old !== undefined ? rescaled(old, placed.value) : placed;
    },
    {
      ...writerOf(request, options.value),
      warn: collect(warnings),
      mayCreate: isApply && subresource === undefined,
      patched: true,
      applied: isApply && subresource !== 'scale',
    },
  );
  return answerWritten(store, request, written, warnings);
}

function patched(
  request: ResourceRequest,
  old: ApiObject | undefined,
  contentType: string,
  body: unknown,
  { fieldValidation }: WriteParameters,
  warnings: string[],
): Result<JsonObject, Status> {
  const { resource, name = '' } = request.route;
  if (old === undefined) return err(notFound(subjectOf(resource, name)));
  const made = applyPatch(old, { contentType, body });
  if (!made.ok) return made;
  const checked = checkFields(made.value, bodyKind(request));
  // Upstream tells of a body with the kind that it was to be, and of a patch without.
  if (!checked.ok)
    return err(
      badPatch(
        contentType,
        made.value,
        body,
        (checked.error.message ?? '').replace(/^.*? cannot be handled as an? \w+: /, ''),
      ),
    );
  const { object, unknown } = checked.value;
  if (unknown.length === 0 || fieldValidation === 'Ignore') return ok(object);
  if (fieldValidation === 'Strict')
    return err(badPatch(contentType, made.value, body, `strict decoding error: ${unknown.join(', ')}`));
  warnings.push(...unknown);
  return ok(object);
}

/** Upstream names no object here, and tells the whole patched one, or the patch as Go prints a map. */
function badPatch(contentType: string, made: JsonObject, patch: unknown, why: string): Status {
  const shown = contentType.startsWith('application/strategic') ? goMap(patch) : JSON.stringify(made);
  const message = `Invalid value: ${JSON.stringify(shown)}: ${why}`;
  const causes = [{ reason: 'FieldValueInvalid' as const, message, field: 'patch' }];
  return {
    kind: 'Status',
    apiVersion: 'v1',
    metadata: {},
    status: 'Failure',
    message: ` "" is invalid: patch: ${message}`,
    reason: 'Invalid',
    details: { causes },
    code: 422,
  };
}

function goMap(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(goMap).join(' ')}]`;
  if (typeof value !== 'object' || value === null) return value === null ? '<nil>' : String(value);
  const fields = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return `map[${fields.map(([field, inner]) => `${field}:${goMap(inner)}`).join(' ')}]`;
}

function applied(
  store: Store,
  request: ResourceRequest,
  live: ApiObject | undefined,
  body: unknown,
  { manager, force }: WriteParameters,
): Result<JsonObject, Status> {
  const { subresource, resource, name = '' } = request.route;
  if (typeof body !== 'object' || body === null || Array.isArray(body))
    return err(badRequest('error decoding YAML: json: cannot unmarshal into Go value of type map[string]interface {}'));
  const sent = body as JsonObject;
  const kind = bodyKind(request);
  const { apiVersion = '', kind: sentKind = '' } = sent;
  if (apiVersion !== apiVersionOf(kind) || sentKind !== kind.kind) {
    const [group, version] = String(apiVersion).includes('/')
      ? String(apiVersion).split('/')
      : ['', String(apiVersion)];
    return err(badRequest(`invalid object type: ${group}/${version}, Kind=${sentKind}`));
  }
  if (live === undefined && subresource !== undefined) return err(notFound(subjectOf(resource, name)));
  const time = `${new Date(store.clock.wallMs()).toISOString().slice(0, 19)}Z`;
  return applyServerSide(live, sent, { manager, force, time, ...(subresource === undefined ? {} : { subresource }) });
}

function answerWritten(
  store: Store,
  request: ResourceRequest,
  written: Result<Written, Status>,
  warnings: readonly string[],
): Answer {
  if (!written.ok) return refused(written.error);
  const { object, created } = written.value;
  const shown = request.route.subresource === 'scale' ? scaleOf(object) : object;
  return presented(store, request, shown, created ? 201 : 200, warnings);
}

export async function answerDelete(reader: Reader, request: ResourceRequest): Promise<Answer> {
  const { store } = reader;
  const body = await deleteBody(request);
  if (!body.ok) return refused(body.error);
  const parameters = parseDeleteOptions(request.query, body.value);
  if (!parameters.ok) return refused(parameters.error);
  const { options, wantsAccepted } = parameters.value;
  const { resource, namespace, name } = request.route;
  if (name === undefined) {
    const chosen = parseListOptions(request.query, resource);
    if (!chosen.ok) return refused(chosen.error);
    const presentation = presentationOf(store, request);
    if (!presentation.ok) return refused(presentation.error);
    const source = { resource, namespace, cacheVersion: store.storage.version };
    const page = listPage(store, source, { ...chosen.value, watch: false });
    if (!page.ok) return refused(page.error);
    for (const { metadata } of page.value.objects) {
      const deletion = store.deletion(resource, { namespace: metadata.namespace, name: metadata.name }, options);
      if (!deletion.ok && deletion.error.code !== 404) return refused(deletion.error);
    }
    const list = presentList(page.value, presentation.value);
    return list.ok ? { kind: 'json', code: 200, body: list.value } : refused(list.error);
  }
  const deletion = store.deletion(resource, { namespace, name }, options);
  if (!deletion.ok) return refused(deletion.error);
  const { object, gone } = deletion.value;
  if (!gone || RETURNED_WHEN_DELETED.has(resource.plural))
    return presented(store, request, object, !gone && wantsAccepted ? 202 : 200);
  const { group, plural } = resource;
  const details = { name, ...(group === '' ? {} : { group }), kind: plural, uid: object.metadata.uid };
  return { kind: 'json', code: 200, body: success(details) };
}

async function deleteBody({ body, contentType }: ResourceRequest): Promise<Result<JsonObject | undefined, Status>> {
  if (body === '') return ok(undefined);
  const format = bodyFormat(contentType);
  if (!format.ok) return format;
  const parsed = await parseBody(body, format.value);
  if (!parsed.ok) return err(badRequest(`couldn't get version/kind; json parse error: ${parsed.error}`));
  const { value } = parsed;
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    return err(badRequest('decoded object cannot be converted to DeleteOptions'));
  return ok(value as JsonObject);
}

async function decode(store: Store, request: ResourceRequest, fieldValidation: FieldValidation) {
  const format = bodyFormat(request.contentType);
  if (!format.ok) return format;
  const parsed = await parseBody(request.body, format.value);
  return decodeObject(parsed, request.body, bodyKind(request), store.resources, fieldValidation);
}

/** In the namespace of the URL; one that the object names itself must be the same. */
function place({ route: { resource, namespace } }: ResourceRequest, object: JsonObject): Result<JsonObject, Status> {
  const metadata = metadataOf(object);
  const own: unknown = metadata['namespace'];
  if (!resource.namespaced) {
    const { namespace: _namespace, ...rest } = metadata;
    return ok({ ...object, metadata: rest });
  }
  if (typeof own === 'string' && own !== '' && own !== namespace)
    return err(badRequest('the namespace of the provided object does not match the namespace sent on the request'));
  return ok({ ...object, metadata: { ...metadata, namespace } });
}

function wrongName({ route: { name = '' } }: ResourceRequest, object: JsonObject): Status | undefined {
  const own: unknown = metadataOf(object)['name'];
  if (own === name) return undefined;
  return badRequest(
    own === undefined || own === ''
      ? `the name of the object (${name} based on URL) was undeterminable: name must be provided`
      : `the name of the object (${own}) does not match the name on the URL (${name})`,
  );
}

const writerOf = ({ route: { subresource } }: ResourceRequest, { manager, dryRun }: WriteParameters) => ({
  manager,
  dryRun,
  ...(subresource === undefined ? {} : { subresource }),
});

const collect = (warnings: string[]) => (text: string) => {
  warnings.push(text);
};

/** Never met by a request: what answers one that no rule foresaw. */
export const unforeseen = (error: unknown): Status =>
  plainError(error instanceof Error ? error.message : String(error));
