/**
 * The OpenAPI documents of the served kinds.
 * @module
 */
import type { JsonObject } from '../object.js';
import type { Resource } from '../resource.js';

/** `/openapi/v3`: where the document of each group version is. */
export function openApiV3Root(_resources: readonly Resource[]): JsonObject {
  return { paths: {} };
}

/** `/openapi/v3/api/v1`, `/openapi/v3/apis/apps/v1`. */
export function openApiV3(_resources: readonly Resource[], _group: string, _version: string): JsonObject {
  return { openapi: '3.0.0', paths: {} };
}

/** `/openapi/v2`, as JSON. */
export function openApiV2(_resources: readonly Resource[]): JsonObject {
  return { swagger: '2.0', paths: {} };
}
