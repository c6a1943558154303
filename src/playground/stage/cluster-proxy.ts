/**
 * Keeps the rules of `cluster-ips.ts` in every node as Services and their endpoints come and go.
 * @module
 */
import type { Api } from '../cluster/api.js';
import { Mirror } from '../kubelet/mirror.js';
import type { Host } from '../network/host.js';
import { renderClusterIps } from './cluster-ips.js';

/** Changes come in bursts: a rollout is many of them. */
const PAUSE_MS = 50;
/** Its terminal may be showing the picture, and the API's absence is seen there. */
const SILENTLY = () => {};

/** Done when the first rules are in place; goes on for as long as the process does. */
export async function followClusterIps(api: Api, nodes: readonly Host[]): Promise<void> {
  let applied = '';
  let isDue = false;
  let isRunning = false;
  const mirror = (path: string) => new Mirror(api, path, {}, () => later(), SILENTLY);
  const services = mirror('/api/v1/services');
  const slices = mirror('/apis/discovery.k8s.io/v1/endpointslices');
  const apply = async () => {
    const rules = renderClusterIps(services.values(), slices.values());
    if (rules === applied) return;
    await Promise.all(nodes.map((node) => node.run(['nft', '-f', '-'], { input: rules })));
    applied = rules;
  };
  const later = () => {
    isDue = true;
    if (isRunning) return;
    isRunning = true;
    setTimeout(async () => {
      isDue = false;
      // Rules that the kernel refuses are tried again with the next change; nothing else depends on them.
      await apply().catch(() => {});
      isRunning = false;
      if (isDue) later();
    }, PAUSE_MS);
  };
  const forever = new AbortController().signal;
  await Promise.all([services.start(forever), slices.start(forever)]);
  await apply();
}
