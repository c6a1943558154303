/**
 * `npm run demo`: the whole story on this machine in about a minute, on a real Kubernetes control plane.
 *
 * Raises a cluster of three nodes, starts Cairn from dist/, gives a Service its address, shows it to a client outside of
 * the cluster, and pulls the owner's cable, three times, with the gap that the client sees. `--keep` leaves everything up
 * until Ctrl-C. Nothing stays behind: neither namespaces nor processes nor files.
 * @module
 */
import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { goProblems, prepareMachine } from '../../scripts/prerequisites.js';
import { ProgressLine } from '../../scripts/progress.js';
import type { Cairn } from '../../src/playground/cluster/cairn.js';
import { type Cluster, example, startCluster } from '../../src/playground/cluster/cluster.js';
import { kubeAssets } from '../../src/playground/cluster/kube-binary.js';
import type { Host } from '../../src/playground/network/host.js';
import { program } from '../../src/playground/network/program.js';
import { Watcher } from '../../src/playground/network/watcher.js';
import { watchArp } from '../e2e/support/programs.js';

const ROOT = path.join(import.meta.dirname, '../..');
const CUTS = 3;
const SERVICE = 'http-go-lb';

const keep = readArguments();
const progress = new ProgressLine();
const began = performance.now();

makeReady();
const assets = await kubeAssets(progress.show);
const cluster = await startCluster({ progress: progress.show });
try {
  await tell(cluster);
} catch (error) {
  progress.done();
  console.error(`\nThe demo failed: ${(error as Error).message}`);
  process.exitCode = 1;
  cluster.stop();
}

function readArguments(): boolean {
  try {
    return parseArgs({ options: { keep: { type: 'boolean', default: false } } }).values.keep;
  } catch (error) {
    console.error(`${(error as Error).message}\nusage: npm run demo [-- --keep]`);
    return process.exit(2);
  }
}

function makeReady(): void {
  const problems = [...prepareMachine(console.log), ...(process.env['KUBE_ASSETS'] ? [] : goProblems())];
  if (problems.length > 0) {
    console.error(`The demo cannot run here:\n${problems.map((problem) => `- ${problem}`).join('\n')}`);
    process.exit(1);
  }
  progress.show('Cairn: bundling');
  const build = spawnSync(process.execPath, ['--import=tsx', 'scripts/build.ts'], { cwd: ROOT, stdio: 'inherit' });
  if (build.status !== 0) process.exit(1);
}

async function tell(cluster: Cluster): Promise<void> {
  progress.show('Cairn: starting a controller and three speakers');
  for (const file of ['namespace.yaml', 'config.yaml']) await cluster.apply(path.join(ROOT, 'deploy', file));
  const cairn = await cluster.startCairn();
  progress.show('http-go: rolling out');
  await cluster.apply(example('http-go.yaml'));
  await cluster.rolledOut('http-go');
  const address = await cluster.externalIp(SERVICE);
  const greeting = await answerOf(cluster.client, address);
  const owner = await announcedBy(cluster, address);
  progress.done();

  const seconds = Math.round((performance.now() - began) / 1000);
  console.log(`Three nodes, a real control plane and Cairn, after ${seconds} s.`);
  say(`kubectl get nodes -o wide`, await cluster.kubectl('get', 'nodes', '-o', 'wide'));
  say(`kubectl apply -f config/examples/http-go.yaml; kubectl get svc`, await cluster.kubectl('get', 'svc'));
  say(`client$ curl http://${address}/`, greeting);
  say(`who owns ${address}`, `${owner.name} (${owner.mac}), as the Service's annotation and the client's ARP say\n`);

  await failOver(cluster, cairn, address, owner);
  if (!keep) return cluster.stop();
  progress.done();
  console.log(`\nEverything stays up until Ctrl-C. In another shell:

  export KUBECONFIG=${cluster.kubeconfig} PATH=$PATH:${assets}
  kubectl get svc -w
  nsenter --net=/run/netns/${cluster.client.namespace} curl http://${address}/
`);
}

/** Cuts the owner's cable again and again, and prints what the client saw each time. */
async function failOver(cluster: Cluster, cairn: Cairn, address: string, first: Host): Promise<void> {
  const rows: (readonly string[])[] = [];
  let owner = first;
  for (let cut = 1; cut <= CUTS; cut++) {
    progress.show(`fail-over ${cut} of ${CUTS}: cutting the cable of ${owner.name}`);
    const arp = await watchArp(cluster.client, address);
    const http = await Watcher.start(cluster.client, 'http-probe', [
      ...(await program('programs/http-probe.ts')),
      '--url',
      `http://${address}/`,
    ]);
    await cluster.waitFor('the owner answers', () => arp.events('owner').length > 0);
    await cluster.network.cut(owner);
    await cluster.waitFor('another node answers', () => arp.events('owner').length > 1);
    const successor = nodeWithMac(cluster, arp.events('owner').at(-1)?.mac);
    await answerOf(cluster.client, address);
    const seen = { arp: (await arp.summary()).addresses[0], http: await http.summary() };
    rows.push([
      `${owner.name} → ${successor.name}`,
      `${Math.round(seen.arp.longestGapMs)} ms`,
      `${Math.round(seen.http.longestGapMs)} ms`,
      String(seen.arp.doubles),
    ]);
    // Both ends of the cut are told apart: a node that has not noticed it yet is soon heard again without ever having left.
    await cluster.waitFor(`${owner.name} misses its peers`, async () => (await peersOf(cairn, owner)) === 0);
    await cluster.network.plug(owner);
    const others = cluster.nodes.length - 1;
    await cluster.waitFor(`${owner.name} hears its peers`, async () => (await peersOf(cairn, owner)) === others);
    owner = await announcedBy(cluster, address);
  }
  progress.done();
  console.log(
    `\nThe owner's cable, cut at the switch (what the client sees; it asks for the MAC every 5 ms, by HTTP every 20 ms):\n`,
  );
  table(['owner', 'no ARP answer', 'no HTTP answer', 'double answers'], rows);
}

function answerOf(client: Host, address: string): Promise<string> {
  return cluster.waitFor(`${address} answers`, async () => {
    const { code, stdout } = await client.curl(`http://${address}/`, 900);
    return code === 0 && stdout;
  });
}

/** The node that the Service's annotation names and that the client's own ARP table agrees with. */
async function announcedBy(cluster: Cluster, address: string): Promise<Host> {
  return cluster.waitFor(`the Service says who announces ${address}`, async () => {
    const service = await cluster.api.get(`/api/v1/namespaces/default/services/${SERVICE}`);
    const [, name] = /=(.*)$/.exec(service.metadata.annotations?.['cairn.dev/announced-by'] ?? '') ?? [];
    const neighbour = await cluster.client.run(['ip', 'neigh', 'show', address]);
    return cluster.nodes.find((node) => node.name === name && neighbour.includes(node.mac));
  });
}

async function peersOf(cairn: Cairn, node: Host): Promise<number> {
  const metrics = await cairn.speaker(node).metrics();
  return Number(/^cairn_speaker_peers\{alive="true"\} (\d+)$/m.exec(metrics)?.[1]);
}

function nodeWithMac(cluster: Cluster, mac: string): Host {
  const node = cluster.nodes.find((each) => each.mac === mac);
  if (node === undefined) throw new Error(`${mac} answers, and is no node's`);
  return node;
}

function say(heading: string, text: string): void {
  console.log(`\n${heading}\n${text.replace(/^/gm, '  ').trimEnd()}`);
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): void {
  const all = [head, ...rows];
  const widths = head.map((_, column) => Math.max(...all.map((row) => (row[column] ?? '').length)));
  for (const row of all)
    console.log(
      `  ${row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd()}`,
    );
}
