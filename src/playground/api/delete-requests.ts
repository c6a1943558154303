/**
 * Delete requests, of one object and of a whole collection.
 * @module
 */
import { err, ok, type Result } from '../../values/result.js';
import { parseBody } from './decode.js';
import { type Answer, type ResourceRequest, refused } from './exchange.js';
import { listPage } from './list.js';
import { parseListOptions } from './list-options.js';
import { bodyFormat } from './negotiate.js';
import type { JsonObject } from './object.js';
import { presentList } from './present.js';
import { presentationOf, presented, type Reader } from './read-requests.js';
import { badRequest, type Status, success } from './status.js';
import { parseDeleteOptions } from './write-options.js';

/** These answer a deletion with the object as it was; all others with a Status. Source: upstream's ReturnDeletedObject. */
const RETURNED_WHEN_DELETED: ReadonlySet<string> = new Set(['namespaces', 'pods', 'services', 'serviceaccounts']);
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
