/**
 * The entries of `metadata.managedFields`: who, by which operation, through which subresource, when, and which fields.
 *
 * Source: https://kubernetes.io/docs/reference/using-api/server-side-apply/#field-management
 * @module
 */
import type { JsonObject } from '../object.js';
import { FieldSet } from './field-set.js';

export interface Manager {
  readonly name: string;
  readonly operation: 'Apply' | 'Update';
  readonly apiVersion: string;
  readonly subresource?: string;
  /** RFC 3339; upstream leaves it out for one that took over fields without a change of the object. */
  readonly time?: string;
  readonly fields: FieldSet;
}

/** By {@link identityOf}: there is one entry for each. */
export type Managers = ReadonlyMap<string, Manager>;

/** As upstream spells it, for its order shows in messages. The version is no part of an applier: it may apply another one later. */
export function identityOf({ name, operation, apiVersion, subresource }: Omit<Manager, 'fields' | 'time'>): string {
  return JSON.stringify({
    manager: name,
    operation,
    ...(operation === 'Update' ? { apiVersion } : {}),
    ...(subresource === undefined || subresource === '' ? {} : { subresource }),
  });
}

/** Undefined when one of the entries is malformed: upstream then starts anew. */
export function decodeManagers(entries: unknown): Managers | undefined {
  if (entries === undefined || entries === null) return new Map();
  if (!Array.isArray(entries)) return undefined;
  const managers = new Map<string, Manager>();
  for (const entry of entries as readonly JsonObject[]) {
    const manager = decodeManager(entry);
    if (manager === undefined) return undefined;
    managers.set(identityOf(manager), manager);
  }
  return managers;
}

function decodeManager(entry: JsonObject): Manager | undefined {
  const { manager, operation, apiVersion, time, fieldsType, fieldsV1, subresource } = entry;
  if (operation !== 'Apply' && operation !== 'Update') return undefined;
  if (!apiVersion || fieldsType !== 'FieldsV1') return undefined;
  const fields = FieldSet.fromFieldsV1(fieldsV1 ?? {});
  if (fields === undefined) return undefined;
  const optional = { ...(time ? { time } : {}), ...(subresource ? { subresource } : {}) };
  return { name: manager ?? '', operation, apiVersion, fields, ...optional };
}

/** In upstream's order: appliers first, then by time. Undefined when there are none. */
export function encodeManagers(managers: Managers): JsonObject[] | undefined {
  if (managers.size === 0) return undefined;
  return [...managers.values()].sort(byAge).map(({ name, operation, apiVersion, time, fields, subresource }) => ({
    manager: name,
    operation,
    apiVersion,
    ...(time === undefined ? {} : { time }),
    fieldsType: 'FieldsV1',
    fieldsV1: fields.toFieldsV1(),
    ...(subresource === undefined || subresource === '' ? {} : { subresource }),
  }));
}

function byAge(one: Manager, other: Manager): number {
  const rank = ({ operation, time = '', name, apiVersion, subresource = '' }: Manager) => [
    operation,
    time,
    name,
    apiVersion,
    subresource,
  ];
  const [mine, theirs] = [rank(one), rank(other)];
  const at = mine.findIndex((value, index) => value !== theirs[index]);
  return at < 0 ? 0 : (mine[at] as string) < (theirs[at] as string) ? -1 : 1;
}

/** Upstream's DefaultMaxUpdateManagers. */
const MAX_UPDATERS = 10;
const ANCIENT = 'ancient-changes';

/** Joins the oldest updaters when there are more than upstream keeps. */
export function capped(managers: Managers): Managers {
  const updaters = [...managers].filter(([, { operation }]) => operation === 'Update');
  let excess = updaters.length - MAX_UPDATERS;
  if (excess <= 0) return managers;
  updaters.sort(([, a], [, b]) => byAge(a, b));
  const kept = new Map(managers);
  const buckets = new Map<string, string>();
  for (const [identity, manager] of updaters) {
    if (excess <= 0) break;
    const first = buckets.get(manager.apiVersion);
    if (first === undefined) {
      buckets.set(manager.apiVersion, identity);
      continue;
    }
    const { apiVersion, time, fields } = manager;
    const joined = kept.get(first)?.fields.union(fields) ?? fields;
    const bucket: Manager = { name: ANCIENT, operation: 'Update', apiVersion, fields: joined };
    kept.delete(first);
    kept.delete(identity);
    kept.set(identityOf(bucket), time === undefined ? bucket : { ...bucket, time });
    buckets.set(apiVersion, identityOf(bucket));
    excess--;
  }
  return kept;
}
