/**
 * The flags of each command: name, environment variable, default, and what they become.
 *
 * A flag comes from the command line, else from its variable (an empty one counts as not set), else it has its default.
 * All mistakes are told at once.
 *
 * Pure. Source: docs/design.md §3; `docs/cli.md` is held to these tables by a test.
 * @module
 */
import type { LeaseTiming } from '../kube/lease.js';
import { NODE_COUNT, type PlaygroundOptions } from '../playground/stage/options.js';
import type { Address } from '../values/address.js';
import type { NodeName } from '../values/names.js';
import { err, ok, type Result } from '../values/result.js';
import {
  configMapName,
  contextName,
  dnsLabel,
  duration,
  type Form,
  forwardingMode,
  type HostPort,
  hostPort,
  ipAddress,
  type LogLevel,
  loadBalancerClass,
  logLevel,
  nodeName,
  type OutputFormat,
  outputFormat,
  path,
  wholeNumber,
  yesOrNo,
} from './flag-values.js';

export type { HostPort, LogLevel } from './flag-values.js';

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
  readonly leaseDurationMs: number;
  readonly renewDeadlineMs: number;
  readonly retryPeriodMs: number;
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

/** What a command that works with a cluster needs, as kubectl does. */
export interface ClusterFlags {
  readonly kubeconfig: string | undefined;
  readonly context: string | undefined;
  /** Undefined: that of the context. */
  readonly namespace: string | undefined;
  readonly output: OutputFormat;
}

export interface MoveFlags extends ClusterFlags {
  /** Name of the Service. */
  readonly service: string;
  /** Undefined: any other than it has. */
  readonly address: Address | undefined;
  readonly timeoutMs: number;
}

export type PlaygroundFlags = PlaygroundOptions;

/** 0 done, 1 the work failed, 2 wrong usage (docs/design.md §3). */
export type ExitCode = 0 | 1 | 2;

export interface Flag<T> {
  /** Without the dashes. */
  readonly name: string;
  /** One letter, as kubectl has it. */
  readonly short?: string;
  /** Where that is not made from the name. */
  readonly variable?: string;
  /** For the help. */
  readonly says: string;
  readonly form: Form<unknown>;
  /** As text; undefined: without the flag the value is `undefined`. */
  readonly fallback: string | undefined;
  /** The value of `text`, or `undefined`. */
  parse(text: string): T | undefined;
}

/** One flag for each field. */
export type FlagTable<F> = { readonly [K in keyof F]: Flag<F[K]> };

const flag = <T>(name: string, form: Form<T>, fallback: string, says: string): Flag<T> => ({
  name,
  says,
  form,
  fallback,
  parse: form.parse,
});
const optional = <T>(name: string, form: Form<T>, says: string): Flag<T | undefined> => ({
  name,
  says,
  form,
  fallback: undefined,
  parse: form.parse,
});

const DAEMON_FLAGS: FlagTable<DaemonFlags> = {
  kubeconfig: optional('kubeconfig', path, 'how to reach the cluster; without it the service account of the pod'),
  namespace: flag('namespace', dnsLabel, 'cairn-system', 'the namespace that Cairn is installed in'),
  configMap: flag(
    'config-map',
    configMapName,
    'cairn-config',
    'the ConfigMap there whose key "config" holds the pools',
  ),
  loadBalancerClass: flag('load-balancer-class', loadBalancerClass, 'cairn.dev/lb', 'Services of this class are ours'),
  defaultClass: flag('default-class', yesOrNo, 'true', 'Services without a class are ours too'),
  metricsAddress: flag('metrics-address', hostPort, '0.0.0.0:7472', 'where /healthz, /readyz and /metrics are served'),
  logLevel: flag('log-level', logLevel, 'info', 'the least important lines to log'),
};

/** The Lease holds whole seconds. */
const LEASE_DURATION = duration({
  minMs: 1_000,
  maxMs: 3_600_000,
  stepMs: 1_000,
  as: 'of whole seconds, from 1s to 1h, such as 15s',
});
const LEASE_PERIOD = duration({ minMs: 100, maxMs: 3_600_000, as: 'from 100ms to 1h, such as 2s' });

export const CONTROLLER_FLAGS: FlagTable<ControllerFlags> = {
  ...DAEMON_FLAGS,
  leaderElect: flag('leader-elect', yesOrNo, 'true', 'work only while leading; "false" for a single replica alone'),
  leaseDurationMs: flag(
    'leader-elect-lease-duration',
    LEASE_DURATION,
    '15s',
    'how long others wait for a leader that renews nothing',
  ),
  renewDeadlineMs: flag(
    'leader-elect-renew-deadline',
    LEASE_PERIOD,
    '10s',
    'how long a leader that cannot renew goes on',
  ),
  retryPeriodMs: flag('leader-elect-retry-period', LEASE_PERIOD, '2s', 'how long between two renewals'),
};

/** client-go lets its retry period jitter by a fifth, and has the deadline be longer than that. */
const RETRY_JITTER_FACTOR = 1.2;

/** What is wrong with flags that are well each by itself: a leader needs room to renew in, and then to end its work. */
export function controllerProblems({ leaderElect, ...times }: ControllerFlags): readonly string[] {
  const { leaseDurationMs, renewDeadlineMs, retryPeriodMs } = times;
  if (!leaderElect) return [];
  const problems: string[] = [];
  const tell = (flag: Flag<unknown>, want: string, gotMs: number) =>
    problems.push(`--${flag.name}: want ${want}, got ${gotMs / 1_000}s`);
  const { name: deadline } = CONTROLLER_FLAGS.renewDeadlineMs;
  if (leaseDurationMs <= renewDeadlineMs) {
    tell(CONTROLLER_FLAGS.leaseDurationMs, `more than --${deadline} (${renewDeadlineMs / 1_000}s)`, leaseDurationMs);
  }
  if (renewDeadlineMs <= retryPeriodMs * RETRY_JITTER_FACTOR) {
    const { name: period } = CONTROLLER_FLAGS.retryPeriodMs;
    const want = `more than ${RETRY_JITTER_FACTOR} times --${period} (${retryPeriodMs / 1_000}s)`;
    tell(CONTROLLER_FLAGS.renewDeadlineMs, want, renewDeadlineMs);
  }
  return problems;
}

export const leaseTiming = ({ leaseDurationMs, renewDeadlineMs, retryPeriodMs }: ControllerFlags): LeaseTiming => ({
  durationMs: leaseDurationMs,
  renewDeadlineMs,
  retryPeriodMs,
});

/** Shorter ones drown a small network in broadcasts, longer ones leave an address unanswered for too long. */
const HEARTBEAT_INTERVAL = duration({ minMs: 20, maxMs: 10_000, as: 'from 20ms to 10s, such as 100ms' });
const TIMEOUT = duration({ minMs: 0, maxMs: 3_600_000, as: 'up to 1h, such as 30s' });
/** Below 2 every lost frame would be a dead node. */
const HEARTBEAT_MISSES = wholeNumber({ min: 2, max: 100 });

/** `hostName` is what kubelet calls its Node unless told otherwise. */
export const speakerFlags = (hostName: string): FlagTable<SpeakerFlags> => ({
  ...DAEMON_FLAGS,
  nodeName: flag('node-name', nodeName, hostName.toLowerCase(), 'the Node this speaker runs on'),
  heartbeatIntervalMs: flag('heartbeat-interval', HEARTBEAT_INTERVAL, '100ms', 'how often speakers say that they live'),
  heartbeatMisses: flag('heartbeat-misses', HEARTBEAT_MISSES, '3', 'missing ones in a row that make a suspect'),
  secretFile: optional('secret-file', path, 'keys that sign the heartbeats; without it they are not signed'),
  ignoreExcludeLabel: flag(
    'ignore-exclude-label',
    yesOrNo,
    'false',
    'announce from Nodes that carry the exclude label too',
  ),
});

export const MOVE_FLAGS: FlagTable<Omit<MoveFlags, 'service'>> = {
  kubeconfig: optional('kubeconfig', path, 'how to reach the cluster; without it KUBECONFIG, else ~/.kube/config'),
  context: optional('context', contextName, 'which context of the kubeconfig; without it the current one'),
  namespace: {
    ...optional('namespace', dnsLabel, "the Service's namespace; without it that of the context"),
    short: 'n',
    // The daemons' variable names the namespace that Cairn is installed in.
    variable: 'CAIRN_SERVICE_NAMESPACE',
  },
  output: { ...flag('output', outputFormat, 'text', 'how to say what happened'), short: 'o' },
  address: optional('address', ipAddress, 'the address to move to; without it any other one'),
  timeoutMs: flag('timeout', TIMEOUT, '30s', 'how long to wait for the controller'),
};

export const PLAYGROUND_FLAGS: FlagTable<PlaygroundFlags> = {
  once: flag('once', yesOrNo, 'false', 'tell the whole story once, print what was measured, and end'),
  shell: flag('shell', yesOrNo, 'false', 'a shell on the client, with KUBECONFIG set; all ends with it'),
  kubernetes: flag(
    'kubernetes',
    yesOrNo,
    'false',
    'a real control plane, built once with Go, instead of the embedded API server',
  ),
  nodes: flag('nodes', wholeNumber(NODE_COUNT), '3', 'how many nodes'),
  forwarding: optional(
    'forwarding',
    forwardingMode,
    'who takes packets to the pods: kube-proxy, or nftables for Cairn itself; without it kube-proxy where its program is at hand, else Cairn',
  ),
};

/** The environment variable of a flag. */
export const variableOf = (flag: Flag<unknown>): string =>
  flag.variable ?? `CAIRN_${flag.name.toUpperCase().replaceAll('-', '_')}`;

export type Texts = Readonly<Record<string, string | undefined>>;

/** Every value, or a sentence for each that is not what its flag wants. `given` is by name. */
export function readFlags<F>(table: FlagTable<F>, given: Texts, env: Texts): Result<F, readonly string[]> {
  const problems: string[] = [];
  const values = Object.entries<Flag<unknown>>(table).map(([field, flag]) => {
    const variable = variableOf(flag);
    const fromEnv = env[variable] || undefined;
    const text = given[flag.name] ?? fromEnv ?? flag.fallback;
    if (text === undefined) return [field, undefined];
    const value = flag.parse(text);
    if (value === undefined) {
      const source = given[flag.name] !== undefined ? '' : fromEnv !== undefined ? ` from ${variable}` : ' by default';
      problems.push(`--${flag.name}: want ${flag.form.want}, got ${JSON.stringify(text)}${source}`);
    }
    return [field, value];
  });
  return problems.length > 0 ? err(problems) : ok(Object.fromEntries(values) as F);
}
