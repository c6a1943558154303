/**
 * `cairn move SERVICE`: gives a Service another address, and says what came of it.
 *
 * It writes a wish into the Service and waits for the controller: the new address is granted before the old one goes. A
 * wish that cannot be granted now stays, and is granted when that becomes possible.
 *
 * Source: docs/design.md §3.
 * @module
 */
import { type ApiClient, ApiError } from '../kube/client.js';
import { type Clock, sleep } from '../kube/clock.js';
import { readService, SERVICES } from '../kube/objects.js';
import { ANNOUNCED_CONDITION } from '../speaker/announced.js';
import { type Address, formatAddress } from '../values/address.js';
import { GIVE_UP_ANNOTATION } from '../values/annotations.js';
import type { Condition, Service } from '../values/objects.js';
import type { ExitCode, MoveFlags } from './flags.js';
import { heldBy, type MovePlan, outcomeOf, planMove } from './move-plan.js';

export interface MoveIo {
  readonly client: ApiClient;
  readonly clock: Clock;
  /** Where `--namespace` is not given. */
  readonly namespace: string;
  readonly stdout: { write(text: string): unknown };
  readonly stderr: { write(text: string): unknown };
}

const LOOK_EVERY_MS = 100;
/** A reason that stood there before: the controller needs no longer to look again. */
const REFUSAL_STANDS_AFTER_MS = 2_000;
/** Speakers probe before they answer, 600 ms at first. */
const ANNOUNCED_WITHIN_MS = 5_000;
const NEVER = new AbortController().signal;

/** What is told, as `-o json` writes it. */
interface Told {
  readonly service: string;
  readonly result: 'moved' | 'unchanged' | 'refused' | 'timeout' | 'failed';
  readonly from: readonly string[];
  readonly to: readonly string[];
  readonly pool?: string;
  readonly reason?: string;
  readonly message: string;
}

/** 0: it has moved, or was there already. Never rejects. */
export async function runMove(flags: MoveFlags, io: MoveIo): Promise<ExitCode> {
  const namespace = flags.namespace ?? io.namespace;
  const service = `${namespace}/${flags.service}`;
  let told: Told;
  try {
    told = await move(flags, `${SERVICES.path(namespace)}/${flags.service}`, io);
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    const message = error.status === 404 ? `there is no Service ${service}` : error.message;
    told = { service, result: 'failed', from: [], to: [], message };
  }
  const isDone = told.result === 'moved' || told.result === 'unchanged';
  if (flags.output === 'json') io.stdout.write(`${JSON.stringify(told)}\n`);
  else (isDone ? io.stdout : io.stderr).write(`${told.message}\n`);
  return isDone ? 0 : 1;
}

async function move({ address, timeoutMs }: MoveFlags, path: string, io: MoveIo): Promise<Told> {
  const { client, clock } = io;
  const read = async () => readService(await client.request('GET', path));
  const before = await read();
  const service = before.key;
  const from = heldBy(before).map(formatAddress);
  const planned = planMove(before, address);
  if (!planned.ok) return { service, result: 'failed', from, to: from, message: planned.error };
  const plan = planned.value;
  if (plan === undefined) {
    return { service, result: 'unchanged', from, to: from, message: `${service} has ${list(heldBy(before))} already` };
  }
  await patch(client, path, plan.patch);

  const beganMs = clock.monotonicMs();
  let now = before;
  while (true) {
    try {
      now = await read();
    } catch (error) {
      if (!(error instanceof ApiError) || error.status === 404) throw error;
      const message = `${error.message}\nThe wish stays; to take it back: ${takeBack(before, plan)}`;
      return { service, result: 'failed', from, to: heldBy(now).map(formatAddress), message };
    }
    const outcome = outcomeOf(now, plan);
    const spentMs = clock.monotonicMs() - beganMs;
    if (outcome.result === 'moved') {
      const announced = await settled(client, path, plan, Math.min(ANNOUNCED_WITHIN_MS, timeoutMs - spentMs), clock);
      const { has, pool } = outcome;
      const moved = `${service} moved from ${list(plan.from) || 'no address'} to ${list(has)}`;
      const message = [`${moved}${pool === undefined ? '' : ` (pool "${pool}")`}`, announced?.message]
        .filter((part) => part !== undefined)
        .join('\n');
      const to = has.map(formatAddress);
      return { service, result: 'moved', from, to, ...(pool === undefined ? {} : { pool }), message };
    }
    if (outcome.result === 'refused' && spentMs >= Math.min(REFUSAL_STANDS_AFTER_MS, timeoutMs)) {
      const { reason, message } = outcome;
      return {
        service,
        result: 'refused',
        from,
        to: from,
        reason,
        message: `${service} stays where it is (${reason}): ${message}\nIt goes as soon as that changes; to take the wish back: ${takeBack(before, plan)}`,
      };
    }
    if (spentMs >= timeoutMs) {
      const message = `${service} still has ${list(heldBy(now)) || 'no address'} after ${Math.round(spentMs / 1_000)} s: does a controller run and lead? The wish stays; to take it back: ${takeBack(before, plan)}`;
      return { service, result: 'timeout', from, to: from, message };
    }
    await sleep(clock, LOOK_EVERY_MS, NEVER);
  }
}

/**
 * The wish has been granted: it would only stand in the way of another one. Then until somebody announces the new address.
 * That the API server fails now makes the move no other.
 */
async function settled(
  client: ApiClient,
  path: string,
  { to }: MovePlan,
  ms: number,
  clock: Clock,
): Promise<Condition | undefined> {
  const beganMs = clock.monotonicMs();
  let announced: Condition | undefined;
  try {
    if (to === undefined) await patch(client, path, { metadata: { annotations: { [GIVE_UP_ANNOTATION]: null } } });
    while (true) {
      const { conditions } = readService(await client.request('GET', path));
      announced = conditions.find(({ type }) => type === ANNOUNCED_CONDITION);
      if (announced?.status === 'True' || clock.monotonicMs() - beganMs >= ms) return announced;
      await sleep(clock, LOOK_EVERY_MS, NEVER);
    }
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    return announced;
  }
}

const patch = (client: ApiClient, path: string, body: object): Promise<unknown> =>
  client.request('PATCH', path, {
    body,
    contentType: 'application/merge-patch+json',
    query: { fieldManager: 'cairn' },
  });

/** Commands that make the Service ask for what it asked for before. */
function takeBack({ meta, loadBalancerIP }: Service, { patch: { metadata, spec } }: MovePlan): string {
  const service = `service ${meta.name}`;
  const annotations = Object.keys(metadata.annotations).map((name) => {
    const text = meta.annotations[name];
    return text === undefined ? `${name}-` : `${name}=${quoted(text)}`;
  });
  const commands = [
    ...(annotations.length === 0 ? [] : [`annotate --overwrite ${service} ${annotations.join(' ')}`]),
    ...(spec === undefined ? [] : [`patch ${service} -p ${quoted(JSON.stringify({ spec: { loadBalancerIP } }))}`]),
  ];
  return commands.map((command) => `kubectl -n ${meta.namespace} ${command}`).join(' && ');
}

/** For a shell. */
const quoted = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`;

const list = (addresses: readonly Address[]): string => addresses.map(formatAddress).join(', ');
