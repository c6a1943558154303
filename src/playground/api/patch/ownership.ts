/**
 * What a change of an object means for who owns which of its fields, and the fields that nobody owns.
 * @module
 */
import type { ApiObject, JsonObject } from '../object.js';
import { apiVersionOf, type GroupVersionKind, kindOf } from '../schema/kind.js';
import { fieldsOf, type ObjectType, typeOf } from '../schema/types.js';
import { FieldSet, fieldStep } from './field-set.js';
import { identityOf, type Manager, type Managers } from './managers.js';
import { type Comparison, compare } from './typed.js';

const paths = (...dotted: readonly string[]) => FieldSet.of(...dotted.map((path) => path.split('.').map(fieldStep)));

/** What the server sets itself. */
const SERVERS_OWN = paths(
  'apiVersion',
  'kind',
  'metadata',
  'metadata.name',
  'metadata.namespace',
  'metadata.creationTimestamp',
  'metadata.selfLink',
  'metadata.uid',
  'metadata.clusterName',
  'metadata.generation',
  'metadata.managedFields',
  'metadata.resourceVersion',
);

/** What a write through this subresource cannot change: the strategies of upstream put it back. */
export function resetFields({ kind }: GroupVersionKind, subresource: string | undefined): FieldSet {
  if (subresource !== 'status') return paths('status');
  if (kind === 'Pod') return paths('spec', 'metadata.deletionTimestamp', 'metadata.ownerReferences');
  return kind === 'Deployment' ? paths('spec', 'metadata.labels') : paths('spec');
}

/** Of a kind that the client library does not know, only the whole is known. */
export const ownershipType = (kind: GroupVersionKind): ObjectType =>
  typeOf(kind) ?? { is: 'object', model: 'V1Namespace', atomic: true };

/**
 * An object of the kind with nothing set, for a creation to differ from. What upstream's types hold by value is there from the
 * start, so that nobody owns it for having been first.
 */
export function blank(kind: GroupVersionKind): JsonObject {
  const fields = fieldsOf(ownershipType(kind).model);
  const parts: JsonObject = { metadata: {}, spec: {}, status: {}, ...BLANK_PARTS[kind.kind] };
  const known = Object.entries(parts).filter(([name]) => fields.has(name));
  return { apiVersion: apiVersionOf(kind), kind: kind.kind, ...Object.fromEntries(known) };
}

const BLANK_TEMPLATE = { metadata: {}, spec: { containers: null } };
/** Besides empty metadata, spec and status. Of the two kinds of Event, each takes the fields that it has. */
const BLANK_PARTS: Readonly<Record<string, JsonObject>> = {
  Deployment: { spec: { selector: null, strategy: {}, template: BLANK_TEMPLATE } },
  EndpointSlice: { endpoints: null, ports: null },
  Event: {
    deprecatedSource: {},
    involvedObject: {},
    regarding: {},
    source: {},
    reportingComponent: '',
    reportingInstance: '',
  },
  Pod: { spec: { containers: null } },
  ReplicaSet: { spec: { selector: null, template: BLANK_TEMPLATE } },
};

/** What changed between two objects of the kind, without what the subresource cannot change. */
export function changes(before: JsonObject, after: JsonObject, kind: GroupVersionKind, reset: FieldSet): Comparison {
  const { added, modified, removed } = compare(withoutManagers(before), withoutManagers(after), ownershipType(kind));
  return { added: added.without(reset), modified: modified.without(reset), removed: removed.without(reset) };
}

/** Every other manager loses what was changed or removed; who has nothing left is gone. */
export function othersAfter(managers: Managers, { added, modified, removed }: Comparison, self?: string): Managers {
  const taken = added.union(modified).union(removed);
  const left = [...managers].map(([identity, manager]): [string, Manager] =>
    identity === self ? [identity, manager] : [identity, { ...manager, fields: manager.fields.difference(taken) }],
  );
  return new Map(left.filter(([, { fields }]) => !fields.isEmpty));
}

/** The managers after an update of `before` to `after` by the `updater`. */
export function afterUpdate(
  managers: Managers,
  before: JsonObject,
  after: ApiObject,
  updater: { readonly name: string; readonly time: string; readonly subresource?: string },
): Managers {
  const kind = kindOf(after);
  const difference = changes(before, after, kind, resetFields(kind, updater.subresource));
  const others = new Map(othersAfter(managers, difference));
  const fields = difference.added.union(difference.modified).difference(SERVERS_OWN);
  if (fields.isEmpty) return others;
  const self: Manager = { ...updater, operation: 'Update', apiVersion: after.apiVersion, fields };
  const identity = identityOf(self);
  const previous = others.get(identity);
  others.set(identity, previous === undefined ? self : { ...self, fields: fields.union(previous.fields) });
  return others;
}

/** Without what the server sets itself. */
export const ownable = (fields: FieldSet): FieldSet => fields.difference(SERVERS_OWN);

export function withoutManagers<T extends JsonObject>(object: T): T {
  const { managedFields: _, ...metadata } = object['metadata'] ?? {};
  return { ...object, metadata };
}

/** `object` with these managers in place of those it has. */
export function withManagers<T extends JsonObject>(object: T, entries: JsonObject[] | undefined): T {
  const bare = withoutManagers(object);
  return entries === undefined ? bare : { ...bare, metadata: { ...bare['metadata'], managedFields: entries } };
}
