/**
 * The one loop that runs the controllers: a change names keys, each key is decided on the newest state, its writes are made.
 *
 * Promises: keys are decided one at a time, on a store that nobody else writes in between; a key whose write was refused is
 * tried again, later each time; at rest nothing is written; other work of the process gets its turns.
 * @module
 */
import { setImmediate as turn } from 'node:timers/promises';
import { type Clock, systemClock } from '../../../kube/clock.js';
import { WorkQueue } from '../../../kube/queue.js';
import { fullNameOf } from '../storage.js';
import type { Store, StoreEvent } from '../store.js';
import { applyWrites } from './apply.js';
import type { Change, Controller } from './controller.js';
import { StoreView } from './store-view.js';

/** Keys that are worked on before requests over the network get their turn. */
const KEYS_PER_TURN = 20;

export interface LoopOptions {
  readonly clock?: Clock;
  /** Hears of what a controller could not do, which is then tried again. */
  readonly onProblem?: (message: string) => void;
}

/** A controller's write was refused. */
class RefusedError extends Error {
  override readonly name = 'RefusedError';
}

export function runControllers(
  store: Store,
  controllers: readonly Controller[],
  { clock = systemClock, onProblem = console.error }: LoopOptions = {},
): { stop(): void } {
  const stopping = new AbortController();
  const byName = new Map(controllers.map((controller) => [controller.name, controller]));
  const view = new StoreView(store);
  const queue = new WorkQueue<string>({
    clock,
    onFailure: (id, error) => {
      if (!stopping.signal.aborted)
        onProblem(`${id}: ${error instanceof RefusedError ? error.message : stackOf(error)}`);
    },
  });

  const tell = (change: Change) => {
    for (const { name, watches } of controllers) {
      for (const resource of [change.resource, '*']) {
        for (const key of watches[resource]?.(change, view) ?? []) queue.add(`${name} ${key}`);
      }
    }
  };
  const unwatch = store.watch(undefined, (event: StoreEvent) => {
    if (event.resource.viewOf !== undefined) return;
    view.follow(event);
    const { type, resource, object, previous } = event;
    tell({ type, resource: fullNameOf(resource), object, previous });
  });
  for (const resource of view.resources) {
    for (const object of store.list(resource)) {
      tell({ type: 'ADDED', resource: fullNameOf(resource), object, previous: undefined });
    }
  }

  let worked = 0;
  const work = async (id: string) => {
    if (++worked % KEYS_PER_TURN === 0) await turn();
    const space = id.indexOf(' ');
    const controller = byName.get(id.slice(0, space));
    if (controller === undefined || stopping.signal.aborted) return;
    const nowMs = clock.wallMs();
    const { writes, againInMs } = controller.decide(id.slice(space + 1), view, nowMs);
    const refusal = applyWrites(store, controller, writes, nowMs);
    if (refusal !== undefined) throw new RefusedError(refusal.message);
    if (againInMs !== undefined) queue.addAfter(id, againInMs);
  };
  const ticks = controllers.map((controller) => every(controller, clock, queue));
  void queue.run(work, { concurrency: 1, signal: stopping.signal });
  return {
    stop: () => {
      stopping.abort();
      unwatch();
      for (const end of ticks) end();
    },
  };
}

/** Adds the controller's own key every so often. Returns what ends it. */
function every({ name, everyMs }: Controller, clock: Clock, queue: WorkQueue<string>): () => void {
  if (everyMs === undefined) return () => {};
  let cancel = () => {};
  const tick = () => {
    queue.add(`${name} ${everyMs.key}`);
    cancel = clock.after(everyMs.periodMs, tick);
  };
  tick();
  return () => cancel();
}

const stackOf = (error: unknown) => (error instanceof Error ? (error.stack ?? error.message) : String(error));
