/**
 * What is wrong with the containers of a pod.
 *
 * Far from all that upstream looks at: enough that a slip is refused as it would be there. Quantities are not compared.
 *
 * Source: `k8s.io/kubernetes` pkg/apis/core/validation, validateContainers.
 * @module
 */
import type { JsonObject } from '../../object.js';
import type { Cause } from '../../status.js';
import { duplicate, forbidden, invalid, invalidEach, notFound, notSupported, required } from '../causes.js';
import { dnsLabel, environmentName, portName, portNumber, portNumberOrName } from '../formats.js';
import { PROTOCOLS } from '../service/ports.js';

const PULL_POLICIES = ['Always', 'IfNotPresent', 'Never'];
const MESSAGE_POLICIES = ['File', 'FallbackToLogsOnError'];
const PROBES = ['livenessProbe', 'readinessProbe', 'startupProbe'];
const HANDLERS = ['exec', 'httpGet', 'tcpSocket', 'grpc'];
const SOURCES = ['fieldRef', 'resourceFieldRef', 'configMapKeyRef', 'secretKeyRef', 'fileKeyRef'];
const PROBE_NUMBERS = [
  'initialDelaySeconds',
  'timeoutSeconds',
  'periodSeconds',
  'successThreshold',
  'failureThreshold',
];

export function validateContainers(
  field: string,
  containers: readonly JsonObject[],
  volumes: ReadonlySet<string>,
): readonly Cause[] {
  if (containers.length === 0) return [required(field)];
  const names = containers.map(({ name }): string => name ?? '');
  return [
    ...containers.flatMap((container, at) => [
      ...validateContainer(`${field}[${at}]`, container, volumes),
      ...(names.indexOf(names[at] ?? '') < at ? [duplicate(`${field}[${at}].name`, names[at])] : []),
      ...PROBES.flatMap((name) => validateProbe(`${field}[${at}].${name}`, container[name])),
    ]),
    ...validateHostPorts(field, containers),
  ];
}

/** They end before the others begin, unless they are restarted for ever; `taken` are the names of the others. */
export function validateInitContainers(
  field: string,
  containers: readonly JsonObject[],
  taken: readonly string[],
  volumes: ReadonlySet<string>,
): readonly Cause[] {
  const names = containers.map(({ name }): string => name ?? '');
  return containers.flatMap((container, at) => {
    const each = `${field}[${at}]`;
    const name = names[at] ?? '';
    const isSidecar = container['restartPolicy'] === 'Always';
    return [
      ...validateContainer(each, container, volumes),
      ...(name !== '' && (taken.includes(name) || names.indexOf(name) < at) ? [duplicate(`${each}.name`, name)] : []),
      ...['lifecycle', ...PROBES]
        .filter((part) => container[part] != null && !isSidecar)
        .map((part) => forbidden(`${each}.${part}`, 'may not be set for init containers without restartPolicy=Always')),
    ];
  });
}

function validateContainer(field: string, container: JsonObject, volumes: ReadonlySet<string>): readonly Cause[] {
  const { name = '', image = '', terminationMessagePolicy, imagePullPolicy = '' } = container;
  return [
    ...(name === '' ? [required(`${field}.name`)] : invalidEach(`${field}.name`, name, dnsLabel(name))),
    ...(image === '' ? [required(`${field}.image`)] : []),
    ...(MESSAGE_POLICIES.includes(terminationMessagePolicy)
      ? []
      : [notSupported(`${field}.terminationMessagePolicy`, terminationMessagePolicy, MESSAGE_POLICIES)]),
    ...validatePorts(`${field}.ports`, container['ports'] ?? []),
    ...((container['env'] ?? []) as readonly JsonObject[]).flatMap((each, at) =>
      validateEnv(`${field}.env[${at}]`, each),
    ),
    ...validateMounts(`${field}.volumeMounts`, container['volumeMounts'] ?? [], volumes),
    ...(imagePullPolicy === ''
      ? [required(`${field}.imagePullPolicy`)]
      : PULL_POLICIES.includes(imagePullPolicy)
        ? []
        : [notSupported(`${field}.imagePullPolicy`, imagePullPolicy, PULL_POLICIES)]),
  ];
}

function validatePorts(field: string, ports: readonly JsonObject[]): readonly Cause[] {
  const names = ports.map(({ name }): string => name ?? '');
  return ports.flatMap(({ containerPort = 0, hostPort = 0, protocol }, at) => {
    const each = `${field}[${at}]`;
    const name = names[at] ?? '';
    const malformed = name === '' ? [] : portName(name);
    return [
      ...invalidEach(`${each}.name`, name, malformed),
      ...(name !== '' && malformed.length === 0 && names.indexOf(name) < at ? [duplicate(`${each}.name`, name)] : []),
      ...(containerPort === 0
        ? [required(`${each}.containerPort`)]
        : invalidEach(`${each}.containerPort`, containerPort, portNumber(containerPort))),
      ...(hostPort === 0 ? [] : invalidEach(`${each}.hostPort`, hostPort, portNumber(hostPort))),
      ...(PROTOCOLS.includes(protocol) ? [] : [notSupported(`${each}.protocol`, protocol, PROTOCOLS)]),
    ];
  });
}

function validateHostPorts(field: string, containers: readonly JsonObject[]): readonly Cause[] {
  const seen = new Set<string>();
  return containers.flatMap(({ ports = [] }, at) =>
    (ports as readonly JsonObject[]).flatMap(({ hostPort, hostIP = '', protocol }, portAt) => {
      const key = `${protocol}/${hostIP}/${hostPort}`;
      const isTaken = Boolean(hostPort) && seen.has(key);
      seen.add(key);
      return isTaken ? [duplicate(`${field}[${at}].ports[${portAt}].hostPort`, key)] : [];
    }),
  );
}

function validateEnv(field: string, { name = '', value = '', valueFrom }: JsonObject): readonly Cause[] {
  const sources = SOURCES.filter((source) => valueFrom?.[source] != null);
  const from = `${field}.valueFrom`;
  const list = SOURCES.slice(0, -1).map((source) => `\`${source}\``);
  return [
    ...(name === '' ? [required(`${field}.name`)] : invalidEach(`${field}.name`, name, environmentName(name))),
    ...(valueFrom != null && sources.length === 0
      ? [invalid(from, '', `must specify one of: ${list.join(', ')} or \`fileKeyRef\``)]
      : []),
    ...(sources.length > 0 && value !== ''
      ? [invalid(from, '', 'may not be specified when `value` is not empty')]
      : sources.length > 1
        ? [invalid(from, '', 'may not have more than one field specified at a time')]
        : []),
  ];
}

function validateMounts(field: string, mounts: readonly JsonObject[], volumes: ReadonlySet<string>): readonly Cause[] {
  const paths = mounts.map(({ mountPath }): string => mountPath ?? '');
  return mounts.flatMap(({ name = '' }, at) => {
    const path = paths[at] ?? '';
    return [
      ...(name === '' ? [required(`${field}[${at}].name`)] : []),
      ...(volumes.has(name) ? [] : [notFound(`${field}[${at}].name`, name)]),
      ...(path === '' ? [required(`${field}[${at}].mountPath`)] : []),
      ...(paths.indexOf(path) < at ? [invalid(`${field}[${at}].mountPath`, path, 'must be unique')] : []),
    ];
  });
}

function validateProbe(field: string, probe: JsonObject | undefined): readonly Cause[] {
  if (probe == null) return [];
  const [first, ...others] = HANDLERS.filter((handler) => probe[handler] != null);
  const port = first === 'httpGet' || first === 'tcpSocket' ? probe[first].port : undefined;
  return [
    ...(first === undefined ? [required(field, 'must specify a handler type')] : []),
    ...(first === 'exec' && (probe['exec'].command ?? []).length === 0 ? [required(`${field}.exec.command`)] : []),
    ...(port === undefined ? [] : invalidEach(`${field}.${first}.port`, port, portNumberOrName(port))),
    ...others.map((other) => forbidden(`${field}.${other}`, 'may not specify more than 1 handler type')),
    ...PROBE_NUMBERS.filter((key) => probe[key] < 0).map((key) =>
      invalid(`${field}.${key}`, probe[key], 'must be greater than or equal to 0'),
    ),
  ];
}
