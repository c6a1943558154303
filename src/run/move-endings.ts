/**
 * What `cairn move` says in the end, one function for each ending; and the commands that take its wish back.
 *
 * Pure.
 * @module
 */
import { addressesIn } from '../allocator/adopt.js';
import type { ApiError } from '../kube/api-error.js';
import { type Address, formatAddress } from '../values/address.js';
import { GIVE_UP_ANNOTATION } from '../values/annotations.js';
import type { Condition, Service } from '../values/objects.js';
import type { ClusterFlags } from './flags.js';
import type { MovePlan, Outcome } from './move-plan.js';

/** As `-o json` writes it. */
export interface Ending {
  readonly service: string;
  readonly result: 'moved' | 'unchanged' | 'refused' | 'timeout' | 'failed';
  readonly from: readonly string[];
  readonly to: readonly string[];
  readonly pool?: string;
  readonly reason?: string;
  readonly message: string;
}

/** What the user named the cluster with: a command that is pasted acts on the same one. */
export type Named = Pick<ClusterFlags, 'kubeconfig' | 'context'>;

/** What became of a wish that was granted. */
export interface Settled {
  readonly announced: Condition | undefined;
  /** Why the wish may still stand in the Service; undefined where it does not. */
  readonly leftBehind: ApiError | undefined;
}

export function unchanged(before: Service): Ending {
  const has = addressesIn(before);
  return stays(before, has, { result: 'unchanged', message: `${before.key} has ${list(has)} already` });
}

export const impossible = (before: Service, because: string): Ending =>
  stays(before, addressesIn(before), { result: 'failed', message: because });

/** Nobody knows whether the wish was written. */
export function unanswered({ before, from }: MovePlan, error: ApiError, back: string): Ending {
  return stays(before, from, {
    result: 'failed',
    message: `${error.message}\nThe wish may stand all the same; to take it back: ${back}`,
  });
}

export function moved(
  { before, from }: MovePlan,
  { has, pool }: Outcome & { readonly result: 'moved' },
  { announced, leftBehind }: Settled,
  named: Named,
): Ending {
  const fromPool = pool === undefined ? '' : ` (pool "${pool}")`;
  const message = [
    `${before.key} moved from ${list(from) || 'no address'} to ${list(has)}${fromPool}`,
    ...(announced === undefined ? [] : [announced.message]),
    ...(leftBehind === undefined ? [] : [tellLeftBehind(before, leftBehind, named)]),
  ].join('\n');
  const addresses = { from: from.map(formatAddress), to: has.map(formatAddress) };
  return { service: before.key, result: 'moved', ...addresses, ...(pool === undefined ? {} : { pool }), message };
}

const tellLeftBehind = ({ meta }: Service, error: ApiError, named: Named): string =>
  `The annotation ${GIVE_UP_ANNOTATION} may still be there (${error.message}); to remove it: ${kubectl(meta.namespace, named)} annotate service ${meta.name} ${GIVE_UP_ANNOTATION}-`;

export const refused = (
  { before, from }: MovePlan,
  { reason, message }: Outcome & { readonly result: 'refused' },
  back: string,
): Ending =>
  stays(before, from, {
    result: 'refused',
    reason,
    message: `${before.key} stays where it is (${reason}): ${message}\nIt goes as soon as that changes; to take the wish back: ${back}`,
  });

/** `stands` was said before the wish, and stands: that may be because it is so still, or because no controller has looked. */
export function timedOut(
  { before, from }: MovePlan,
  now: Service,
  stands: Condition | undefined,
  spentMs: number,
  back: string,
): Ending {
  const still = `${before.key} still has ${list(addressesIn(now)) || 'no address'} after ${Math.round(spentMs / 1_000)} s`;
  const why =
    stands === undefined ? '' : `, and nothing else is said of it than before (${stands.reason}: ${stands.message})`;
  return stays(before, from, {
    result: 'timeout',
    ...(stands === undefined ? {} : { reason: stands.reason }),
    message: `${still}${why}: does a controller run and lead? The wish stays; to take it back: ${back}`,
  });
}

/** The API server went away while the command waited. */
export const outOfReach = ({ before, from }: MovePlan, now: Service, error: ApiError, back: string): Ending => ({
  service: before.key,
  result: 'failed',
  from: from.map(formatAddress),
  to: addressesIn(now).map(formatAddress),
  message: `${error.message}\nThe wish stays; to take it back: ${back}`,
});

function stays({ key }: Service, has: readonly Address[], rest: Pick<Ending, 'result' | 'reason' | 'message'>): Ending {
  const addresses = has.map(formatAddress);
  return { service: key, from: addresses, to: addresses, ...rest };
}

/** Commands that make the Service ask for what it asked for before, on the cluster that was `named`. */
export function takeBack(
  { before: { meta, loadBalancerIP }, patch: { metadata, spec } }: MovePlan,
  named: Named,
): string {
  const service = `service ${meta.name}`;
  const annotations = Object.keys(metadata.annotations).map((name) => {
    const text = meta.annotations[name];
    return text === undefined ? `${name}-` : `${name}=${quoted(text)}`;
  });
  const commands = [
    ...(annotations.length === 0 ? [] : [`annotate --overwrite ${service} ${annotations.join(' ')}`]),
    ...(spec === undefined ? [] : [`patch ${service} -p ${quoted(JSON.stringify({ spec: { loadBalancerIP } }))}`]),
  ];
  return commands.map((command) => `${kubectl(meta.namespace, named)} ${command}`).join(' && ');
}

const kubectl = (namespace: string, { kubeconfig, context }: Named): string =>
  [
    'kubectl',
    ...(kubeconfig === undefined ? [] : ['--kubeconfig', word(kubeconfig)]),
    ...(context === undefined ? [] : ['--context', word(context)]),
    '-n',
    namespace,
  ].join(' ');

/** For a shell, which takes these letters as they are. */
const word = (text: string): string => (/^[\w@%+=:,./-]+$/.test(text) ? text : quoted(text));

const quoted = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`;

const list = (addresses: readonly Address[]): string => addresses.map(formatAddress).join(', ');
