/**
 * `npm run picture`: plays the playground up to a fail-over, keeps its state as JSON, and draws docs/playground.svg from it.
 *
 * `npm run generate -- --check` then tells whether the drawing is what today's view makes of that state.
 * @module
 */
import { spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { kubeAssets, kubeAssetsAreReady } from '../src/playground/cluster/kube-binary.js';
import { onStop, runOnLeash } from '../src/playground/machine/leash.js';
import { FOR_NETWORK } from '../src/playground/machine/packages.js';
import { provide } from '../src/playground/machine/prepare.js';
import { privateEnvironment, privately } from '../src/playground/machine/private.js';
import { findPrivilege } from '../src/playground/machine/user-namespaces.js';
import { Run } from '../src/playground/network/run.js';
import { raise } from '../src/playground/stage/stage.js';
import { capture } from './capture.js';
import { CAPTURE_FILE, PICTURE_FILE, renderPicture } from './picture-svg.js';

const ROOT = join(import.meta.dirname, '..');
const INSIDE = '--inside';

if (process.argv[2] === INSIDE) await takeCapture();
else await draw();

async function draw(): Promise<void> {
  const found = findPrivilege();
  const problem = provide(FOR_NETWORK, console.error) ?? ('problem' in found ? found.problem : undefined);
  if (problem !== undefined || 'problem' in found) throw new Error(problem);
  const build = spawnSync(process.execPath, ['--import=tsx', 'scripts/build.ts'], { cwd: ROOT, stdio: 'inherit' });
  if (build.status !== 0) process.exit(1);
  const again = [process.execPath, '--import=tsx', import.meta.filename, INSIDE, ...process.argv.slice(2)] as const;
  const code = await runOnLeash(privately(again, found.privilege), privateEnvironment(process.env));
  if (code !== 0) process.exit(code);
  writeFileSync(join(ROOT, PICTURE_FILE), renderPicture());
}

async function takeCapture(): Promise<void> {
  onStop(() => process.exit(1));
  const beganMs = Date.now();
  // For a machine whose embedded API server is being worked on: the picture is the same but for its first line.
  const kubernetes = process.argv.includes('--kubernetes');
  const assets = kubernetes && kubeAssetsAreReady() ? await kubeAssets() : undefined;
  const options = { once: true, shell: false, kubernetes, nodes: 3, forwarding: 'nftables', assets } as const;
  const stage = await raise(Run.start(), options, console.error);
  const api = kubernetes ? 'Kubernetes' : 'embedded API server';
  const picture = await capture(stage, api, () => Date.now() - beganMs);
  const file = join(ROOT, CAPTURE_FILE);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, `${JSON.stringify(picture, undefined, 2)}\n`);
  process.exit(0);
}
