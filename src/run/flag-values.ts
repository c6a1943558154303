/**
 * The forms that values of flags have, as text and read.
 *
 * Pure. A parser gives `undefined` for what it does not take; the flag's own `want` says what that would be.
 * @module
 */
import { isIPv6 } from 'node:net';
import { FORWARDING_MODES, type ForwardingMode } from '../playground/stage/options.js';
import { isReportName } from '../speaker/report.js';
import { type Address, parseAddress } from '../values/address.js';
import { isDnsLabel, isDnsSubdomain, type NodeName, parseNodeName } from '../values/names.js';
import { STATE_CONFIG_MAP } from './state-config-map.js';

/** Where a server listens; port 0 takes any free one. */
export interface HostPort {
  /** A name or an address; an IPv6 address without brackets. */
  readonly host: string;
  readonly port: number;
}

export const LOG_LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

/** A form, in words and as a parser. */
export interface Form<T> {
  /** Finishes the sentence "want …". */
  readonly want: string;
  /** In the help: `--flag <placeholder>`; undefined for a yes or no that may stand without a value. */
  readonly placeholder: string | undefined;
  parse(text: string): T | undefined;
}

export const path: Form<string> = {
  want: 'the path of a file',
  placeholder: 'file',
  parse: (text) => (text === '' ? undefined : text),
};

export const dnsLabel: Form<string> = {
  want: 'a namespace: lower-case letters, digits and "-", at most 63 of them',
  placeholder: 'namespace',
  parse: (text) => (isDnsLabel(text) ? text : undefined),
};

export const contextName: Form<string> = {
  want: 'the name of a context',
  placeholder: 'context',
  parse: (text) => (text === '' ? undefined : text),
};

export const ipAddress: Form<Address> = {
  want: 'an IP address, such as 192.0.2.10',
  placeholder: 'address',
  parse: parseAddress,
};

export const OUTPUT_FORMATS = ['text', 'json'] as const;
export type OutputFormat = (typeof OUTPUT_FORMATS)[number];

export const outputFormat: Form<OutputFormat> = {
  want: OUTPUT_FORMATS.join(' or '),
  placeholder: 'format',
  parse: (text) => OUTPUT_FORMATS.find((format) => format === text),
};

/** Of a ConfigMap that people write. Cairn's own in the same namespace would overwrite what is written there. */
export const configMapName: Form<string> = {
  want: `the name of a ConfigMap (lower-case letters, digits, "-" and ".") that is not Cairn's own ${STATE_CONFIG_MAP} or a speaker's report`,
  placeholder: 'name',
  parse: (text) => (isDnsSubdomain(text) && text !== STATE_CONFIG_MAP && !isReportName(text) ? text : undefined),
};

export const nodeName: Form<NodeName> = {
  want: 'the name of a Node: lower-case letters, digits, "-" and "."',
  placeholder: 'node',
  parse: parseNodeName,
};

/** What the API server accepts in `spec.loadBalancerClass`: a label's key. */
const CLASS_NAME = /^[A-Za-z0-9](?:[-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$/;

export const loadBalancerClass: Form<string> = {
  want: 'a load-balancer class such as cairn.dev/lb',
  placeholder: 'class',
  parse(text) {
    const [first = '', second, ...more] = text.split('/');
    if (more.length > 0) return undefined;
    const isClass = second === undefined ? CLASS_NAME.test(first) : isDnsSubdomain(first) && CLASS_NAME.test(second);
    return isClass ? text : undefined;
  },
};

export const yesOrNo: Form<boolean> = {
  want: 'true or false',
  placeholder: undefined,
  parse: (text) => ({ true: true, false: false })[text],
};

export const logLevel: Form<LogLevel> = {
  want: `one of ${LOG_LEVELS.join(', ')}`,
  placeholder: 'level',
  parse: (text) => LOG_LEVELS.find((level) => level === text),
};

export const forwardingMode: Form<ForwardingMode> = {
  want: FORWARDING_MODES.join(' or '),
  placeholder: 'mode',
  parse: (text) => FORWARDING_MODES.find((mode) => mode === text),
};

export const hostPort: Form<HostPort> = {
  want: 'host:port such as 0.0.0.0:7472 or [::]:7472',
  placeholder: 'host:port',
  parse(text) {
    const [, bracketed, plain, digits] = /^(?:\[([^\]]+)\]|([^:\s[\]]+)):(\d{1,5})$/.exec(text) ?? [];
    const host = bracketed ?? plain;
    const port = Number(digits);
    if (host === undefined || port > 65_535) return undefined;
    return bracketed !== undefined && !isIPv6(bracketed) ? undefined : { host, port };
  },
};

const UNIT_MS = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000 } as const;
const DURATION = /^(?:\d+(?:\.\d+)?(?:ms|s|m|h))+$/;
const DURATION_PART = /(\d+(?:\.\d+)?)(ms|s|m|h)/g;

interface DurationShape {
  readonly minMs: number;
  readonly maxMs: number;
  /** It is a multiple of this. */
  readonly stepMs?: number;
  /** In words, for `want`. */
  readonly as: string;
}

/** Milliseconds, from the form of Go's durations: `100ms`, `5m`, `1h30m`. */
export const duration = ({ minMs, maxMs, stepMs, as }: DurationShape): Form<number> => ({
  want: `a duration ${as}`,
  placeholder: 'duration',
  parse(text) {
    if (!DURATION.test(text)) return undefined;
    let ms = 0;
    for (const [, count, unit] of text.matchAll(DURATION_PART))
      ms += Number(count) * UNIT_MS[unit as keyof typeof UNIT_MS];
    if (stepMs !== undefined && ms % stepMs !== 0) return undefined;
    return ms >= minMs && ms <= maxMs ? ms : undefined;
  },
});

export const wholeNumber = ({ min, max }: { min: number; max: number }): Form<number> => ({
  want: `a whole number from ${min} to ${max}`,
  placeholder: 'number',
  parse: (text) => (/^\d{1,9}$/.test(text) && Number(text) >= min && Number(text) <= max ? Number(text) : undefined),
});
