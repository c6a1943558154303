/**
 * `cairn playground`, as far as the machine outside is concerned: what it lacks, and the way into a private place.
 *
 * Everything else happens inside (main.ts). Source: docs/playground.md.
 * @module
 */
import { kubeAssets, kubeAssetsAreReady } from './cluster/kube-binary.js';
import { runOnLeash } from './machine/leash.js';
import { FOR_KUBE_PROXY, FOR_NETWORK } from './machine/packages.js';
import { provide } from './machine/prepare.js';
import { privateEnvironment, privately } from './machine/private.js';
import { findPrivilege } from './machine/user-namespaces.js';
import type { Command } from './network/process.js';
import { program } from './network/program.js';
import type { PlaygroundOptions, StageOptions } from './stage/options.js';

/** 0 done, 1 the work failed; never rejects for what a machine may lack. */
export async function runPlayground(options: PlaygroundOptions): Promise<0 | 1> {
  const beganMs = Date.now();
  const refuse = (problem: string): 1 => {
    process.stderr.write(`cairn playground: ${problem}\n`);
    return 1;
  };
  const say = (line: string) => process.stderr.write(`${line}\n`);

  const forwarding = options.forwarding ?? (options.kubernetes || kubeAssetsAreReady() ? 'kube-proxy' : 'nftables');
  const missing = provide([...FOR_NETWORK, ...(forwarding === 'kube-proxy' ? FOR_KUBE_PROXY : [])], say);
  if (missing !== undefined) return refuse(missing);
  const found = findPrivilege();
  if ('problem' in found) return refuse(found.problem);
  let assets: string | undefined;
  try {
    if (options.kubernetes || forwarding === 'kube-proxy' || kubeAssetsAreReady()) assets = await kubeAssets(say);
  } catch (error) {
    return refuse((error as Error).message);
  }
  const inside: StageOptions & { readonly beganMs: number } = { ...options, forwarding, assets, beganMs };
  const [node, ...args] = await program('main.ts');
  const command: Command = [node, ...args, JSON.stringify(inside)];
  const code = await runOnLeash(privately(command, found.privilege), privateEnvironment(process.env));
  return code === 0 ? 0 : 1;
}
