/**
 * The playground as one plays with it: live on a terminal, in lines without one, until it is stopped.
 * @module
 */
import { boottimeMs } from '../../linux/clock.js';
import { kubeVersion } from '../cluster/kube-binary.js';
import type { Stage } from '../stage/stage.js';
import { Actions, addStranger } from './actions.js';
import { feed } from './feed.js';
import { differences, summaries } from './lines.js';
import { showLive } from './live.js';
import type { Picture } from './picture.js';
import { World } from './world.js';

const SUMMARY_MS = 10_000;
const LOOK_MS = 100;

/** Ends when the user quits; without a terminal, never. */
export async function play(stage: Stage, elapsedMs: () => number, signal: AbortSignal): Promise<void> {
  const { options, nodes } = stage;
  const stranger = await addStranger(stage);
  const api =
    options.kubernetes && options.assets ? `Kubernetes ${await kubeVersion(options.assets)}` : 'embedded API server';
  const world = new World({ api, forwarding: options.forwarding, nodes, stranger });
  let changed = () => {};
  const actions = new Actions(stage, world, stranger, () => changed());
  actions.watchSpeakers();
  await feed(stage, world, () => changed(), signal);

  // A dumb terminal cannot be drawn on.
  if (process.stdin.isTTY && process.stdout.isTTY && process.env['TERM'] !== 'dumb') {
    const live = showLive(world, actions, elapsedMs);
    changed = live.changed;
    await live.quit;
    live.leave();
    return;
  }
  await printLines(() => world.paint({ ms: boottimeMs(), upMs: elapsedMs() }, { kind: 'idle' }));
}

/** Goes on for as long as the process does. */
function printLines(paint: () => Picture): Promise<never> {
  let before: Picture | undefined;
  setInterval(() => {
    const after = paint();
    for (const line of differences(before, after)) console.log(line);
    before = after;
  }, LOOK_MS);
  setInterval(() => {
    for (const line of summaries(paint())) console.log(line);
  }, SUMMARY_MS);
  return new Promise(() => {});
}
