/**
 * The measuring programs of the playground and of the lab, by name.
 * @module
 */
import type { Host } from '../../../src/playground/network/host.js';
import { Watcher } from '../../../src/playground/network/watcher.js';
import { labProgram } from '../../lab/program.js';

export type { Line } from '../../../src/playground/network/watcher.js';
export { watchArp } from '../../../src/playground/stage/measure.js';

/** Starts one of the lab's own programs and waits for its first line. */
export async function watch(
  host: Host,
  name: Parameters<typeof labProgram>[0],
  args: readonly string[],
): Promise<Watcher> {
  return Watcher.start(host, name, [...(await labProgram(name)), ...args]);
}
