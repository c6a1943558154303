/**
 * A picture worth keeping: the moment after a fail-over, with everything in it that a reader of the README should see.
 *
 * Plays by the same keys as a person, and answers the picture as data; the SVG is made from that at any time (scripts/picture.ts).
 * @module
 */
import { boottimeMs } from '../src/linux/clock.js';
import { waitFor } from '../src/playground/network/wait.js';
import { Actions, addStranger } from '../src/playground/picture/actions.js';
import { feed } from '../src/playground/picture/feed.js';
import type { Picture } from '../src/playground/picture/picture.js';
import { World } from '../src/playground/picture/world.js';
import type { Stage } from '../src/playground/stage/stage.js';

/** More than the picture has lines for would only make the file longer. */
const KEPT_LINES = 20;

export async function capture(stage: Stage, api: string, elapsedMs: () => number): Promise<Picture> {
  const stopped = new AbortController();
  const stranger = await addStranger(stage);
  const world = new World({ api, forwarding: stage.options.forwarding, nodes: stage.nodes, stranger });
  const actions = new Actions(stage, world, stranger, () => {});
  actions.watchSpeakers();
  await feed(stage, world, () => {}, stopped.signal);
  const paint = () => world.paint({ ms: boottimeMs(), upMs: elapsedMs() }, { kind: 'idle' });
  const settled = () => {
    const { services } = paint();
    return services.every(({ announcedBy, arp, traffic }) => {
      const agreed = announcedBy !== undefined && arp?.join() === announcedBy;
      return agreed && traffic !== undefined && traffic.answersPerSecond > 0;
    });
  };
  await actions.do({ kind: 'new-service' });
  await waitFor('two Services answer', () => paint().services.length === 2 && settled());
  const owner = paint().services[0]?.announcedBy as string;
  await actions.do({ kind: 'cut', target: owner });
  await waitFor('other nodes answer', () => settled() && paint().services[0]?.announcedBy !== owner);
  const picture = paint();
  stopped.abort();
  return {
    ...picture,
    requests: picture.requests.slice(-KEPT_LINES),
    happenings: picture.happenings.slice(-KEPT_LINES),
  };
}
