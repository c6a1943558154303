/**
 * Server-side apply: merges what a manager wants into the object that is there, removes what it no longer wants, and refuses to
 * change what others own.
 *
 * Source: https://kubernetes.io/docs/reference/using-api/server-side-apply/
 * @module
 */
import { isDeepStrictEqual } from 'node:util';
import { err, ok, type Result } from '../../../values/result.js';
import type { ApiObject, JsonObject } from '../object.js';
import { checkFields } from '../schema/fields.js';
import { apiVersionOf, type GroupVersionKind, kindOf } from '../schema/kind.js';
import { badRequest, plainError, type Status } from '../status.js';
import { conflictStatus, type FieldConflict } from './conflicts.js';
import { FieldSet } from './field-set.js';
import { lastApplied, withLastApplied } from './last-applied.js';
import { capped, decodeManagers, encodeManagers, identityOf, type Manager, type Managers } from './managers.js';
import {
  afterUpdate,
  blank,
  changes,
  othersAfter,
  ownable,
  ownershipType,
  resetFields,
  withManagers,
  withoutManagers,
} from './ownership.js';
import { fieldSetOf, withFieldsOnTheWay, withoutParts } from './typed.js';
import { typeDefects } from './typed-check.js';
import { mergeTyped } from './typed-merge.js';

export interface ApplyOptions {
  readonly manager: string;
  /** Takes fields over from other managers instead of a conflict. */
  readonly force: boolean;
  /** RFC 3339 in whole seconds, for managedFields. */
  readonly time: string;
  readonly subresource?: string;
}

/** kubectl's own name: for it alone, what it applied from the client's side before counts as its own. */
const KUBECTL = 'kubectl';

/**
 * `live` with `applied` merged in and managedFields brought up to date; neither is changed. Without `live`: a new object. What comes
 * out is in the form that checkFields gives.
 */
export function applyServerSide(
  live: ApiObject | undefined,
  applied: JsonObject,
  options: ApplyOptions,
): Result<JsonObject, Status> {
  const kind = kindOf(live ?? applied);
  const refusal = refusalOf(applied, kind);
  if (refusal !== undefined) return err(refusal);
  const held = withoutManagers(live ?? blank(kind));
  const operation = new Apply(held, applied, kind, managersOf(live, options), options);
  const outcome = operation.run(options.force);
  if (outcome.ok) return clean(outcome.value, kind);
  const conflicts = options.manager === KUBECTL ? outcome.error.filter(notLastApplied(held, kind)) : outcome.error;
  if (conflicts.length > 0) return err(conflictStatus(conflicts));
  const forced = operation.run(true);
  return forced.ok ? clean(forced.value, kind) : err(conflictStatus(forced.error));
}

/** What an applier withdrew is null until here. */
function clean(object: JsonObject, kind: GroupVersionKind): Result<JsonObject, Status> {
  const checked = checkFields(object, kind);
  return checked.ok ? ok(checked.value.object) : checked;
}

function refusalOf(applied: JsonObject, kind: GroupVersionKind): Status | undefined {
  const given = kindOf(applied);
  if (given.kind !== kind.kind || apiVersionOf(given) !== apiVersionOf(kind))
    return badRequest(`invalid object type: ${typeName(given)}`);
  if (applied['metadata']?.managedFields != null) return badRequest('metadata.managedFields must be nil');
  const defects = typeDefects(applied, ownershipType(kind));
  if (defects === undefined) return undefined;
  const { name, namespace = '' } = applied['metadata'] ?? {};
  return plainError(`failed to create typed patch object (${namespace}/${name}; ${typeName(kind)}): ${defects}`);
}

/** As Go prints it: `/v1, Kind=Service`. */
const typeName = ({ group, version, kind }: GroupVersionKind) => `${group}/${version}, Kind=${kind}`;

/** Of an object that nobody tracked yet, all is taken to be set by somebody who was there before. */
function managersOf(live: ApiObject | undefined, { time }: ApplyOptions): Managers {
  const managers = decodeManagers(live?.metadata.managedFields) ?? new Map();
  if (managers.size > 0 || live === undefined) return managers;
  return capped(afterUpdate(managers, blank(kindOf(live)), live, { name: 'before-first-apply', time }));
}

/** One apply, which may be tried again with force. */
class Apply {
  private readonly live: JsonObject;
  private readonly applied: JsonObject;
  private readonly kind: GroupVersionKind;
  private readonly managers: Managers;
  private readonly options: ApplyOptions;

  constructor(
    live: JsonObject,
    applied: JsonObject,
    kind: GroupVersionKind,
    managers: Managers,
    options: ApplyOptions,
  ) {
    this.live = live;
    this.applied = applied;
    this.kind = kind;
    this.managers = managers;
    this.options = options;
  }

  run(force: boolean): Result<JsonObject, readonly FieldConflict[]> {
    const { live, applied, kind, options } = this;
    const type = ownershipType(kind);
    const reset = resetFields(kind, options.subresource);
    const self: Manager = {
      name: options.manager,
      operation: 'Apply',
      apiVersion: apiVersionOf(kind),
      ...(options.subresource === undefined ? {} : { subresource: options.subresource }),
      fields: fieldSetOf(applied, type).without(reset),
    };
    const identity = identityOf(self);
    const last = this.managers.get(identity);
    const managers = new Map(this.managers).set(identity, self);
    const merged = mergeTyped(live, applied, type);
    const wanted = last === undefined ? merged : prune(merged, { last: last.fields, managers, kind });
    const difference = changes(live, wanted as JsonObject, kind, reset);
    const changed = difference.added.union(difference.modified);
    const conflicts = [...managers]
      .filter(([other]) => other !== identity)
      .flatMap(([other, manager]) =>
        manager.fields
          .intersection(changed)
          .paths()
          .map((path): FieldConflict => ({ identity: other, manager, path })),
      );
    if (!force && conflicts.length > 0) return err(conflicts);
    const left = new Map(othersAfter(managers, difference, identity));
    const isChanged = !isDeepStrictEqual(live, wanted);
    const time = isChanged ? options.time : last?.time;
    const fields = ownable(self.fields);
    if (fields.isEmpty) left.delete(identity);
    else left.set(identity, { ...self, fields, ...(time === undefined ? {} : { time }) });
    const object = withManagers(wanted as JsonObject, encodeManagers(left));
    return ok(options.manager === KUBECTL ? withLastApplied(object, applied) : object);
  }
}

/** Removes what the applier owned, does not apply any more, and nobody else owns. */
function prune(
  merged: unknown,
  { last, managers, kind }: { last: FieldSet; managers: Managers; kind: GroupVersionKind },
): unknown {
  if (last.isEmpty) return merged;
  const type = ownershipType(kind);
  const whole = (fields: FieldSet) => withFieldsOnTheWay(fields, type);
  const all = whole(fieldSetOf(merged, type));
  const owned = [...managers.values()].reduce((union, { fields }) => union.union(fields), new FieldSet());
  const kept = whole(fieldSetOf(withoutParts(merged, whole(last), type), type));
  const withOwned = withoutParts(merged, all.difference(kept.union(whole(owned))), type);
  // Nothing goes that the applier did not own: it may have been in an object that does.
  const left = whole(fieldSetOf(withOwned, type));
  return withoutParts(merged, all.difference(left).intersection(whole(last)), type);
}

/** Fields that still are as kubectl applied them from the client's side are its own, whoever is written down. */
function notLastApplied(live: JsonObject, kind: GroupVersionKind): (conflict: FieldConflict) => boolean {
  const before = lastApplied(live);
  if (before === undefined || before['apiVersion'] !== apiVersionOf(kind)) return () => true;
  const type = ownershipType(kind);
  const { added, modified, removed } = changes(before, live, kind, resetFields(kind, undefined));
  const own = fieldSetOf(before, type).difference(added.union(modified).union(removed));
  return ({ path }) => !own.has(path);
}
