/**
 * The lab's kubelet, one process per node, started inside the node's network namespace.
 *
 * It stands in for the node agent: runs each Pod that the scheduler bound to its node as processes in a network
 * namespace of its own, keeps readiness and deletion grace, and reports status. It has the rights of a real kubelet
 * (`system:node:<name>`, Node authorizer), reaches the API over the node's cable, and its pods end with it: cutting the
 * cable, freezing or killing it is what happens to a real node.
 * @module
 */
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import { formatIPv4, parseIPv4, toIPv4 } from '../../values/ipv4.js';
import { Api, type ApiObject } from '../cluster/api.js';
import type { KubeletConfig } from './config.js';
import { Mirror } from './mirror.js';
import { renewLease, reportNode } from './node-status.js';
import { PodWorker } from './pod.js';

const config = JSON.parse(process.env['LAB_KUBELET_CONFIG'] ?? '') as KubeletConfig;
const api = new Api(config.api);
const stopping = new AbortController();
const services = new Mirror(api, '/api/v1/services', {});
const workers = new Map<string, PodWorker>();
const taken = new Set<string>();
let lastAddress = 1; // .0 is the network, .1 is left to the node, as bridges have it

function takeAddress(): string {
  const [network, length] = config.podCidr.split('/');
  const base = parseIPv4(network ?? '');
  if (base === undefined) throw new Error(`podCIDR ${config.podCidr}`);
  const size = 2 ** (32 - Number(length));
  for (let tried = 0; tried < size - 3; tried++) {
    lastAddress = lastAddress >= size - 2 ? 2 : lastAddress + 1;
    const address = formatIPv4(toIPv4(base + lastAddress));
    if (taken.has(address)) continue;
    taken.add(address);
    return address;
  }
  throw new Error(`podCIDR ${config.podCidr} is full`);
}

function onPod(uid: string, pod: ApiObject | undefined): void {
  const worker = workers.get(uid);
  if (pod === undefined) {
    void worker?.vanish();
    workers.delete(uid);
  } else if (pod.metadata.deletionTimestamp) {
    if (worker) void worker.terminate(pod.metadata.deletionGracePeriodSeconds ?? 30);
    else void api.delete(podPath(pod), { gracePeriodSeconds: 0, preconditions: { uid } }).catch(() => {});
  } else if (worker !== undefined) {
    worker.compare(pod);
  } else if (!['Succeeded', 'Failed'].includes(pod.status.phase)) {
    const around = {
      config,
      api,
      services: () => services.values(),
      takeAddress,
      release: (address: string) => taken.delete(address),
    };
    workers.set(uid, new PodWorker(pod, around));
  }
}

const podPath = ({ metadata }: ApiObject) => `/api/v1/namespaces/${metadata.namespace}/pods/${metadata.name}`;

/** Networks of pods that an earlier kubelet of this node left when it was killed. */
function removeOldPods(): void {
  for (const name of fs.readdirSync('/run/netns')) {
    if (name.startsWith(config.podNamespacePrefix)) execFileSync('ip', ['netns', 'del', name]);
  }
}

removeOldPods();
await services.start(stopping.signal);
await reportNode(api, config);
void renewLease(api, config, stopping.signal);
await new Mirror(api, '/api/v1/pods', { fieldSelector: `spec.nodeName=${config.nodeName}` }, onPod).start(
  stopping.signal,
);
