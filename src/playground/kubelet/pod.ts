/**
 * One pod on its node, from the moment it is bound until its object is gone: network, containers, status, deletion.
 *
 * Not supported, and said in the pod's log: init containers, volumes, liveness and startup probes.
 * @module
 */
import { execFileSync } from 'node:child_process';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { toTime } from '../../kube/clock.js';
import { type Api, type ApiObject, ApiStatusError, STRATEGIC_MERGE_PATCH } from '../cluster/api.js';
import { podNetwork } from '../network/pod-network.js';
import type { KubeletConfig } from './config.js';
import { Container } from './container.js';
import { containerEnvironment } from './environment.js';

const RETRY_MS = 300;

export interface PodSurroundings {
  readonly config: KubeletConfig;
  readonly api: Api;
  readonly services: () => Iterable<ApiObject>;
  /** An address of the node's podCIDR that no other pod has; given back by `release`. */
  readonly takeAddress: () => string;
  readonly release: (address: string) => void;
}

interface PodCondition {
  readonly type: string;
  readonly status: 'True' | 'False';
  readonly reason: string | null;
  readonly lastTransitionTime: string;
}

export class PodWorker {
  private readonly pod: ApiObject;
  private readonly around: PodSurroundings;
  private readonly namespace: string;
  private readonly address: string;
  private readonly containers: readonly Container[];
  private readonly startTime = now();
  private isReporting = false;
  private reportAgain = false;
  private conditions: readonly PodCondition[] = [];
  private ending: Promise<void> | undefined;
  private readonly vanished = new AbortController();

  constructor(pod: ApiObject, around: PodSurroundings) {
    this.pod = pod;
    this.around = around;
    const { config } = around;
    if (pod.spec.hostNetwork) {
      this.address = config.nodeAddress;
      this.namespace = config.nodeNamespace;
    } else {
      this.address = around.takeAddress();
      this.namespace = `${config.podNamespacePrefix}${this.address}`;
      wire(this.namespace, this.address);
    }
    const { namespace, name, uid } = pod.metadata;
    for (const part of ['initContainers', 'volumes'] as const) {
      if (pod.spec[part]?.length) console.error(`pod ${namespace}/${name}: the lab's kubelet ignores ${part}`);
    }
    this.containers = pod.spec.containers.map(
      (spec: ApiObject) =>
        new Container(spec, {
          namespace: this.namespace,
          podIp: this.address,
          logFile: path.join(config.logFolder, `${namespace}_${name}_${uid}_${spec.name}.log`),
          images: config.images,
          restartPolicy: pod.spec.restartPolicy ?? 'Always',
          environment: () =>
            containerEnvironment(pod, spec, {
              podIp: this.address,
              hostIp: config.nodeAddress,
              services: around.services(),
            }),
          // A change during construction comes before there is anything to report from.
          onChange: () => queueMicrotask(() => this.report()),
        }),
    );
  }

  /** Its object as the API has it: reported anew when that says something else, as of a node that was taken for dead. */
  compare({ status }: ApiObject): void {
    const told = status?.conditions?.find(({ type }: ApiObject) => type === 'Ready')?.status;
    const own = this.conditions.find(({ type }) => type === 'Ready')?.status;
    if (own !== undefined && told !== own) this.report();
  }

  /** Ends it gracefully and then deletes its object. Once begun, further calls only wait. */
  terminate(graceSeconds: number): Promise<void> {
    this.ending ??= this.end(graceSeconds, true);
    return this.ending;
  }

  /** Its object is gone from the API: nothing to wait for or to report. */
  vanish(): Promise<void> {
    this.vanished.abort();
    this.ending ??= this.end(0, false);
    return this.ending;
  }

  private async end(graceSeconds: number, deleteObject: boolean): Promise<void> {
    const forced = new Promise<void>((resolve) => this.vanished.signal.addEventListener('abort', () => resolve()));
    const stopped = Promise.all(this.containers.map((container) => container.stop(graceSeconds)));
    void forced.then(() => this.containers.map((container) => container.stop(0)));
    await stopped;
    if (!this.pod.spec.hostNetwork) {
      unwire(this.namespace);
      this.around.release(this.address);
    }
    if (deleteObject) await this.deleteObject();
  }

  private async deleteObject(): Promise<void> {
    const { uid } = this.pod.metadata;
    while (!this.vanished.signal.aborted) {
      try {
        await this.around.api.delete(this.path, { gracePeriodSeconds: 0, preconditions: { uid } });
        return;
      } catch (error) {
        // 404 and 409: gone, or another pod of the same name by now.
        if (error instanceof ApiStatusError && (error.status === 404 || error.status === 409)) return;
        await sleep(RETRY_MS);
      }
    }
  }

  private get path(): string {
    return `/api/v1/namespaces/${this.pod.metadata.namespace}/pods/${this.pod.metadata.name}`;
  }

  /** Writes the newest status; while one write is under way, further changes make one more. */
  private report(): void {
    this.reportAgain = true;
    if (!this.isReporting) void this.reportUntilTold();
  }

  private async reportUntilTold(): Promise<void> {
    this.isReporting = true;
    while (this.reportAgain && !this.vanished.signal.aborted) {
      this.reportAgain = false;
      try {
        const body = { metadata: { uid: this.pod.metadata.uid }, status: this.status() };
        await this.around.api.patch(`${this.path}/status`, body, STRATEGIC_MERGE_PATCH);
      } catch (error) {
        // 404 and 409: gone, or another pod of the same name by now.
        if (error instanceof ApiStatusError && (error.status === 404 || error.status === 409)) break;
        this.reportAgain = true;
        await sleep(RETRY_MS);
      }
    }
    // In the same step as the loop's last look: a change that comes any later begins a new one.
    this.isReporting = false;
  }

  private status(): ApiObject {
    const ready = this.containers.every((container) => container.ready);
    const at = now();
    const condition = (type: string, is: boolean, reason = ''): PodCondition => {
      const status = is ? 'True' : 'False';
      const before = this.conditions.find((each) => each.type === type);
      const lastTransitionTime = before?.status === status ? before.lastTransitionTime : at;
      return { type, status, reason: is ? null : reason, lastTransitionTime };
    };
    this.conditions = [
      condition('PodReadyToStartContainers', true),
      condition('Initialized', true),
      condition('ContainersReady', ready, 'ContainersNotReady'),
      condition('Ready', ready, 'ContainersNotReady'),
    ];
    const { nodeAddress } = this.around.config;
    return {
      phase: phaseOf(this.containers),
      hostIP: nodeAddress,
      hostIPs: [{ ip: nodeAddress }],
      podIP: this.address,
      podIPs: [{ ip: this.address }],
      startTime: this.startTime,
      conditions: this.conditions,
      containerStatuses: this.containers.map((container) => container.status()),
    };
  }
}

const now = () => toTime(Date.now());

/** Source: https://kubernetes.io/docs/concepts/workloads/pods/pod-lifecycle/#pod-phase */
function phaseOf(containers: readonly Container[]): string {
  const outcomes = containers.map((container) => container.outcome());
  if (outcomes.every((outcome) => outcome === 'succeeded')) return 'Succeeded';
  if (outcomes.every((outcome) => outcome === 'succeeded' || outcome === 'failed')) return 'Failed';
  return outcomes.includes('pending') ? 'Pending' : 'Running';
}

/** The kubelet lives in the node's namespace: what is the node's side for the plan is simply here for it. */
function wire(namespace: string, address: string): void {
  const plan = podNetwork({ namespace, address });
  execFileSync('ip', ['-batch', '-'], { input: `${plan.node.join('\n')}\n` });
  execFileSync('ip', ['-n', namespace, '-batch', '-'], { input: `${plan.pod.join('\n')}\n` });
}

function unwire(namespace: string): void {
  execFileSync('ip', ['netns', 'del', namespace]);
}
