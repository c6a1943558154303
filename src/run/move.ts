/**
 * `cairn move SERVICE`: gives a Service another address, and says what came of it.
 *
 * It writes a wish into the Service and waits for the controller: the new address is granted before the old one goes. A
 * wish that cannot be granted now stays, and is granted when that becomes possible.
 *
 * Each write is of the Service as it was read: what somebody wrote meanwhile, such as the wish of a second `cairn move`,
 * is neither overwritten nor taken away.
 *
 * Source: docs/design.md §3.
 * @module
 */
import { type ApiClient, ApiError } from '../kube/client.js';
import type { Clock } from '../kube/clock.js';
import { ANNOUNCED_CONDITION } from '../speaker/announced.js';
import { GIVE_UP_ANNOTATION } from '../values/annotations.js';
import { type Condition, conditionOf } from '../values/objects.js';
import type { ExitCode, MoveFlags } from './flags.js';
import {
  type Ending,
  impossible,
  moved,
  outOfReach,
  refused,
  type Settled,
  takeBack,
  timedOut,
  unanswered,
  unchanged,
} from './move-endings.js';
import { type MovePlan, outcomeOf, type Planned, planMove } from './move-plan.js';
import { RemoteService } from './remote-service.js';

export interface MoveIo {
  readonly client: ApiClient;
  readonly clock: Clock;
  /** Where `--namespace` is not given. */
  readonly namespace: string;
  readonly stdout: { write(text: string): unknown };
  readonly stderr: { write(text: string): unknown };
}

const LOOK_EVERY_MS = 100;
/** Speakers probe before they answer, 600 ms at first. */
const ANNOUNCED_WITHIN_MS = 5_000;
/** Who writes a Service as often between a look and a write is no controller that says what is new. */
const MAX_CONFLICTS = 10;

/** 0: it has moved, or was there already. Never rejects. */
export async function runMove(flags: MoveFlags, io: MoveIo): Promise<ExitCode> {
  const namespace = flags.namespace ?? io.namespace;
  let ending: Ending;
  try {
    ending = await move(flags, new RemoteService({ ...io, namespace, name: flags.service }, flags.timeoutMs));
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    const service = `${namespace}/${flags.service}`;
    const message = error.status === 404 ? `there is no Service ${service}` : error.message;
    ending = { service, result: 'failed', from: [], to: [], message };
  }
  const isDone = ending.result === 'moved' || ending.result === 'unchanged';
  if (flags.output === 'json') io.stdout.write(`${JSON.stringify(ending)}\n`);
  else (isDone ? io.stdout : io.stderr).write(`${ending.message}\n`);
  return isDone ? 0 : 1;
}

async function move(flags: MoveFlags, remote: RemoteService): Promise<Ending> {
  const wished = await again(() => wish(flags, remote));
  switch (wished.state) {
    case 'unchanged':
      return unchanged(wished.before);
    case 'impossible':
      return impossible(wished.before, wished.because);
    case 'unanswered':
      return unanswered(wished.plan, wished.error, takeBack(wished.plan, flags));
    case 'planned':
      return await granted(wished, flags, remote);
  }
}

type Wished = Planned | { readonly state: 'unanswered'; readonly plan: MovePlan; readonly error: ApiError };

async function wish({ address }: MoveFlags, remote: RemoteService): Promise<Wished> {
  const planned = planMove(await remote.read(), address);
  if (planned.state !== 'planned') return planned;
  try {
    await remote.patch(planned.before, planned.patch);
    return planned;
  } catch (error) {
    // A gateway, or a server that ends, may have passed it on.
    if (error instanceof ApiError && (error.status === 0 || error.status >= 500)) {
      return { state: 'unanswered', plan: planned, error };
    }
    throw error;
  }
}

/** Until the controller has granted the wish, or said why it does not. */
async function granted(plan: MovePlan, flags: MoveFlags, remote: RemoteService): Promise<Ending> {
  let now = plan.before;
  while (true) {
    try {
      now = await remote.read();
    } catch (error) {
      if (!(error instanceof ApiError) || error.status === 404) throw error;
      return outOfReach(plan, now, error, takeBack(plan, flags));
    }
    const outcome = outcomeOf(now, plan);
    if (outcome.result === 'moved') return moved(plan, outcome, await settled(plan, remote), flags);
    if (outcome.result === 'refused') return refused(plan, outcome, takeBack(plan, flags));
    if (remote.leftMs <= 0) return timedOut(plan, now, outcome.stands, remote.spentMs, takeBack(plan, flags));
    await remote.pause(LOOK_EVERY_MS);
  }
}

async function settled(plan: MovePlan, remote: RemoteService): Promise<Settled> {
  remote.limit(ANNOUNCED_WITHIN_MS);
  const leftBehind = await cleanUp(plan, remote);
  return { leftBehind, announced: leftBehind === undefined ? await announcement(remote) : undefined };
}

/** A wish that was granted would only stand in the way of another one. Answers why it may stand there all the same. */
async function cleanUp({ to, patch }: MovePlan, remote: RemoteService): Promise<ApiError | undefined> {
  if (to !== undefined) return undefined;
  const ours = patch.metadata.annotations[GIVE_UP_ANNOTATION];
  try {
    await again(async () => {
      const now = await remote.read();
      if (now.meta.annotations[GIVE_UP_ANNOTATION] !== ours) return;
      await remote.patch(now, { metadata: { annotations: { [GIVE_UP_ANNOTATION]: null } } });
    });
    return undefined;
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    return error.status === 404 ? undefined : error;
  }
}

/** Waits until somebody announces the new address. That the API server fails now makes the move no other. */
async function announcement(remote: RemoteService): Promise<Condition | undefined> {
  let announced: Condition | undefined;
  try {
    while (true) {
      announced = conditionOf(await remote.read(), ANNOUNCED_CONDITION);
      if (announced?.status === 'True' || remote.leftMs <= 0) return announced;
      await remote.pause(LOOK_EVERY_MS);
    }
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    return announced;
  }
}

/** `attempt` reads and writes: it does so anew where somebody else wrote in between. */
async function again<T>(attempt: () => Promise<T>): Promise<T> {
  for (let conflicts = 0; ; conflicts++) {
    try {
      return await attempt();
    } catch (error) {
      if (!(error instanceof ApiError) || error.status !== 409 || conflicts === MAX_CONFLICTS) throw error;
    }
  }
}
