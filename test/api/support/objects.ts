/**
 * Small objects for the cases to send, with what they do not care about left out.
 * @module
 */
import type { Json } from './http.js';
import type { World } from './world.js';

export const configMap = (name: string, data: Json = { a: '1' }, metadata: Json = {}): Json => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name, ...metadata },
  data,
});

/** One port, 80, unless `spec` says otherwise. */
export const service = (name: string, spec: Json = {}, metadata: Json = {}): Json => ({
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name, ...metadata },
  spec: { ports: [{ port: 80 }], ...spec },
});

export const loadBalancer = (name: string, spec: Json = {}, metadata: Json = {}): Json =>
  service(name, { type: 'LoadBalancer', ...spec }, metadata);

export const pod = (name: string, spec: Json = {}, metadata: Json = {}): Json => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name, ...metadata },
  spec: { containers: [{ name: 'web', image: 'web:1', ports: [{ name: 'http', containerPort: 8080 }] }], ...spec },
});

export const deployment = (name: string, spec: Json = {}, metadata: Json = {}): Json => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name, ...metadata },
  spec: {
    replicas: 2,
    selector: { matchLabels: { app: name } },
    template: {
      metadata: { labels: { app: name } },
      spec: { containers: [{ name: 'web', image: 'web:1', ports: [{ name: 'http', containerPort: 8080 }] }] },
    },
    ...spec,
  },
});

export const node = (name: string, metadata: Json = {}): Json => ({
  apiVersion: 'v1',
  kind: 'Node',
  metadata: { name, ...metadata },
  spec: {},
});

/** What a kubelet would say of a pod that runs and is ready. */
export const runningStatus = (ip: string, ready = true): Json => ({
  phase: 'Running',
  podIP: ip,
  podIPs: [{ ip }],
  hostIP: '192.0.2.11',
  startTime: '2026-01-02T03:04:05Z',
  conditions: [
    { type: 'Ready', status: ready ? 'True' : 'False', lastTransitionTime: '2026-01-02T03:04:06Z' },
    { type: 'ContainersReady', status: ready ? 'True' : 'False', lastTransitionTime: '2026-01-02T03:04:06Z' },
  ],
  containerStatuses: [
    {
      name: 'web',
      image: 'web:1',
      imageID: 'sha256:1',
      ready,
      started: true,
      restartCount: 0,
      state: { running: { startedAt: '2026-01-02T03:04:05Z' } },
    },
  ],
});

/** Says of a pod what a kubelet would say. */
export async function reportRunning(world: World, name: string, ip: string, ready = true): Promise<void> {
  const path = world.path('pods', name, 'status');
  await world.ok(world.http.patch(path, { status: runningStatus(ip, ready) }, 'application/merge-patch+json'));
}
