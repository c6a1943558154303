/**
 * The playground itself, inside its private place: `main <options as JSON>`, on the leash of the command (command.ts).
 *
 * Exit codes: 0 done, 1 something did not come to pass, which is said on stderr.
 * @module
 */

import { onStop } from '../machine/leash.js';
import { Run } from '../network/run.js';
import { tellStory } from '../story/story.js';
import type { StageOptions } from './options.js';
import { raise } from './stage.js';

const { beganMs, ...options } = JSON.parse(process.argv[2] ?? '') as StageOptions & { readonly beganMs: number };
const elapsedMs = () => Date.now() - beganMs;

onStop((why) => {
  console.error(`\ncairn playground: ${why}`);
  process.exit(1);
});

const run = Run.start();
try {
  const progress = (message: string) => console.log(`${(elapsedMs() / 1000).toFixed(1).padStart(5)} s  ${message}`);
  const stage = await raise(run, options, progress);
  await tellStory(stage, { say: console.log, elapsedMs });
  process.exit(0);
} catch (error) {
  const { message, cause } = error as Error;
  console.error(`cairn playground: ${message}${cause instanceof Error ? ` (${cause.message})` : ''}`);
  process.exit(1);
}
