/**
 * One container of a pod: a process in the pod's network, started again when it ends, asked whether it is ready.
 *
 * Ends with its kubelet (PR_SET_PDEATHSIG), so that a node without power runs nothing.
 * @module
 */
import { type ChildProcess, spawn } from 'node:child_process';
import fs from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { toTime } from '../../kube/clock.js';
import type { ApiObject } from '../cluster/api.js';
import { namespacePath } from '../network/run.js';
import { findImage, type PodImage } from './images.js';
import { askProbe, listens } from './probe.js';

/** Upstream's CrashLoopBackOff: the first restart is at once, then 10 s, doubled each time up to 5 minutes. */
const FIRST_BACKOFF_MS = 10_000;
const MAX_BACKOFF_MS = 300_000;
const LISTEN_POLL_MS = 20;

export interface ContainerPlace {
  readonly namespace: string;
  readonly podIp: string;
  readonly logFile: string;
  readonly images: readonly PodImage[];
  readonly restartPolicy: 'Always' | 'OnFailure' | 'Never';
  readonly environment: () => Record<string, string>;
  readonly onChange: () => void;
}

type State =
  | { readonly kind: 'waiting'; readonly reason: string; readonly message?: string }
  | { readonly kind: 'running'; readonly startedAt: string }
  | { readonly kind: 'terminated'; readonly exitCode: number; readonly startedAt: string; readonly finishedAt: string };

export class Container {
  private readonly spec: ApiObject;
  private readonly place: ContainerPlace;
  private state: State = { kind: 'waiting', reason: 'ContainerCreating' };
  private last: State | undefined;
  private isReady = false;
  private restarts = 0;
  /** Ended, and not to be started again. */
  private isOver = false;
  private child: ChildProcess | undefined;
  private readonly ending = new AbortController();
  /** Settles when the process has ended for good. */
  readonly done: Promise<void>;

  constructor(spec: ApiObject, place: ContainerPlace) {
    this.spec = spec;
    this.place = place;
    this.done = this.run().finally(() => {
      this.isOver = true;
      place.onChange();
    });
  }

  get ready(): boolean {
    return this.isReady;
  }

  outcome(): 'pending' | 'running' | 'succeeded' | 'failed' {
    // One that is about to be started again has no outcome: a pod that was Failed for a moment is replaced for good.
    if (this.isOver && this.state.kind === 'terminated') return this.state.exitCode === 0 ? 'succeeded' : 'failed';
    return this.state.kind === 'waiting' && this.last === undefined ? 'pending' : 'running';
  }

  /** The entry of `status.containerStatuses`. */
  status(): ApiObject {
    return {
      name: this.spec.name,
      image: this.spec.image,
      imageID: this.spec.image,
      ready: this.isReady,
      started: this.state.kind === 'running',
      restartCount: this.restarts,
      state: stateStatus(this.state),
      lastState: this.last ? stateStatus(this.last) : {},
      ...(this.child?.pid ? { containerID: `lab://${this.child.pid}` } : {}),
    };
  }

  /** `preStop.sleep`, SIGTERM, and SIGKILL once `graceSeconds` have passed in all. Not started again. */
  async stop(graceSeconds: number): Promise<void> {
    const deadline = performance.now() + graceSeconds * 1000;
    const pauseMs = Math.min((this.spec.lifecycle?.preStop?.sleep?.seconds ?? 0) * 1000, graceSeconds * 1000);
    if (pauseMs > 0) await Promise.race([sleep(pauseMs), this.done]);
    this.ending.abort();
    this.signal('SIGTERM');
    const timer = setTimeout(() => this.signal('SIGKILL'), Math.max(0, deadline - performance.now()));
    await this.done;
    clearTimeout(timer);
  }

  private signal(signal: NodeJS.Signals): void {
    if (this.child?.pid === undefined || this.child.exitCode !== null || this.child.signalCode !== null) return;
    process.kill(-this.child.pid, signal);
  }

  private async run(): Promise<void> {
    const image = findImage(this.place.images, this.spec.image);
    if (image === undefined) {
      const message = `failed to pull and unpack image "${this.spec.image}": not found`;
      this.become({ kind: 'waiting', reason: 'ErrImagePull', message });
      return;
    }
    let backoffMs = 0;
    while (!this.ending.signal.aborted) {
      const exitCode = await this.runOnce(image);
      const { restartPolicy } = this.place;
      if (this.ending.signal.aborted || restartPolicy === 'Never' || (restartPolicy === 'OnFailure' && exitCode === 0))
        return;
      this.last = this.state;
      this.restarts++;
      if (backoffMs > 0) this.become({ kind: 'waiting', reason: 'CrashLoopBackOff' });
      await sleep(backoffMs, undefined, { signal: this.ending.signal }).catch(() => {});
      backoffMs = Math.min(Math.max(FIRST_BACKOFF_MS, backoffMs * 2), MAX_BACKOFF_MS);
    }
  }

  private async runOnce(image: PodImage): Promise<number> {
    const log = fs.openSync(this.place.logFile, 'a');
    const enter = ['nsenter', `--net=${namespacePath(this.place.namespace)}`, '--'];
    const command = [...enter, 'setpriv', '--pdeathsig', 'KILL', '--', ...image.command, ...(this.spec.args ?? [])];
    const child = spawn(command[0] as string, command.slice(1), {
      detached: true,
      env: this.place.environment(),
      stdio: ['ignore', log, log],
    });
    fs.closeSync(log);
    this.child = child;
    const startedAt = now();
    const exited = new Promise<number>((resolve) => {
      child.once('exit', (code, signal) => resolve(code ?? 128 + (signal === 'SIGKILL' ? 9 : 15)));
      child.once('error', () => resolve(127));
    });
    this.become({ kind: 'running', startedAt });
    const running = new AbortController();
    const watching = this.watchReadiness(child, running.signal).catch((error: Error) => console.error(error.message));
    const exitCode = await exited;
    running.abort();
    await watching;
    this.isReady = false;
    this.become({ kind: 'terminated', exitCode, startedAt, finishedAt: now() });
    return exitCode;
  }

  private async watchReadiness(child: ChildProcess, signal: AbortSignal): Promise<void> {
    const pause = (ms: number) => sleep(ms, undefined, { signal }).catch(() => {});
    while (!signal.aborted && !listens(child.pid ?? 0)) await pause(LISTEN_POLL_MS);
    const probe = this.spec.readinessProbe;
    if (!probe) return this.setReady(true, signal);

    await pause((probe.initialDelaySeconds ?? 0) * 1000);
    for (let same = { answer: false, count: 0 }; !signal.aborted; await pause((probe.periodSeconds ?? 10) * 1000)) {
      const answer = await askProbe(probe, this.spec, this.place.podIp);
      same = { answer, count: answer === same.answer ? same.count + 1 : 1 };
      const needed = answer ? (probe.successThreshold ?? 1) : (probe.failureThreshold ?? 3);
      if (same.count >= needed) this.setReady(answer, signal);
    }
  }

  private setReady(ready: boolean, signal: AbortSignal): void {
    if (signal.aborted || this.isReady === ready) return;
    this.isReady = ready;
    this.place.onChange();
  }

  private become(state: State): void {
    this.state = state;
    this.place.onChange();
  }
}

const now = () => toTime(Date.now());

function stateStatus(state: State): ApiObject {
  const { kind, ...facts } = state;
  if (state.kind !== 'terminated') return { [kind]: facts };
  return { terminated: { ...facts, reason: state.exitCode === 0 ? 'Completed' : 'Error' } };
}
