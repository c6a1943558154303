/**
 * The playground itself, inside its private place: `main <options as JSON>`, on the leash of the command (command.ts).
 *
 * Exit codes: 0 done, 1 something did not come to pass, which is said on stderr.
 * @module
 */
import { onStop } from './machine/leash.js';
import { Run } from './network/run.js';
import { play } from './picture/play.js';
import type { StageOptions } from './stage/options.js';
import { runShell } from './stage/shell.js';
import { raise } from './stage/stage.js';
import { tellStory } from './story/story.js';
import { seconds } from './story/text.js';

const { beganMs, ...options } = JSON.parse(process.argv[2] ?? '') as StageOptions & { readonly beganMs: number };
const elapsedMs = () => Date.now() - beganMs;
const progress = (message: string) => console.log(`${seconds(elapsedMs()).padStart(7)}  ${message}`);
const stopping = new AbortController();

onStop((why) => {
  // The shell is told by the terminal itself; it decides when it ends.
  if (options.shell && why === 'SIGINT') return;
  stopping.abort();
  // A story that is cut short was not told; what goes on until it is stopped was.
  if (options.once) console.error(`cairn playground: ended by ${why}`);
  process.exit(options.once ? 1 : 0);
});

// Whoever read the lines has enough of them (`| head -3`).
process.stdout.on('error', () => process.exit(options.once ? 1 : 0));

const run = Run.start();
try {
  const stage = await raise(run, options, progress);
  process.exit(await perform());

  async function perform(): Promise<number> {
    if (options.once) await tellStory(stage, { say: console.log, elapsedMs });
    else if (options.shell) return (await runShell(stage, console.log)) === 0 ? 0 : 1;
    else await play(stage, elapsedMs, stopping.signal);
    return 0;
  }
} catch (error) {
  const { message, cause } = error as Error;
  console.error(`cairn playground: ${message}${cause instanceof Error ? ` (${cause.message})` : ''}`);
  process.exit(1);
}
