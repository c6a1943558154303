/**
 * `cairn move` on the cluster that the user's kubeconfig names.
 * @module
 */
import { type ApiClient, connect } from '../kube/client.js';
import { systemClock } from '../kube/clock.js';
import { KubeConfigError, namespaceOf } from '../kube/kubeconfig.js';
import type { ExitCode, MoveFlags } from './flags.js';
import { type MoveIo, runMove } from './move.js';

/** Never rejects for what a kubeconfig lacks. */
export async function moveOnCluster(flags: MoveFlags, io: Pick<MoveIo, 'stdout' | 'stderr'>): Promise<ExitCode> {
  let client: ApiClient;
  let namespace: string;
  try {
    namespace = namespaceOf(flags);
    client = connect({ kubeconfig: flags.kubeconfig, context: flags.context });
  } catch (error) {
    if (!(error instanceof KubeConfigError)) throw error;
    io.stderr.write(`cairn move: ${error.message}\n`);
    return 1;
  }
  try {
    return await runMove(flags, {
      client,
      namespace,
      clock: systemClock,
      stdout: io.stdout,
      stderr: io.stderr,
    });
  } finally {
    client.close();
  }
}
