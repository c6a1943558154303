/**
 * What a lab cluster needs of its control plane, be it the real one (real-control-plane.ts) or the embedded one
 * (embedded-control-plane.ts), and who calls it.
 * @module
 */
import type { Host } from '../network/host.js';
import type { Run } from '../network/run.js';
import type { Api, ApiAccess } from './api.js';

/** Holds 10.0.171.239, which an example of Kubernetes' own documentation asks for. */
export const SERVICE_CIDR = '10.0.0.0/16';
export const API_PORT = 6443;

/** Who may call the API. Users and groups are upstream's own: the API server's built-in roles are bound to them. */
export interface User {
  readonly name: string;
  readonly groups: readonly string[];
}

export const ADMIN: User = { name: 'admin', groups: ['system:masters'] };
export const KUBE_PROXY: User = { name: 'system:kube-proxy', groups: [] };
export const nodeUser = (node: string): User => ({ name: `system:node:${node}`, groups: ['system:nodes'] });
export const serviceAccountUser = (namespace: string, name: string): User => ({
  name: `system:serviceaccount:${namespace}:${name}`,
  groups: ['system:serviceaccounts', `system:serviceaccounts:${namespace}`],
});

/** Where the kubeconfig of `user` is kept in a run. */
export const kubeconfigFile = (run: Run, user: User): string =>
  run.file('kubeconfigs', `${user.name.replaceAll(':', '_')}.kubeconfig`);

export interface ControlPlane {
  readonly host: Host;
  /** As admin, from outside the network. */
  readonly api: Api;
  /** As admin, for kubectl in any shell of this machine. */
  readonly kubeconfig: string;
  /** Whether rights have to be granted: the embedded server knows no users. */
  readonly checksRights: boolean;
  /** How programs that can speak protobuf have to be told to talk to it; undefined: as they like. */
  readonly contentType: string | undefined;
  /** A kubeconfig for `user` that works on every host of the network. */
  kubeconfigFor(user: User): string;
  /** How `user` reaches the API from a host of the network. */
  access(user: User): ApiAccess;
  /** The API server answers nobody until {@link startApi}; what it stored stays. */
  stopApi(): Promise<void>;
  startApi(): Promise<void>;
}
