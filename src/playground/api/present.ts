/**
 * Objects and lists in the form that the client asked for: as they are, as a Table, or their metadata alone.
 *
 * Pure. Source: https://kubernetes.io/docs/reference/using-api/api-concepts/#alternate-representations-of-resources
 * @module
 */
import { err, ok, type Result } from '../../values/result.js';
import type { ListPage } from './list.js';
import type { Wanted } from './negotiate.js';
import type { ApiObject, JsonObject } from './object.js';
import type { Resource } from './resource.js';
import { apiVersionOf } from './schema/kind.js';
import { badRequest, notAcceptable, type Status } from './status.js';
import { META_VERSION, partial, type TableOptions, toTable } from './table.js';

export interface Presentation {
  readonly resource: Resource;
  readonly as: Wanted['as'];
  readonly includeObject: NonNullable<TableOptions['includeObject']>;
  readonly nowMs: number;
}

/** `?includeObject=` of a Table. */
export function includedObject(query: URLSearchParams): Result<Presentation['includeObject'], Status> {
  const asked = query.get('includeObject') ?? '';
  switch (asked) {
    case '':
    case 'Metadata':
      return ok('Metadata');
    case 'None':
    case 'Object':
      return ok(asked);
    default: {
      const why = `includeObject: Invalid value: ${JSON.stringify(asked)}: must be 'Metadata', 'Object', 'None', or empty`;
      return err(badRequest(`Unable to convert to Table as requested: ${why}`));
    }
  }
}

export function presentObject(object: ApiObject, { resource, as, ...rest }: Presentation): Result<JsonObject, Status> {
  switch (as) {
    case 'Table':
      return ok(toTable(resource, [object], { ...rest, listMeta: versionOf(object) }));
    case 'PartialObjectMetadata':
      return ok(partial(object));
    case 'PartialObjectMetadataList':
      return err(
        notAcceptable(
          `you requested PartialObjectMetadataList, but the requested object is not a list (*${resource.kind})`,
        ),
      );
    default:
      return ok(object);
  }
}

export function presentList(
  { objects, metadata }: ListPage,
  { resource, as, ...rest }: Presentation,
): Result<JsonObject, Status> {
  const { kind } = resource;
  switch (as) {
    case 'Table':
      return ok(toTable(resource, objects, { ...rest, listMeta: metadata }));
    case 'PartialObjectMetadataList':
      return ok({
        kind: 'PartialObjectMetadataList',
        apiVersion: META_VERSION,
        metadata,
        items: objects.map(partial),
      });
    case 'PartialObjectMetadata':
      return err(
        notAcceptable(`you requested PartialObjectMetadata, but the requested object is a list (*core.${kind}List)`),
      );
    default: {
      // What the list says already is not said again for each item.
      const items = objects.map(({ kind: _kind, apiVersion: _version, ...item }) => item);
      return ok({ kind: `${kind}List`, apiVersion: apiVersionOf(resource), metadata, items });
    }
  }
}

/** A bookmark has nothing that a column could show. */
export function presentBookmark(bookmark: ApiObject, { resource, as, includeObject }: Presentation): JsonObject {
  switch (as) {
    case 'Table': {
      const object = includeObject === 'Object' ? bookmark : partial(bookmark);
      const cells = resource.columns.map(() => '');
      const metadata = versionOf(bookmark);
      return { kind: 'Table', apiVersion: META_VERSION, metadata, columnDefinitions: [], rows: [{ cells, object }] };
    }
    case 'PartialObjectMetadata':
    case 'PartialObjectMetadataList':
      return partial(bookmark);
    default:
      return bookmark;
  }
}

/** The object of one event of a watch. The columns of a Table are described by the first alone. */
export function presentEvent(object: ApiObject, { resource, as, ...rest }: Presentation, isFirst: boolean): JsonObject {
  switch (as) {
    case 'Table':
      return toTable(resource, [object], { ...rest, noHeaders: !isFirst, listMeta: versionOf(object) });
    case 'PartialObjectMetadata':
    case 'PartialObjectMetadataList':
      return partial(object);
    default:
      return object;
  }
}

const versionOf = ({ metadata: { resourceVersion } }: ApiObject): JsonObject =>
  resourceVersion === undefined ? {} : { resourceVersion };
