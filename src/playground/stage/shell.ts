/**
 * `cairn playground --shell`: a shell on the client, for as long as its user wants.
 * @module
 */
import { spawn } from 'node:child_process';
import path from 'node:path';
import { namespacePath } from '../network/run.js';
import type { Stage } from './stage.js';

/** Runs $SHELL to its end; answers its exit code. */
export async function runShell(stage: Stage, say: (line: string) => void): Promise<number> {
  const shell = process.env['SHELL'] || 'sh';
  say(`A shell on the client. KUBECONFIG is set; exit ends the playground.
  kubectl get services,nodes,pods -o wide
  kubectl apply -f config/examples/
  curl http://192.0.2.240/`);
  const { assets } = stage.options;
  const env = {
    ...process.env,
    KUBECONFIG: stage.kubeconfig,
    // Its own discovery cache: other playgrounds have had the same address.
    KUBECACHEDIR: path.join(stage.run.folder, 'kubectl-cache'),
    // A kubectl of the user's own comes first.
    PATH: [process.env['PATH'], ...(assets === undefined ? [] : [assets])].join(':'),
  };
  const inClient = ['nsenter', `--net=${namespacePath(stage.client.namespace)}`, '--', shell] as const;
  const child = spawn(inClient[0], inClient.slice(1), { env, stdio: 'inherit' });
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code) => resolve(code ?? 1));
  });
}
