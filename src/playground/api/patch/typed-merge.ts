/**
 * The merge of a server-side apply: what is applied wins, field by field, and nothing is removed.
 * @module
 */
import type { FieldType, ListType } from '../schema/types.js';
import type { Step } from './field-set.js';
import { isEmpty, isLeafType, type Part, partsOf } from './typed.js';

/** `live` with `applied` merged in; neither is changed, and the result shares parts with both. Undefined when nothing is left. */
export function mergeTyped(live: unknown, applied: unknown, type: FieldType): unknown {
  if (isLeafType(type) || (isEmpty(live) && isEmpty(applied))) return applied === undefined ? live : applied;
  const [held, given] = [partsOf(live, type), partsOf(applied, type)];
  return type.is === 'list' ? mergeLists(held, given, type) : mergeMembers(held, given);
}

type Parts = ReadonlyMap<Step, Part>;

function mergeMembers(held: Parts, given: Parts): unknown {
  const merged = [...new Set([...held.keys(), ...given.keys()])].flatMap((step) => {
    const part = mergePart(held.get(step), given.get(step));
    return part === undefined ? [] : [[step.slice(2), part] as const];
  });
  return merged.length === 0 ? undefined : Object.fromEntries(merged);
}

function mergeLists(held: Parts, given: Parts, type: ListType): unknown {
  const order = mergedOrder([...held.keys()], [...given.keys()]);
  const merged = order.map((step) => mergeTyped(held.get(step)?.value, given.get(step)?.value, type.of));
  const kept = merged.filter((item) => item !== undefined);
  return kept.length === 0 ? undefined : kept;
}

function mergePart(held: Part | undefined, given: Part | undefined): unknown {
  const type = (held ?? given)?.type;
  return type === undefined ? undefined : mergeTyped(held?.value, given?.value, type);
}

/**
 * The applied elements in their own order; each of the others stays behind the element that it followed, as far as that order
 * allows.
 */
function mergedOrder(held: readonly Step[], given: readonly Step[]): Step[] {
  const [isHeld, isGiven] = [new Set(held), new Set(given)];
  const shared = given.filter((step) => isHeld.has(step));
  const order: Step[] = [];
  let [atHeld, atGiven] = [0, 0];
  while (atHeld < held.length || atGiven < given.length) {
    const [mine, theirs] = [held[atHeld], given[atGiven]];
    if (mine !== undefined && mine === theirs) {
      order.push(mine);
      shared.shift();
      atHeld++;
      atGiven++;
    } else if (
      mine !== undefined &&
      theirs !== undefined &&
      isGiven.has(mine) &&
      shared[0] !== undefined &&
      shared[0] !== mine
    ) {
      // Applied too, but its turn comes elsewhere.
      atHeld++;
    } else if (mine !== undefined && !isGiven.has(mine)) {
      order.push(mine);
      atHeld++;
    } else if (theirs !== undefined) {
      order.push(theirs);
      atGiven++;
      if (shared[0] === theirs) shared.shift();
    } else {
      // All that was applied has its place, this one too.
      atHeld++;
    }
  }
  return order;
}
