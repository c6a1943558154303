/**
 * When a control plane has done what it owes: nothing of one measurement is then left for the next to wait for.
 * @module
 */
import fs from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Api } from '../../src/playground/cluster/api.js';
import type { RealControlPlane } from '../../src/playground/cluster/real-control-plane.js';
import { NAMESPACE } from './services.js';

const PARTS = ['etcd', 'kube-apiserver', 'kube-controller-manager'] as const;
const SLICES = `/apis/discovery.k8s.io/v1/namespaces/${NAMESPACE}/endpointslices`;
/** CPU of all parts together within one look of {@link LOOK_MS}, and how many quiet looks in a row are rest. */
const IDLE_MS = 100;
const LOOK_MS = 500;
const QUIET_LOOKS = 2;
/** A control plane that has more to do than this is measured by nobody: what it owes takes minutes at most. */
const LIMIT_MS = 600_000;
/** Of `/proc/PID/stat`: `USER_HZ`, 100 a second on every architecture that Node runs on. */
const TICK_MS = 10;

/** Resolves when etcd, API server and controller-manager have hardly used a CPU for a second. Rejects where they do not come to rest. */
export async function untilAtRest(plane: RealControlPlane): Promise<void> {
  const used = () => PARTS.reduce((sum, part) => sum + usedMs(plane.part(part).pid), 0);
  const giveUpAt = performance.now() + LIMIT_MS;
  let before = used();
  for (let quiet = 0; quiet < QUIET_LOOKS; ) {
    await sleep(LOOK_MS);
    const now = used();
    quiet = now - before <= IDLE_MS ? quiet + 1 : 0;
    if (quiet < QUIET_LOOKS && performance.now() > giveUpAt)
      throw new Error(`the control plane is not at rest: within ${LOOK_MS} ms it used a CPU for ${now - before} ms`);
    before = now;
  }
}

/**
 * Resolves when each of `count` Services has an EndpointSlice. The controller-manager makes some 20 a second, and does not
 * look at changes of a Service meanwhile, as it does for Services that have been there for longer.
 */
export async function untilSlicesAreMade(api: Api, count: number): Promise<void> {
  for (let made = 0; made < count; ) {
    const { items, metadata } = await api.get(`${SLICES}?limit=1`);
    made = items.length + (metadata.remainingItemCount ?? 0);
    if (made < count) await sleep(LOOK_MS);
  }
}

/** CPU that a process has used so far, as user and in the kernel. */
function usedMs(pid: number): number {
  const stat = fs.readFileSync(`/proc/${pid}/stat`, 'utf8');
  // The name in parentheses may hold anything; after it the state is field 3, user time 14, system time 15.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) * TICK_MS;
}
