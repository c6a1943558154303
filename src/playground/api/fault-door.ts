/**
 * `/playground/faults`: faults of a server that runs in another process. What it takes is described in faults.ts.
 * @module
 */
import * as z from 'zod';
import { err, ok, type Result } from '../../values/result.js';
import type { Fault, Faults } from './faults.js';
import type { JsonObject } from './object.js';
import { badRequest, methodNotAllowed, pathNotFound, type Status } from './status.js';

const target = {
  verbs: z.array(z.enum(['get', 'list', 'watch', 'create', 'update', 'patch', 'delete'])).optional(),
  resource: z.string().optional(),
  subresource: z.string().optional(),
  namespace: z.string().optional(),
  name: z.string().optional(),
};
const often = { times: z.number().int().min(1).optional(), probability: z.number().min(0).max(1).optional() };

/** A test that waits longer than this has hung. */
const MAX_DELAY_MS = 600_000;

const faultSchema = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('delay'), delayMs: z.number().min(0).max(MAX_DELAY_MS), ...target, ...often }),
  z.strictObject({
    kind: z.literal('refuse'),
    code: z.number().int().min(400).max(599),
    reason: z.string().optional(),
    message: z.string().optional(),
    retryAfterSeconds: z.number().int().min(0).optional(),
    ...target,
    ...often,
  }),
  z.strictObject({ kind: z.literal('expired'), ...target, ...often }),
  z.strictObject({ kind: z.literal('cut'), ...target, ...often }),
  z.strictObject({ kind: z.literal('disconnect'), ...target }),
  z.strictObject({ kind: z.literal('stale'), versions: z.number().int().min(0).optional(), ...target }),
  z.strictObject({ kind: z.literal('bookmarks-only'), ...target }),
  z.strictObject({ kind: z.literal('reset'), when: z.enum(['before', 'after']), ...target, ...often }),
]);

/** The answer's body. */
export function answerFaults(
  faults: Faults,
  method: string,
  id: string | undefined,
  body: unknown,
): Result<JsonObject, Status> {
  switch (method) {
    case 'GET':
      return id === undefined ? ok({ faults: faults.list() }) : err(pathNotFound());
    case 'POST': {
      const read = faultSchema.safeParse(body);
      if (!read.success) return err(badRequest(`no such fault: ${z.prettifyError(read.error)}`));
      return ok({ id: faults.start(read.data as Fault) });
    }
    case 'DELETE':
      if (id === undefined) {
        faults.clear();
        return ok({});
      }
      return faults.remove(id) ? ok({}) : err(pathNotFound());
    default:
      return err(methodNotAllowed());
  }
}
