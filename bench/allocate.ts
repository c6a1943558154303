/**
 * How long after a Service asks for an address does it have one, against the least that the API server makes of it?
 *
 *   npm run bench:allocate [-- --services 2000,5000 --rounds 4 --pairs 300 --memory 0,1000,5000,10000]
 *
 * On the real control plane (etcd, kube-apiserver, kube-controller-manager; no nodes, no speakers), in one run, the controller
 * on the Node that the image has:
 * - N pending Services when the controller starts: from its start until a watch has seen an address on each; and the same from
 *   the first address on, which leaves out what a process needs to begin (to load, to get the Lease, to list). The floor:
 *   N bare status patches, as many at once as Cairn writes, until the same watch has seen them: with the rights of the
 *   controller, as any program in a cluster has to write; as an admin, for whom the API server looks up no rights and
 *   keeps no fair queue; and with all that Cairn has written (conditions and annotations too) in place of the address
 *   alone, which leaves what Cairn itself costs. The same Services once more with a controller that runs and has told each of
 *   them why it waits: from the edit that opens the pool. Medians of the rounds, in which Cairn and the floor take turns in being
 *   first, and how far the ratio swings between them. Each measurement begins with a control plane at rest, and with Services
 *   that have their EndpointSlices: what the controller-manager makes of a change is part of each measurement, and what it owes
 *   from before is part of none.
 * - One new Service with 5,000 others served: from the POST until the watch sees its address. The floor, in turn with it:
 *   a Service of a class that nobody serves, which the watcher itself patches when it sees it.
 * - Resident memory of the controller with so many Services served, and the heap flags of deploy/controller.yaml: at rest, once
 *   each of them is told that nobody announces it, and at most until then.
 * @module
 */
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { parseAllDocuments } from 'yaml';
import { node24 } from '../scripts/node-24.js';
import { goProblems, prepareMachine } from '../scripts/prerequisites.js';
import { ProgressLine } from '../scripts/progress.js';
import { type Api, MERGE_PATCH } from '../src/playground/cluster/api.js';
import { Cairn, CONTROLLER_ACCOUNT, type Daemon } from '../src/playground/cluster/cairn.js';
import { type Cluster, startCluster } from '../src/playground/cluster/cluster.js';
import { serviceAccountUser } from '../src/playground/cluster/control-plane.js';
import { ROOT } from '../src/playground/root.js';
import { median, milliseconds, quantile, ratio, seconds, table } from './support/figures.js';
import { untilAtRest, untilSlicesAreMade } from './support/rest.js';
import {
  createService,
  deleteService,
  each,
  NAMESPACE,
  nameOf,
  patchAddress,
  patchAsWritten,
  pendingService,
  ServiceWatch,
  servicesByName,
  strip,
} from './support/services.js';

/** Of each pair that is measured. The first ones warm compilers up, on both sides. */
const WARM_UP_PAIRS = 20;
const OTHERS = 5_000;
const CONFIG_MAPS = '/api/v1/namespaces/cairn-system/configmaps';
/** After its last write it takes up to 10 s to see that it is at rest and collect its garbage, and V8 8 s more to give that back. */
const REST_MS = 30_000;
const POOL = '10.128.0.0/14';
/** Time for the events of thousands of Services that wait, which the controller sends little by little. */
const TELLING_MS = 15_000;

const { values: flags } = parseArgs({
  options: {
    services: { type: 'string', default: '2000,5000' },
    rounds: { type: 'string', default: '4' },
    pairs: { type: 'string', default: '300' },
    memory: { type: 'string', default: '0,1000,5000,10000' },
  },
});

const problems = [...prepareMachine(console.log), ...(process.env['KUBE_ASSETS'] ? [] : goProblems())];
if (problems.length > 0) {
  console.error(problems.join('\n'));
  process.exit(1);
}
const progress = new ProgressLine();
const node = node24(progress.show) ?? process.execPath;
console.log(`The controller runs on Node ${execFileSync(node, ['--version'], { encoding: 'utf8' }).trim()}`);
const cluster = await startCluster({ nodes: 0, progress: progress.show });
const { api } = cluster;
const controllerApi = api.as(cluster.controlPlane.access(serviceAccountUser('cairn-system', CONTROLLER_ACCOUNT)));
const watch = new ServiceWatch(api);
let made = 0;
try {
  await prepare();
  await watch.start();
  const controller = await stoppedController(cluster);
  await benchPending(controller);
  await benchOne(controller);
  await benchMemory(controller);
} finally {
  watch.stop();
  cluster.stop();
}

async function prepare(): Promise<void> {
  const namespace = (name: string) => ({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } });
  await api.create('/api/v1/namespaces', namespace(NAMESPACE));
  await api.create('/api/v1/namespaces', namespace('cairn-system'));
  await api.create(CONFIG_MAPS, {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'cairn-config' },
    data: configOf('open'),
  });
}

/** A pool that is closed serves only those who ask for it. */
function setPool(pool: 'open' | 'closed'): Promise<unknown> {
  return api.patch(`${CONFIG_MAPS}/cairn-config`, { data: configOf(pool) }, MERGE_PATCH);
}

function configOf(pool: 'open' | 'closed') {
  const list = `{name: bench, protocol: layer2, addresses: [${POOL}], auto-assign: ${pool === 'open'}}`;
  return { config: `address-pools: [${list}]\n` };
}

/** Services are only ever added: making them costs more than everything that is measured. */
async function haveServices(count: number): Promise<void> {
  progress.show(`making ${count} Services`);
  const names = Array.from({ length: Math.max(0, count - made) }, (_, at) => nameOf(made + at));
  await each(names, (name) => createService(api, pendingService(name)));
  made = Math.max(made, count);
  await watch.until(({ present }) => present.size === made);
}

/** A controller with its rights, stopped: `restart` then costs what a start costs, and nothing else. */
async function stoppedController(home: Cluster): Promise<Daemon> {
  const { controller } = await Cairn.start(home, { nodes: [], node, env: { NODE_OPTIONS: heapFlags() } });
  await controller.stop();
  return controller;
}

async function benchPending(controller: Daemon): Promise<void> {
  if (numbers(flags.services).length === 0) return;
  const rows = [
    ['pending Services', 'Cairn', 'floor', 'ratio', 'of each round', 'as an admin', 'ratio', 'same content', 'ratio'],
  ];
  const fromFirstRows = [['pending Services', 'the first after', 'Cairn', 'floor', 'ratio']];
  const openedRows = [['pending Services', 'Cairn', 'floor', 'ratio']];
  for (const count of numbers(flags.services)) {
    await haveServices(count);
    progress.show(`the controller-manager makes EndpointSlices of ${count} Services`);
    await untilSlicesAreMade(api, count);
    const names = Array.from({ length: count }, (_, at) => nameOf(at));
    const took = {
      cairn: [] as Took[],
      opened: [] as Took[],
      floor: [] as Took[],
      adminFloor: [] as Took[],
      sameContent: [] as Took[],
    };
    const measure = async (what: keyof typeof took, how: string, work: () => Promise<unknown>) => {
      progress.show(`${count} pending Services, round ${took[what].length + 1}: ${how}`);
      await untilAtRest(cluster.controlPlane);
      took[what].push(await timed(work, count));
    };
    const stripAll = async () => {
      await each(names, (name) => strip(api, name));
      await watch.untilServed(0);
    };
    const bare = (as: Api) => () => each(names, (name, at) => patchAddress(as, name, bareAddress(at)));
    const measureFloor = async () => {
      await measure('floor', 'the floor', bare(controllerApi));
      await stripAll();
    };
    for (let round = 1; round <= Number(flags.rounds); round++) {
      const isFloorFirst = round % 2 === 1;
      if (isFloorFirst) await measureFloor();
      await measure('cairn', 'Cairn', () => controller.restart());
      await controller.stop();
      const written = await servicesByName(api);
      await stripAll();
      if (!isFloorFirst) await measureFloor();
      await measure('sameContent', 'the same content', () =>
        each(names, (name) => patchAsWritten(controllerApi, written.get(name))),
      );
      await stripAll();
      await measure('adminFloor', 'the floor as an admin', bare(api));
      await stripAll();
      progress.show(`${count} pending Services, round ${round}: told why they wait`);
      await tellWhyTheyWait(controller, count);
      await measure('opened', 'Cairn, when the pool is opened', () => setPool('open'));
      await controller.stop();
      await stripAll();
    }
    const [cairn, opened, floor] = [medianOf(took.cairn), medianOf(took.opened), medianOf(took.floor)];
    const others = [took.adminFloor, took.sameContent].map(medianOf);
    const cells = (of: number, against: number) => [seconds(of), seconds(against), ratio(of, against)];
    rows.push([
      String(count),
      ...cells(cairn.all, floor.all),
      swing(took.cairn, took.floor),
      ...others.flatMap(({ all }) => [seconds(all), ratio(cairn.all, all)]),
    ]);
    fromFirstRows.push([String(count), seconds(cairn.first), ...cells(cairn.fromFirst, floor.fromFirst)]);
    openedRows.push([String(count), ...cells(opened.all, floor.all)]);
  }
  progress.done();
  console.log(`\nFrom the controller's start until all have an address (median of ${flags.rounds}):\n${table(rows)}`);
  console.log(`\nThe same from the first address on:\n${table(fromFirstRows)}`);
  console.log(`\nFrom the edit that opens the pool, the controller at work:\n${table(openedRows)}`);
}

/** Leaves the controller running, and at rest. */
async function tellWhyTheyWait(controller: Daemon, count: number): Promise<void> {
  await setPool('closed');
  await controller.restart();
  await watch.until(({ waiting }) => waiting.size === count);
  await sleep(TELLING_MS);
}

/** Milliseconds until the watch has seen the first address, from the first to the last, and altogether. */
interface Took {
  readonly first: number;
  readonly fromFirst: number;
  readonly all: number;
}

/** From the begin of `work` until the watch has seen `count` addresses. */
async function timed(work: () => Promise<unknown>, count: number): Promise<Took> {
  const began = performance.now();
  const seen = async (): Promise<number> => {
    await watch.until(({ served }) => served.size > 0);
    const first = performance.now() - began;
    await watch.untilServed(count);
    return first;
  };
  const [first] = await Promise.all([seen(), work()]);
  const all = performance.now() - began;
  return { first, fromFirst: all - first, all };
}

/** Of each figure its own. */
function medianOf(all: readonly Took[]): Took {
  return {
    first: median(all.map(({ first }) => first)),
    fromFirst: median(all.map(({ fromFirst }) => fromFirst)),
    all: median(all.map((each) => each.all)),
  };
}

/** The lowest and the highest ratio that a round had. */
function swing(cairn: readonly Took[], floor: readonly Took[]): string {
  const ratios = cairn.map(({ all }, at) => all / (floor[at]?.all ?? Number.NaN));
  return `${Math.min(...ratios).toFixed(2)} to ${Math.max(...ratios).toFixed(2)}`;
}

function bareAddress(index: number): string {
  return `198.18.${index >> 8}.${index & 255}`;
}

async function benchOne(controller: Daemon): Promise<void> {
  if (Number(flags.pairs) === 0) return;
  await haveServices(OTHERS);
  progress.show(`serving ${made} Services`);
  await controller.restart();
  await watch.untilServed(made);
  await untilAtRest(cluster.controlPlane);
  const floors: number[] = [];
  const ours: number[] = [];
  const pairs = Number(flags.pairs) + WARM_UP_PAIRS;
  for (let pair = 0; pair < pairs; pair++) {
    progress.show(`one Service beside ${made}: ${pair} of ${pairs}`);
    const isWarm = pair >= WARM_UP_PAIRS;
    const floor = await createdToServed('floor', { loadBalancerClass: 'bench.cairn.dev/nobody' }, async (name) => {
      await watch.until(({ present }) => present.has(name));
      await patchAddress(controllerApi, name, '198.18.255.1');
    });
    const our = await createdToServed('ours', {}, async () => {});
    if (isWarm) {
      floors.push(floor);
      ours.push(our);
    }
  }
  await controller.stop();
  progress.done();
  const row = (share: number) => {
    const [floor, our] = [quantile(floors, share), quantile(ours, share)];
    return [`p${share * 100}`, milliseconds(floor), milliseconds(our), ratio(our, floor)];
  };
  console.log(`\nOne Service beside ${made}, from its creation to its address (${flags.pairs} pairs):`);
  console.log(table([['', 'floor', 'Cairn', 'ratio'], row(0.5), row(0.99)]));
}

async function createdToServed(
  name: string,
  spec: Parameters<typeof pendingService>[1],
  serve: (name: string) => Promise<void>,
): Promise<number> {
  const began = performance.now();
  await Promise.all([createService(api, pendingService(name, spec)), serve(name)]);
  await watch.until(({ served }) => served.has(name));
  const took = performance.now() - began;
  await deleteService(api, name);
  await watch.until(({ present }) => !present.has(name));
  return took;
}

async function benchMemory(controller: Daemon): Promise<void> {
  const counts = numbers(flags.memory);
  if (counts.length === 0) return;
  const rows = [['Services', 'resident', 'at most']];
  await each([...watch.present], (name) => deleteService(api, name));
  await watch.until(({ present }) => present.size === 0);
  made = 0;
  for (const count of counts) {
    await haveServices(count);
    progress.show(`memory with ${count} Services`);
    await controller.restart();
    await controller.ready();
    await watch.untilServed(count);
    await watch.until(({ judged }) => judged.size === count);
    await sleep(REST_MS);
    const { pid } = controller.process;
    rows.push([String(count), megabytes(pid, 'VmRSS'), megabytes(pid, 'VmHWM')]);
    await controller.stop();
  }
  progress.done();
  console.log(`\nMemory of the controller (${heapFlags()}):\n${table(rows)}`);
}

function megabytes(pid: number, field: 'VmRSS' | 'VmHWM'): string {
  const [, kilobytes] =
    new RegExp(`^${field}:\\s+(\\d+) kB`, 'm').exec(fs.readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
  return `${Math.round((Number(kilobytes) * 1024) / 1e6)} MB`;
}

function heapFlags(): string {
  const documents = parseAllDocuments(fs.readFileSync(path.join(ROOT, 'deploy/controller.yaml'), 'utf8'));
  const deployment = documents.map((each) => each.toJS()).find(({ kind }) => kind === 'Deployment');
  const { env } = deployment.spec.template.spec.containers[0];
  return env.find(({ name }: { readonly name: string }) => name === 'NODE_OPTIONS').value;
}

function numbers(text: string): readonly number[] {
  return text.split(',').filter(Boolean).map(Number);
}
