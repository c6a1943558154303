/**
 * The two servers that every case of this suite runs on: the real control plane, and the embedded API server.
 *
 * Each is started when a case first asks for it, once for all files of a Mocha run, and ends with the run. No kubelet
 * runs anywhere: a case that needs a running pod writes the pod's status itself.
 * @module
 */
import assert from 'node:assert/strict';
import path from 'node:path';
import { after } from 'mocha';
import { EmbeddedApiServer } from '../../../src/playground/api/server.js';
import { kubeAssets } from '../../../src/playground/cluster/kube-binary.js';
import { RealControlPlane } from '../../../src/playground/cluster/real-control-plane.js';
import { Network } from '../../../src/playground/network/network.js';
import { Run } from '../../../src/playground/network/run.js';
import { Http, MERGE_PATCH } from './http.js';

export const SERVER_NAMES = ['kube-apiserver', 'embedded'] as const;
export type ServerName = (typeof SERVER_NAMES)[number];

/** Both servers give cluster IPs from the same ranges, so that allocations look alike. */
const SERVICE_CIDRS = {
  'dual stack': ['10.0.0.0/16', 'fd00:10::/112'],
  'IPv4 alone': ['10.0.0.0/16'],
} as const;
/** Most cases do not care, and take the one that is there: dual stack. */
export type Families = keyof typeof SERVICE_CIDRS;

export interface Server {
  readonly name: ServerName;
  readonly kubeconfig: string;
  readonly http: Http;
  /** kubectl's program, and a folder for its caches. */
  readonly kubectl: string;
  readonly folder: string;
  /** Lets the server forget all versions but the newest, as etcd's compaction does every five minutes. */
  forgetHistory(): Promise<void>;
  stop(): Promise<void>;
}

/**
 * On both servers: for pods that need a node and no scheduler. It is ready, as an endpoint slice wants it, and takes no
 * pods by itself.
 */
export const NODE = 'some-node';
/** As kubelets do. The node controller waits four times as long before it blames a node, and its pods. */
const HEARTBEAT_MS = 10_000;

const started = new Map<`${ServerName} ${Families}`, Promise<Server>>();

export function serverNamed(name: ServerName, families: Families = 'dual stack'): Promise<Server> {
  let server = started.get(`${name} ${families}`);
  if (server === undefined) {
    const cidrs = SERVICE_CIDRS[families];
    server = withNode(name === 'embedded' ? startEmbedded(cidrs) : startReal(cidrs));
    started.set(`${name} ${families}`, server);
  }
  return server;
}

async function withNode(starting: Promise<Server>): Promise<Server> {
  const server = await starting;
  const node = { metadata: { name: NODE }, spec: { unschedulable: true } };
  const { code, text } = await server.http.post('/api/v1/nodes', node);
  assert.equal(code, 201, text);
  const beat = () => {
    const time = new Date().toISOString().replace(/\.\d+Z/, 'Z');
    const ready = { type: 'Ready', status: 'True', reason: 'KubeletReady', lastHeartbeatTime: time };
    return server.http.patch(`/api/v1/nodes/${NODE}/status`, { status: { conditions: [ready] } }, MERGE_PATCH);
  };
  await beat();
  // A server that restarts misses a beat, and that does not matter.
  const heartbeats = setInterval(() => void beat().catch(() => {}), HEARTBEAT_MS);
  return {
    ...server,
    stop: () => {
      clearInterval(heartbeats);
      return server.stop();
    },
  };
}

after('stops the servers', () => Promise.all((['dual stack', 'IPv4 alone'] as const).map(stopServers)));

/** Earlier than at the end of the run, where nobody needs them any more. */
export async function stopServers(families: Families): Promise<void> {
  const ending = SERVER_NAMES.map(async (name) => {
    const server = started.get(`${name} ${families}`);
    started.delete(`${name} ${families}`);
    // One that did not start has been told by the case that asked for it.
    await (await server?.catch(() => undefined))?.stop();
  });
  await Promise.all(ending);
}

async function startReal(serviceCidrs: readonly string[]): Promise<Server> {
  const assets = await kubeAssets();
  const run = Run.start();
  try {
    const network = await Network.create(run);
    const host = await network.addHost({ name: 'control-plane', address: '192.0.2.10', gateway: '192.0.2.1' });
    const plane = await RealControlPlane.start({ run, host, assets, users: [], serviceCidrs });
    const http = new Http(plane.kubeconfig);
    return {
      name: 'kube-apiserver',
      kubeconfig: plane.kubeconfig,
      http,
      kubectl: path.join(assets, 'kubectl'),
      folder: run.folder,
      forgetHistory: async () => {
        const { body } = await http.get('/api/v1/namespaces');
        const request = JSON.stringify({ revision: body.metadata.resourceVersion, physical: true });
        await host.run(['curl', '-sS', '--fail', 'http://127.0.0.1:2379/v3/kv/compaction', '-d', request]);
        // What etcd forgot, the API server still remembers for its watchers.
        await plane.restart('kube-apiserver');
        http.close();
      },
      stop: async () => {
        http.close();
        run.remove();
      },
    };
  } catch (error) {
    run.remove();
    throw error;
  }
}

async function startEmbedded(serviceCidrs: readonly string[]): Promise<Server> {
  const assets = await kubeAssets();
  const run = Run.start(); // for its folder, which is cleared whatever becomes of us
  const embedded = await EmbeddedApiServer.start({ serviceCidrs, controllers: true });
  const kubeconfig = embedded.kubeconfig(run.file('kubeconfig'));
  const http = new Http(kubeconfig);
  return {
    name: 'embedded',
    kubeconfig,
    http,
    kubectl: path.join(assets, 'kubectl'),
    folder: run.folder,
    forgetHistory: async () => embedded.store.compact(),
    stop: async () => {
      http.close();
      await embedded.stop();
      run.remove();
    },
  };
}
