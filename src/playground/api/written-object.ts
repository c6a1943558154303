/**
 * What every write over HTTP does with the object that was sent, and with the one that came of it.
 * @module
 */
import { err, ok, type Result } from '../../values/result.js';
import { type Answer, type ResourceRequest, refused } from './exchange.js';
import { metadataOf } from './metadata.js';
import type { JsonObject } from './object.js';
import { presented } from './read-requests.js';
import { BINDING, SCALE, scaleOf } from './scale.js';
import type { GroupVersionKind } from './schema/kind.js';
import { badRequest, type Status } from './status.js';
import type { Store, WriteOptions, Written } from './store.js';
import type { WriteParameters } from './write-options.js';

/** The kind of what is sent to the URL. */
export function bodyKind({ route: { resource, subresource } }: ResourceRequest): GroupVersionKind {
  if (subresource === 'scale') return SCALE;
  return subresource === 'binding' ? BINDING : resource;
}

/** In the namespace of the URL; one that the object names itself must be the same. */
export function place(
  { route: { resource, namespace } }: ResourceRequest,
  object: JsonObject,
): Result<JsonObject, Status> {
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

/** The name of the URL is the object's. */
export function wrongName({ route: { name = '' } }: ResourceRequest, object: JsonObject): Status | undefined {
  const own: unknown = metadataOf(object)['name'];
  if (own === name) return undefined;
  return badRequest(
    own === undefined || own === ''
      ? `the name of the object (${name} based on URL) was undeterminable: name must be provided`
      : `the name of the object (${own}) does not match the name on the URL (${name})`,
  );
}

/** In whose name the store writes. */
export const writerOf = (
  { route: { subresource } }: ResourceRequest,
  { manager, dryRun }: WriteParameters,
): WriteOptions => ({
  manager,
  dryRun,
  ...(subresource === undefined ? {} : { subresource }),
});

export const collect = (warnings: string[]) => (text: string) => {
  warnings.push(text);
};

export function answerWritten(
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
