/**
 * JSON patch, RFC 6902, with the liberties that upstream takes: `replace` may name a member that is not there, a `test` for null
 * passes where there is nothing, and a value left out is null.
 * @module
 */
import { applyPatch as applyOperations, type Operation, Pointer } from 'rfc6902';
import { err, ok, type Result } from '../../../values/result.js';
import { wordFor } from '../schema/fields.js';
import { badRequest, patchRejected, requestEntityTooLarge, type Status } from '../status.js';

/** Upstream's limit. */
const MAX_OPERATIONS = 10_000;
/** Upstream's limit, JSONPatchMaxCopyBytes, for all copies of a patch together: each may double what is there. */
const MAX_COPIED_CHARACTERS = 3 * 1_024 * 1_024;

/** `target` patched; it is not changed. */
export function jsonPatch(target: unknown, body: unknown): Result<unknown, Status> {
  const operations = readOperations(body);
  if (!operations.ok) return operations;
  // Behind a name, so that an operation on "" can put another value in place of the whole.
  const holder = { whole: structuredClone(target) };
  let copied = 0;
  for (const operation of operations.value) {
    copied += copiedBy(holder.whole, operation);
    if (copied > MAX_COPIED_CHARACTERS || !applyOne(holder, operation)) return err(patchRejected());
  }
  return ok(holder.whole);
}

/** How much longer a `copy` makes the object as text. */
function copiedBy(whole: unknown, operation: Operation): number {
  if (operation.op !== 'copy') return 0;
  try {
    return JSON.stringify(Pointer.fromJSON(operation.from).evaluate(whole).value)?.length ?? 0;
  } catch {
    // No pointer: the operation itself is refused.
    return 0;
  }
}

function applyOne(holder: { whole: unknown }, asked: Operation): boolean {
  try {
    if (typeof asked.path !== 'string') return false;
    const operation = liberal(holder.whole, asked);
    const [problem] = applyOperations(holder, [below('/whole', operation)]);
    return problem === null;
  } catch {
    // The library throws for a pointer that is none.
    return false;
  }
}

function liberal(target: unknown, operation: Operation): Operation {
  if (operation.op === 'replace') {
    const { parent, value } = Pointer.fromJSON(operation.path).evaluate(target);
    const isMissingMember = value === undefined && parent instanceof Object && !Array.isArray(parent);
    return { ...operation, op: isMissingMember ? 'add' : 'replace', value: operation.value ?? null };
  }
  if (operation.op === 'add') return { ...operation, value: operation.value ?? null };
  if (operation.op === 'test' && operation.value == null) {
    const { value } = Pointer.fromJSON(operation.path).evaluate(target);
    return value === undefined ? { ...operation, path: '', value: target } : operation;
  }
  return operation;
}

const below = (place: string, operation: Operation): Operation => {
  const path = place + operation.path;
  return 'from' in operation ? { ...operation, path, from: place + operation.from } : { ...operation, path };
};

const MEMBERS = ['op', 'path', 'from'] as const;

function readOperations(body: unknown): Result<readonly Operation[], Status> {
  if (body === null) return ok([]);
  if (!Array.isArray(body)) return err(undecodable(`${wordFor(body)} into Go value of type []handlers.jsonPatchOp`));
  if (body.length > MAX_OPERATIONS) {
    const limit = `The allowed maximum operations in a JSON patch is ${MAX_OPERATIONS}, got ${body.length}`;
    return err(requestEntityTooLarge(limit));
  }
  for (const item of body as readonly unknown[]) {
    const defect = operationDefect(item);
    if (defect !== undefined) return err(undecodable(defect));
  }
  return ok(body as readonly Operation[]);
}

function operationDefect(item: unknown): string | undefined {
  if (wordFor(item) !== 'object') return `${wordFor(item)} into Go value of type handlers.jsonPatchOp`;
  const members = item as Readonly<Record<string, unknown>>;
  const wrong = MEMBERS.find((name) => members[name] != null && typeof members[name] !== 'string');
  if (wrong === undefined) return undefined;
  return `${wordFor(members[wrong])} into Go struct field jsonPatchOp.${wrong} of type string`;
}

const undecodable = (what: string) => badRequest(`error decoding patch: json: cannot unmarshal ${what}`);
