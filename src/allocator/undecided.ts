/**
 * Which pools may serve a Service or not by the labels of its namespace, where these are not known: a Service may be told of
 * before its Namespace.
 *
 * Pure. Looks at nothing that changes hands, so that a Service hears the same until its Namespace is told of. Where no pool
 * selects by these labels there is nothing to wait for.
 *
 * Source: docs/design.md §6, rule 5: same input, same output.
 * @module
 */
import type { Pool } from '../config/config.js';
import { type Family, familyOf } from '../values/address.js';
import type { PoolName } from '../values/names.js';
import { familyOfRange } from '../values/range.js';
import type { Choice } from './choose.js';
import { selects } from './pools.js';

type Question = Pick<Choice, 'service' | 'request' | 'missing' | 'needed' | 'kept' | 'pools'>;

/** In the order in which they would be tried. */
export const undecidedPools = (question: Question): readonly PoolName[] =>
  poolsInQuestion(question)
    .filter((pool) => isUndecided(pool, question))
    .map(({ name }) => name);

/** Those that what is missing would be of. Who may have a reserved address does not depend on the pool's selectors. */
function poolsInQuestion({ request, missing, kept, pools }: Question): readonly Pool[] {
  const asked = request.addresses.filter((address) => missing.includes(familyOf(address)));
  if (asked.length > 0) {
    const unreserved = asked.filter((address) => pools.holding(address)?.reserved.has(address) === false);
    return pools.inOrder.filter(
      (pool) =>
        unreserved.some((address) => pools.holding(address) === pool) && (request.pool ?? pool.name) === pool.name,
    );
  }
  if (kept !== undefined) return kept.pool === undefined ? [] : [kept.pool];
  return pools.inOrder.filter(({ name, autoAssign, protocol }) =>
    request.pool === undefined ? autoAssign && protocol === 'layer2' : name === request.pool,
  );
}

function isUndecided(pool: Pool, { service, missing, needed }: Question): boolean {
  if (pool.retired || selects(pool, service, undefined) !== 'undecided') return false;
  const hasFamily = (family: Family) => pool.ranges.some((range) => familyOfRange(range) === family);
  return missing.some(hasFamily) && needed.every(hasFamily);
}
