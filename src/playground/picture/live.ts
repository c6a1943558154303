/**
 * The live picture on a terminal: draws what has changed, and hands the keys on.
 * @module
 */
import { boottimeMs } from '../../linux/clock.js';
import type { Actions } from './actions.js';
import { type Prompt, press } from './keys.js';
import type { Picture } from './picture.js';
import { Screen, wantsColour } from './screen.js';
import { type Size, view } from './view.js';
import type { World } from './world.js';

/** As often as an eye notices. */
const FRAME_MS = 100;

export interface Live {
  /** Something changed: draw soon. */
  readonly changed: () => void;
  /** The picture as it is now. */
  readonly picture: () => Picture;
  /** Settles when the user quits. */
  readonly quit: Promise<void>;
  /** Gives the terminal back. */
  readonly leave: () => void;
}

export function showLive(world: World, actions: Actions, elapsedMs: () => number): Live {
  const screen = new Screen(process.stdout, wantsColour(process.env));
  let prompt: Prompt = { kind: 'idle' };
  let isDue = true;
  const picture = () => world.paint({ ms: boottimeMs(), upMs: elapsedMs() }, prompt);
  const sizeNow = (): Size => ({ columns: process.stdout.columns || 80, rows: process.stdout.rows || 24 });
  const draw = () => screen.show(view(picture(), sizeNow()));

  screen.enter();
  process.stdin.setRawMode(true);
  process.stdin.setEncoding('utf8');
  process.stdin.resume();
  const frames = setInterval(() => {
    if (isDue) draw();
    isDue = false;
  }, FRAME_MS);
  // The clock, the rates and the silences go on without any fact.
  const seconds = setInterval(draw, 1_000);
  process.stdout.on('resize', () => {
    screen.forget();
    draw();
  });

  let isOver = false;
  const leave = () => {
    if (isOver) return;
    isOver = true;
    clearInterval(frames);
    clearInterval(seconds);
    process.stdin.setRawMode(false);
    process.stdin.pause();
    screen.leave();
  };
  process.on('exit', leave);

  const quit = new Promise<void>((resolve) => {
    process.stdin.on('end', resolve);
    process.stdin.on('data', (text: string) => {
      // Arrows and the like come as one sequence that begins with Escape; pasted text comes as many keys.
      for (const key of text.startsWith('\x1b') ? ['\x1b'] : text) {
        const pressed = press(key, prompt, world.choosable);
        prompt = pressed.prompt;
        if (pressed.action?.kind === 'quit') resolve();
        else if (pressed.action !== undefined) void actions.do(pressed.action);
      }
      draw();
    });
  });
  return {
    changed: () => {
      isDue = true;
    },
    picture,
    quit,
    leave,
  };
}
