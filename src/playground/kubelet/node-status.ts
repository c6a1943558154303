/**
 * A node's own report: addresses, capacity and conditions, then a Lease that says "I live" every 10 s.
 *
 * The report is made again when the API calls the node anything but Ready, as it does after a silence.
 *
 * Source: https://kubernetes.io/docs/concepts/architecture/nodes/#node-heartbeats
 * @module
 */
import fs from 'node:fs';
import os from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { toMicroTime, toTime } from '../../kube/clock.js';
import { type Api, type ApiObject, ApiStatusError, MERGE_PATCH } from '../cluster/api.js';
import type { KubeletConfig } from './config.js';

/** A quarter of the Lease's duration, as upstream. */
const RENEW_MS = 10_000;
const LEASE_SECONDS = 40;
const LEASES = '/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases';

export async function reportNode(api: Api, { nodeName, nodeAddress }: KubeletConfig): Promise<void> {
  const at = toTime(Date.now());
  const condition = (type: string, status: 'True' | 'False', reason: string) => ({
    type,
    status,
    reason,
    message: reason,
    lastHeartbeatTime: at,
    lastTransitionTime: at,
  });
  const room = { cpu: '16', memory: '64Gi', pods: '110' };
  const status = {
    addresses: [
      { type: 'InternalIP', address: nodeAddress },
      { type: 'Hostname', address: nodeName },
    ],
    capacity: room,
    allocatable: room,
    conditions: [
      condition('NetworkUnavailable', 'False', 'RouteCreated'),
      condition('MemoryPressure', 'False', 'KubeletHasSufficientMemory'),
      condition('DiskPressure', 'False', 'KubeletHasNoDiskPressure'),
      condition('PIDPressure', 'False', 'KubeletHasSufficientPID'),
      condition('Ready', 'True', 'KubeletReady'),
    ],
    nodeInfo: {
      architecture: architectureOf(process.arch),
      bootID: bootId(),
      containerRuntimeVersion: 'lab://1',
      kernelVersion: os.release(),
      kubeProxyVersion: '',
      kubeletVersion: 'lab',
      machineID: nodeName,
      operatingSystem: 'linux',
      osImage: 'Cairn lab',
      systemUUID: nodeName,
    },
  };
  await api.patch(`/api/v1/nodes/${nodeName}/status`, { status });
}

/** As Go calls it, and with it every cluster. */
export const architectureOf = (arch: string): string => ({ x64: 'amd64', ia32: '386' })[arch] ?? arch;

const bootId = (): string => fs.readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();

/** Until `signal`. A renewal that fails breaks all connections: the old ones may hang for as long as TCP is patient. */
export async function renewLease(api: Api, config: KubeletConfig, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    try {
      await renewOnce(api, config.nodeName);
      if (!(await isCalledReady(api, config.nodeName))) await reportNode(api, config);
      await sleep(RENEW_MS, undefined, { signal }).catch(() => {});
    } catch (error) {
      console.error(`lease: ${(error as Error).message}`);
      api.disconnect();
      await sleep(1_000, undefined, { signal }).catch(() => {});
    }
  }
}

async function isCalledReady(api: Api, nodeName: string): Promise<boolean> {
  const { status } = await api.request('GET', `/api/v1/nodes/${nodeName}`, { timeoutMs: 5_000 });
  return status?.conditions?.some((each: ApiObject) => each.type === 'Ready' && each.status === 'True') === true;
}

async function renewOnce(api: Api, nodeName: string): Promise<void> {
  const spec = {
    holderIdentity: nodeName,
    leaseDurationSeconds: LEASE_SECONDS,
    renewTime: toMicroTime(Date.now()),
  };
  const options = { timeoutMs: 5_000, contentType: MERGE_PATCH };
  try {
    await api.request('PATCH', `${LEASES}/${nodeName}`, { ...options, body: { spec } });
  } catch (error) {
    if (!(error instanceof ApiStatusError) || error.status !== 404) throw error;
    const lease: ApiObject = {
      apiVersion: 'coordination.k8s.io/v1',
      kind: 'Lease',
      metadata: { name: nodeName },
      spec,
    };
    await api.create(LEASES, lease);
  }
}
