/**
 * Which kind of object: group, version and kind, as every part of the server that asks for a type names it.
 * @module
 */
import type { JsonObject } from '../object.js';

export interface GroupVersionKind {
  /** Empty for the core group. */
  readonly group: string;
  readonly version: string;
  readonly kind: string;
}

/** `v1`, `discovery.k8s.io/v1`. */
export const apiVersionOf = ({ group, version }: Pick<GroupVersionKind, 'group' | 'version'>): string =>
  group === '' ? version : `${group}/${version}`;

export function kindOf(object: JsonObject): GroupVersionKind {
  const [group, version] = splitApiVersion(String(object['apiVersion']));
  return { group, version, kind: String(object['kind']) };
}

function splitApiVersion(apiVersion: string): readonly [group: string, version: string] {
  const slash = apiVersion.indexOf('/');
  return slash < 0 ? ['', apiVersion] : [apiVersion.slice(0, slash), apiVersion.slice(slash + 1)];
}
