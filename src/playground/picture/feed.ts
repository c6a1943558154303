/**
 * Where the facts of the picture come from: watches of the API, the switch's own ports, processes, and two programs on the client.
 * @module
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { boottimeMs } from '../../linux/clock.js';
import type { ApiObject } from '../cluster/api.js';
import { Mirror } from '../kubelet/mirror.js';
import { type LabProcess, start } from '../network/process.js';
import type { Line } from '../network/watcher.js';
import { CAIRN_NAMESPACE } from '../stage/objects.js';
import type { Stage } from '../stage/stage.js';
import { externalIpOf } from '../story/facts.js';
import { clockTime } from './moment.js';
import type { Happening } from './picture.js';
import { type ApiLists, keyOf, tellAnswerer, type World } from './world.js';

const API_CHECK_MS = 1_000;
/** A watch that breaks is no news of its own: the picture says whether the API answers. */
const ALREADY_SEEN = () => {};

/** Brings facts into the world until `signal`; `changed` is called after each. Answers once everything has been listed. */
export async function feed(stage: Stage, world: World, changed: () => void, signal: AbortSignal): Promise<void> {
  const observer = await stage.client.spawnProgram('programs/observer.ts', [], { ipc: true, stdout: 'pipe' });
  const visitor = await stage.client.spawnProgram('programs/visitor.ts', [], { ipc: true, stdout: 'pipe' });
  // What is asked after changes with the Services' addresses.
  const retarget = () => {
    const served = world.balanced.filter((service) => externalIpOf(service) !== undefined);
    const addresses = [...new Set(served.map((service) => externalIpOf(service) as string))];
    for (const address of world.arp.keys()) if (!addresses.includes(address)) world.arp.delete(address);
    world.forget(new Set(served.map(keyOf)));
    observer.child.send({ addresses });
    visitor.child.send({ pages: served.flatMap(pageOf) });
  };
  void read(observer, signal, (line) => {
    if (line.event === 'answers') world.arp.set(line.address, line.macs);
    changed();
  });
  void read(visitor, signal, (line) => {
    note(world, line);
    changed();
  });
  void watchCables(stage, world, changed, signal);
  void checkApi(stage, world, changed, signal);
  await mirrorLists(stage, world, changed, retarget, signal);
}

async function mirrorLists(stage: Stage, world: World, changed: () => void, retarget: () => void, signal: AbortSignal) {
  const { api } = stage.controlPlane;
  const mirror = (list: keyof ApiLists, path: string) => {
    const onChange = (uid: string, object: ApiObject | undefined) => {
      if (object === undefined) world.lists[list].delete(uid);
      else world.lists[list].set(uid, object);
      if (list === 'services') retarget();
      changed();
    };
    return new Mirror(api, path, {}, onChange, ALREADY_SEEN).start(signal);
  };
  const told = new Map<string, string>();
  // The first list is in no order of time.
  let atFirst: ApiObject[] | undefined = [];
  const onEvent = (uid: string, event: ApiObject | undefined) => {
    const version = event?.metadata.resourceVersion;
    if (event === undefined) told.delete(uid);
    if (event === undefined || told.get(uid) === version) return;
    told.set(uid, version);
    if (atFirst === undefined) world.happened(happeningOf(event));
    else atFirst.push(event);
    changed();
  };
  const events = new Mirror(api, '/api/v1/events', {}, onEvent, ALREADY_SEEN);
  const listEvents = async () => {
    await events.start(signal);
    const sorted = (atFirst ?? []).sort((a, b) => momentOf(a) - momentOf(b));
    atFirst = undefined;
    for (const event of sorted) world.happened(happeningOf(event));
  };
  await Promise.all([
    mirror('services', '/api/v1/services'),
    mirror('nodes', '/api/v1/nodes'),
    mirror('pods', '/api/v1/pods'),
    mirror('configMaps', `/api/v1/namespaces/${CAIRN_NAMESPACE}/configmaps`),
    listEvents(),
  ]);
}

/** The page of a Service's first TCP port. */
function pageOf(service: ApiObject): readonly { readonly key: string; readonly url: string }[] {
  const port = service.spec.ports.find(({ protocol = 'TCP' }: ApiObject) => protocol === 'TCP');
  return port === undefined ? [] : [{ key: keyOf(service), url: `http://${externalIpOf(service)}:${port.port}/` }];
}

function note(world: World, line: Line): void {
  if (line.event !== 'answer' && line.event !== 'no-answer') return;
  const request = { at: clockTime(Date.now() - (boottimeMs() - line.atMs), 'milliseconds'), key: line.key };
  if (line.event === 'no-answer') world.requested(request, line.atMs, { kind: 'no-answer', why: line.why });
  else world.requested(request, line.atMs, { kind: 'answer', by: tellAnswerer(line.body), tookMs: line.tookMs });
}

const momentOf = (event: ApiObject): number =>
  Date.parse(event.lastTimestamp ?? event.eventTime ?? event.metadata.creationTimestamp);

function happeningOf(event: ApiObject): Happening {
  const { kind, namespace, name } = event.involvedObject ?? event.regarding ?? {};
  const message = event.message ?? event.note;
  return {
    at: clockTime(momentOf(event), 'seconds'),
    tone: event.type === 'Warning' ? 'warning' : 'normal',
    about: [kind, [namespace, name].filter((part) => part && part !== 'default').join('/')].join(' '),
    text: message ? `${event.reason}: ${message}` : event.reason,
  };
}

async function read(program: LabProcess, signal: AbortSignal, onLine: (line: Line) => void): Promise<void> {
  for await (const line of program.lines()) if (!signal.aborted) onLine(JSON.parse(line));
}

/** `ip monitor` says what the switch's ports are, whoever changed them. Source: ip-monitor(8), ip-link(8). */
async function watchCables(stage: Stage, world: World, changed: () => void, signal: AbortSignal): Promise<void> {
  const { network } = stage;
  const inSwitch = { namespace: network.switchNamespace, stdout: 'pipe' } as const;
  const monitor = start(network.run, ['ip', '-o', 'monitor', 'link'], { ...inSwitch, name: 'switch-monitor' });
  const names = new Set(stage.nodes.map((node) => node.name));
  for await (const line of monitor.lines()) {
    if (signal.aborted) return;
    const [, name = '', flags = ''] = /^\d+: ([^@:]+)(?:@[^:]+)?: <([^>]*)>/.exec(line) ?? [];
    if (!names.has(name)) continue;
    if (flags.split(',').includes('UP')) world.cutCables.delete(name);
    else world.cutCables.add(name);
    changed();
  }
}

async function checkApi(stage: Stage, world: World, changed: () => void, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    const answers = await stage.controlPlane.api.request('GET', '/readyz', { timeoutMs: API_CHECK_MS }).then(
      () => true,
      () => false,
    );
    if (answers !== world.apiAnswers) {
      world.apiAnswers = answers;
      changed();
    }
    await sleep(API_CHECK_MS, undefined, { signal }).catch(() => {});
  }
}
