/**
 * Patch requests of every type.
 *
 * Source: `k8s.io/apiserver` pkg/endpoints/handlers patch.go.
 * @module
 */
import { toTime } from '../../kube/clock.js';
import { err, ok, type Result } from '../../values/result.js';
import { parseBody } from './decode.js';
import { type Answer, type ResourceRequest, refused } from './exchange.js';
import { mediaType } from './negotiate.js';
import type { ApiObject, JsonObject } from './object.js';
import { applyServerSide } from './patch/apply.js';
import { APPLY_PATCH, applyPatch, PATCH_TYPES, readPatched } from './patch/patch.js';
import type { Reader } from './read-requests.js';
import { subjectOf } from './registry.js';
import { rescaled, scaleOf } from './scale.js';
import { apiVersionOf } from './schema/kind.js';
import { badRequest, notFound, type Status, unsupportedMediaType } from './status.js';
import type { Store } from './store.js';
import { parseWriteOptions, type WriteParameters } from './write-options.js';
import { answerWritten, bodyKind, collect, place, writerOf, wrongName } from './written-object.js';

export async function answerPatch({ store }: Reader, request: ResourceRequest): Promise<Answer> {
  const contentType = mediaType(request.contentType);
  if (!PATCH_TYPES.includes(contentType))
    return refused({ ...unsupportedMediaType('415: Unsupported Media Type'), details: {} });
  const isApply = contentType === APPLY_PATCH;
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
  const patch = { contentType, body };
  const made = applyPatch(old, patch);
  if (!made.ok) return made;
  const read = readPatched(old, made.value, patch, fieldValidation === 'Strict');
  if (!read.ok) return read;
  if (fieldValidation !== 'Ignore') warnings.push(...read.value.unknown);
  return ok(read.value.object);
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
  const time = toTime(store.clock.wallMs());
  return applyServerSide(live, sent, { manager, force, time, ...(subresource === undefined ? {} : { subresource }) });
}
