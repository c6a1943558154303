/**
 * Programs that only tests have: those of `programs/` beside this file.
 * @module
 */
import path from 'node:path';
import type { Command } from '../../src/playground/network/process.js';
import { sourceProgram } from '../../src/playground/network/program.js';

/** The command line that starts `programs/<name>.ts`. */
export const labProgram = (
  name: 'beat-watch' | 'hostile' | 'responder' | 'tcp-probe' | 'udp-probe',
): Promise<Command> => sourceProgram(path.join(import.meta.dirname, 'programs', `${name}.ts`));
