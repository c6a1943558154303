/**
 * The 409 of a server-side apply, in upstream's words: which fields, and who owns them.
 * @module
 */
import { applyConflict, type Status } from '../status.js';
import { type Path, printPath } from './field-set.js';
import type { Manager } from './managers.js';

export interface FieldConflict {
  readonly identity: string;
  readonly manager: Manager;
  readonly path: Path;
}

export function conflictStatus(conflicts: readonly FieldConflict[]): Status {
  return applyConflict(
    messageFor(conflicts),
    conflicts.map(({ manager, path }) => ({
      reason: 'FieldManagerConflict',
      message: `conflict with ${print(manager)}`,
      field: printPath(path),
    })),
  );
}

function messageFor(conflicts: readonly FieldConflict[]): string {
  const [only, ...more] = conflicts;
  if (only !== undefined && more.length === 0)
    return `Apply failed with 1 conflict: conflict with ${print(only.manager)}: ${printPath(only.path)}`;
  const identities = [...new Set(conflicts.map(({ identity }) => identity))].sort();
  const lines = identities.flatMap((identity) => {
    const theirs = conflicts.filter((conflict) => conflict.identity === identity);
    const [first] = theirs;
    if (first === undefined) return [];
    return [`conflicts with ${print(first.manager)}:`, ...theirs.map(({ path }) => `- ${printPath(path)}`)];
  });
  return `Apply failed with ${conflicts.length} conflicts: ${lines.join('\n')}`;
}

function print({ name, operation, apiVersion, subresource }: Manager): string {
  const through = subresource ? ` with subresource ${JSON.stringify(subresource)}` : '';
  return `${JSON.stringify(name)}${through}${operation === 'Update' ? ` using ${apiVersion}` : ''}`;
}
