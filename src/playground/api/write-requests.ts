/**
 * Create and update requests.
 *
 * Source: `k8s.io/apiserver` pkg/endpoints/handlers create.go and update.go.
 * @module
 */
import { err, ok } from '../../values/result.js';
import { decodeObject, type FieldValidation, parseBody } from './decode.js';
import { type Answer, type ResourceRequest, refused } from './exchange.js';
import { bodyFormat } from './negotiate.js';
import type { JsonObject } from './object.js';
import { presented, type Reader } from './read-requests.js';
import { subjectOf } from './registry.js';
import { bound, rescaled } from './scale.js';
import { notFound, success } from './status.js';
import type { Store } from './store.js';
import { parseWriteOptions, type WriteParameters } from './write-options.js';
import { answerWritten, bodyKind, collect, place, writerOf, wrongName } from './written-object.js';

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

async function decode(store: Store, request: ResourceRequest, fieldValidation: FieldValidation) {
  const format = bodyFormat(request.contentType);
  if (!format.ok) return format;
  const parsed = await parseBody(request.body, format.value);
  return decodeObject(parsed, request.body, bodyKind(request), store.resources, fieldValidation);
}
