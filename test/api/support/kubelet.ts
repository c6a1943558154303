/**
 * Plays the kubelet for the pods of Deployments: reports them ready as they come.
 * @module
 */
import type { Json } from './http.js';
import { reportRunning } from './objects.js';
import type { World } from './world.js';

export const pods = async (world: World): Promise<readonly Json[]> =>
  (await world.ok(world.http.get(world.path('pods')))).items;

export const replicaSets = async (world: World): Promise<readonly Json[]> =>
  (await world.ok(world.http.get(world.path('replicasets')))).items;

export const isReady = ({ status }: Json) =>
  status.conditions?.some((each: Json) => each.type === 'Ready' && each.status === 'True');

/** Plays the kubelet: whatever pod there is becomes ready, until `done`. */
export async function playKubelet(world: World, what: string, done: () => Promise<boolean>): Promise<void> {
  let next = 1;
  await world.waitFor(
    what,
    async () => {
      const waiting = (await pods(world)).filter(
        (each) => !isReady(each) && each.metadata.deletionTimestamp === undefined,
      );
      // A pod may be gone by now; the next round sees that.
      await Promise.allSettled(
        waiting.map(({ metadata }) => reportRunning(world, metadata.name, `10.244.8.${next++}`)),
      );
      return done();
    },
    { timeoutMs: 20_000 },
  );
}

export const rolledOut = (world: World, name = 'web') =>
  playKubelet(world, `${name} is rolled out`, async () => {
    const { metadata, spec, status } = await world.get('deployments', name);
    return (
      status.observedGeneration === metadata.generation &&
      (status.updatedReplicas ?? 0) === spec.replicas &&
      (status.replicas ?? 0) === spec.replicas &&
      (status.availableReplicas ?? 0) === spec.replicas
    );
  });
