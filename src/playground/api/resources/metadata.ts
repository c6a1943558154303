/**
 * What may stand in `metadata`, the same for every kind.
 *
 * Source: `k8s.io/apimachinery` pkg/api/validation objectmeta.go.
 * @module
 */
import type { ApiObject } from '../object.js';
import type { Resource } from '../resource.js';
import type { Cause } from '../status.js';

/** Everything that is wrong with the metadata of `object`, with `old` for an update. */
export function validateMetadata(
  _object: ApiObject,
  _old: ApiObject | undefined,
  _resource: Pick<Resource, 'namespaced' | 'names'>,
): readonly Cause[] {
  return [];
}
