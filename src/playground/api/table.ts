/**
 * Objects as the Table that `kubectl get` prints.
 *
 * Every column is sent, also those of `-o wide`: kubectl leaves out what was not asked for. Pure.
 *
 * Source: https://kubernetes.io/docs/reference/using-api/api-concepts/#receiving-resources-as-tables
 * @module
 */
import type { ApiObject, JsonObject } from './object.js';
import type { Resource } from './resource.js';

export const META_VERSION = 'meta.k8s.io/v1';

export interface TableOptions {
  readonly nowMs: number;
  /** What each row carries along; upstream's default is `Metadata`. */
  readonly includeObject?: 'None' | 'Metadata' | 'Object';
  /** Of the list: resourceVersion, continue, remainingItemCount. */
  readonly listMeta?: JsonObject;
  /** A watch describes its columns in its first event only. */
  readonly noHeaders?: boolean;
}

export function toTable(resource: Resource, objects: readonly ApiObject[], options: TableOptions): JsonObject {
  const { nowMs, includeObject = 'Metadata', listMeta = {}, noHeaders = false } = options;
  return {
    kind: 'Table',
    apiVersion: META_VERSION,
    metadata: listMeta,
    columnDefinitions: noHeaders
      ? []
      : resource.columns.map(({ name, type, format = '', description, priority }) => ({
          name,
          type,
          format,
          description,
          priority,
        })),
    rows: objects.map((object) => ({
      cells: resource.columns.map((column) => column.cell(object, nowMs)),
      object: carried(object, includeObject),
    })),
  };
}

function carried(object: ApiObject, include: 'None' | 'Metadata' | 'Object'): JsonObject | null {
  switch (include) {
    case 'None':
      return null;
    case 'Object':
      return object;
    case 'Metadata':
      return partial(object);
  }
}

/** The metadata alone, as a row carries it and clients may ask for it. */
export const partial = ({ metadata }: ApiObject): JsonObject => ({
  kind: 'PartialObjectMetadata',
  apiVersion: META_VERSION,
  metadata,
});
