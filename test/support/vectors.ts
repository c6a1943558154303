/**
 * What was captured from a real API server: test/vectors/api/, a JSON value on each line, the first naming its source.
 * @module
 */
import { readFileSync } from 'node:fs';
import path from 'node:path';

export function vectors<T>(name: string): readonly T[] {
  const file = path.join(import.meta.dirname, '../vectors/api', `${name}.jsonl`);
  const [, ...lines] = readFileSync(file, 'utf8').trimEnd().split('\n');
  if (lines.length === 0) throw new Error(`${file} has no vectors`);
  return lines.map((line) => JSON.parse(line) as T);
}
