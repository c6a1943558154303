/**
 * One run of the lab: everything it makes carries the run's id, so that everything can be taken away again.
 *
 * A run owns network namespaces (`cairn-<id>-<host>`), processes and one folder. They are removed when the run ends, when
 * its process exits or is interrupted, and, should it have been killed with SIGKILL, by the next run on this machine.
 * A run never touches what belongs to another living run: the owner is known by pid *and* start time, so that a pid
 * that the kernel gave to somebody else does not count as alive.
 *
 * Removal is synchronous on purpose: the very same function then serves the normal end, a signal, the `exit` event and
 * the leftovers of others. Nothing in the lab has anything to save.
 * @module
 */
import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { type ProcessId, processId, readProcessId, sameProcess } from './process-id.js';

/** Lives and dies with `/run/netns`: both are gone after a reboot, and both are private in a mount namespace of one's own. */
const REGISTRY = '/run/cairn-lab';
const NETNS = '/run/netns';

interface Owner {
  readonly process: ProcessId;
  readonly folder: string;
}

export class Run {
  /** Six letters and digits, unique among the living runs. */
  readonly id: string;
  /** Logs, certificates and data of this run. */
  readonly folder: string;

  private constructor(id: string, folder: string) {
    this.id = id;
    this.folder = folder;
  }

  /** Removes what dead runs left behind, then begins a new one. Needs root: network namespaces are made. */
  static start(): Run {
    if (process.getuid?.() !== 0) throw new Error('the lab makes network namespaces: run it as root, e.g. with sudo');
    fs.mkdirSync(REGISTRY, { recursive: true });
    removeLeftovers();
    const run = new Run(randomBytes(3).toString('hex'), fs.mkdtempSync(path.join(os.tmpdir(), 'cairn-lab-')));
    fs.chmodSync(run.folder, 0o755);
    // Renamed into place: a run that is just starting is never seen without its owner.
    const draft = path.join(REGISTRY, `.${run.id}`);
    fs.mkdirSync(draft);
    const owner: Owner = { process: processId(process.pid), folder: run.folder };
    fs.writeFileSync(path.join(draft, 'owner.json'), JSON.stringify(owner));
    fs.writeFileSync(path.join(draft, 'processes'), '');
    fs.renameSync(draft, path.join(REGISTRY, run.id));
    living.add(run);
    removeWhenInterrupted();
    return run;
  }

  /** The name of this run's network namespace for `host`. */
  namespace(host: string): string {
    return `${namespacePrefix(this.id)}${host}`;
  }

  /** A file of this run; its folder is made. */
  file(...parts: readonly string[]): string {
    const file = path.join(this.folder, ...parts);
    fs.mkdirSync(path.dirname(file), { recursive: true });
    return file;
  }

  /** Remembers a process so that it ends with the run, also when the run itself was killed. */
  own(pid: number): void {
    const id = readProcessId(pid);
    if (id) fs.appendFileSync(path.join(REGISTRY, this.id, 'processes'), `${id.pid} ${id.startTicks}\n`);
  }

  /** Ends every process, deletes every namespace and the folder. May be called twice. */
  remove(): void {
    if (!living.delete(this)) return;
    removeRun(this.id, this.folder);
  }
}

/** The path that `nsenter --net=` and `ip -n` know a namespace by. */
export const namespacePath = (namespace: string): string => path.join(NETNS, namespace);

const living = new Set<Run>();
const namespacePrefix = (id: string) => `cairn-${id}-`;

/** Removes every run whose owner is no longer there; answers their ids. */
export function removeLeftovers(): readonly string[] {
  const removed: string[] = [];
  for (const id of listFolder(REGISTRY)) {
    // A draft is either being renamed right now or was abandoned before it owned anything.
    if (id.startsWith('.')) continue;
    const owner = readOwner(id);
    if (owner !== undefined && sameProcess(owner.process)) continue;
    removeRun(id, owner?.folder);
    removed.push(id);
  }
  return removed;
}

function readOwner(id: string): Owner | undefined {
  try {
    return JSON.parse(fs.readFileSync(path.join(REGISTRY, id, 'owner.json'), 'utf8')) as Owner;
  } catch {
    return undefined; // another run removes it at this moment
  }
}

function removeRun(id: string, folder: string | undefined): void {
  const namespaces = listFolder(NETNS).filter((name) => name.startsWith(namespacePrefix(id)));
  endProcesses(id, namespaces);
  if (namespaces.length > 0) {
    const batch = namespaces.map((name) => `netns del ${name}\n`).join('');
    // -force: another run may be clearing the same leftovers.
    execFileSync('ip', ['-force', '-batch', '-'], { input: batch, stdio: ['pipe', 'ignore', 'ignore'] });
  }
  if (folder !== undefined) fs.rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
  fs.rmSync(path.join(REGISTRY, id), { recursive: true, force: true });
}

/** Kills recorded processes and whatever else lives in the run's namespaces, and waits until they are gone. */
function endProcesses(id: string, namespaces: readonly string[]): void {
  const ATTEMPTS = 100;
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const alive = [...recordedProcesses(id), ...processesInside(namespaces)];
    if (alive.length === 0) return;
    for (const pid of alive) kill(pid);
    sleepSync(10);
  }
}

function recordedProcesses(id: string): readonly number[] {
  let text: string;
  try {
    text = fs.readFileSync(path.join(REGISTRY, id, 'processes'), 'utf8');
  } catch {
    return [];
  }
  return text.split('\n').flatMap((line) => {
    const [pid, startTicks] = line.split(' ').map(Number);
    return pid && startTicks && sameProcess({ pid, startTicks }) ? [pid] : [];
  });
}

function processesInside(namespaces: readonly string[]): readonly number[] {
  const inodes = new Set(namespaces.flatMap((name) => inodeOf(namespacePath(name)) ?? []));
  if (inodes.size === 0) return [];
  return listFolder('/proc').flatMap((entry) => {
    if (!/^[0-9]+$/.test(entry)) return [];
    const inode = inodeOf(`/proc/${entry}/ns/net`);
    return inode !== undefined && inodes.has(inode) && readProcessId(Number(entry)) ? [Number(entry)] : [];
  });
}

function inodeOf(file: string): number | undefined {
  try {
    return fs.statSync(file).ino;
  } catch {
    return undefined;
  }
}

function kill(pid: number): void {
  // Its group first: what it started without our knowledge goes with it. Each lab process leads a group of its own.
  for (const target of [-pid, pid]) {
    try {
      process.kill(target, 'SIGKILL');
    } catch {
      // no such group or process: gone already
    }
  }
}

function listFolder(folder: string): readonly string[] {
  try {
    return fs.readdirSync(folder);
  } catch {
    return [];
  }
}

const sleepSync = (ms: number) => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);

let watching = false;
function removeWhenInterrupted(): void {
  if (watching) return;
  watching = true;
  const removeAll = () => {
    for (const run of living) run.remove();
  };
  process.on('exit', removeAll);
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.once(signal, () => {
      removeAll();
      process.exit(128 + os.constants.signals[signal]);
    });
  }
}
