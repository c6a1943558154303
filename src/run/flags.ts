/**
 * What the command line says, once it is understood.
 *
 * Source: design.md §3.
 * @module
 */
import type { NodeName } from '../values/names.js';

export const LOG_LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

/** Where a server listens; port 0 takes any free one. */
export interface HostPort {
  readonly host: string;
  readonly port: number;
}

/** What both daemons need to know. */
export interface DaemonFlags {
  /** Undefined: the pod's service account, or `KUBECONFIG`, or `~/.kube/config`. */
  readonly kubeconfig: string | undefined;
  /** The namespace Cairn is installed in. */
  readonly namespace: string;
  /** Name of the ConfigMap, in that namespace, whose key `config` holds the pools. */
  readonly configMap: string;
  /** `spec.loadBalancerClass` of the Services that are ours. */
  readonly loadBalancerClass: string;
  /** Services without a class are ours too. */
  readonly defaultClass: boolean;
  readonly metricsAddress: HostPort;
  readonly logLevel: LogLevel;
}

export interface ControllerFlags extends DaemonFlags {
  readonly leaderElect: boolean;
}

export interface SpeakerFlags extends DaemonFlags {
  readonly nodeName: NodeName;
  readonly heartbeatIntervalMs: number;
  readonly heartbeatMisses: number;
  /** Undefined: heartbeats are not signed. */
  readonly secretFile: string | undefined;
  readonly ignoreExcludeLabel: boolean;
}

export interface CheckFlags {
  /** `-` is standard input. */
  readonly files: readonly string[];
}

/** 0 done, 1 the work failed, 2 wrong usage (design.md §3). */
export type ExitCode = 0 | 1 | 2;
