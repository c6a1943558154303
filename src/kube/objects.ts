/**
 * The API's JSON, read into the strict shapes of `values/objects.ts`.
 *
 * Readers never throw: what is missing, or of a type it should not have, gets the API's default or the empty value, so
 * that one odd object of somebody else's never stops a daemon. What nobody asks about (`metadata.managedFields` above all,
 * half of a Service's bytes, and other programs' annotations) is dropped, which keeps a cache of 10,000 Services small.
 *
 * Source: the API reference of Kubernetes 1.36 (core/v1, discovery.k8s.io/v1).
 * @module
 */
import type { Family } from '../values/address.js';
import { ANNOTATION_PREFIXES } from '../values/annotations.js';
import { type NodeName, parseNodeName, serviceKey } from '../values/names.js';
import type {
  Condition,
  ConfigMap,
  Endpoint,
  EndpointPort,
  EndpointSlice,
  Ingress,
  Meta,
  Namespace,
  Node,
  Pod,
  Protocol,
  Service,
  ServicePort,
  Taint,
} from '../values/objects.js';
import { list, number, oneOf, record, text, texts } from './json.js';

/** A kind of object: where the API keeps it and how its JSON is read. */
export interface Resource<T> {
  /** Plural, lower case, as in the path. */
  readonly plural: string;
  /** Path of the collection; of all namespaces where none is given. */
  path(namespace?: string): string;
  read(raw: unknown): T;
}

function resource<T>(group: string, plural: string, read: (raw: unknown) => T): Resource<T> {
  return {
    plural,
    path: (namespace) =>
      namespace === undefined ? `${group}/${plural}` : `${group}/namespaces/${namespace}/${plural}`,
    read,
  };
}

export const SERVICES = resource('/api/v1', 'services', readService);
export const NODES = resource('/api/v1', 'nodes', readNode);
export const NAMESPACES = resource('/api/v1', 'namespaces', readNamespace);
export const CONFIG_MAPS = resource('/api/v1', 'configmaps', readConfigMap);
export const PODS = resource('/api/v1', 'pods', readPod);
export const ENDPOINT_SLICES = resource('/apis/discovery.k8s.io/v1', 'endpointslices', readEndpointSlice);

/** Set by the endpoint-slice controller on each slice of a Service. */
const SERVICE_NAME_LABEL = 'kubernetes.io/service-name';

export function readMeta(raw: unknown): Meta {
  const meta = record(record(raw)['metadata']);
  return {
    namespace: text(meta['namespace']),
    name: text(meta['name']),
    uid: text(meta['uid']),
    resourceVersion: text(meta['resourceVersion']),
    createdAt: text(meta['creationTimestamp']),
    deleting: meta['deletionTimestamp'] != null,
    labels: texts(meta['labels']),
    annotations: texts(meta['annotations'], isReadHere),
  };
}

export function readService(raw: unknown): Service {
  const meta = readMeta(raw);
  const spec = record(record(raw)['spec']);
  const status = record(record(raw)['status']);
  return {
    key: serviceKey(meta.namespace, meta.name),
    meta,
    generation: number(record(record(raw)['metadata'])['generation']),
    type: oneOf(spec['type'], ['ClusterIP', 'NodePort', 'LoadBalancer', 'ExternalName']),
    loadBalancerClass: typeof spec['loadBalancerClass'] === 'string' ? spec['loadBalancerClass'] : undefined,
    loadBalancerIP: text(spec['loadBalancerIP']),
    ipFamilies: list(spec['ipFamilies']).filter((family): family is Family => family === 'IPv4' || family === 'IPv6'),
    ipFamilyPolicy: oneOf(spec['ipFamilyPolicy'], ['SingleStack', 'PreferDualStack', 'RequireDualStack']),
    externalTrafficPolicy: oneOf(spec['externalTrafficPolicy'], ['Cluster', 'Local']),
    sessionAffinity: oneOf(spec['sessionAffinity'], ['None', 'ClientIP']),
    loadBalancerSourceRanges: list(spec['loadBalancerSourceRanges']).map(text),
    ports: list(spec['ports']).map(readPort),
    selector: texts(spec['selector']),
    ingress: list(record(status['loadBalancer'])['ingress']).map(readIngress),
    conditions: list(status['conditions']).map(readCondition),
  };
}

function readPort(raw: unknown): ServicePort {
  const port = record(raw);
  return {
    name: text(port['name']),
    protocol: oneOf<Protocol>(port['protocol'], ['TCP', 'UDP', 'SCTP']),
    port: number(port['port']),
    nodePort: number(port['nodePort']),
  };
}

function readIngress(raw: unknown): Ingress {
  const ingress = record(raw);
  return { ip: text(ingress['ip']), hostname: text(ingress['hostname']), ipMode: text(ingress['ipMode']) };
}

function readCondition(raw: unknown): Condition {
  const condition = record(raw);
  return {
    type: text(condition['type']),
    status: readStatus(condition['status']),
    reason: text(condition['reason']),
    message: text(condition['message']),
    observedGeneration: number(condition['observedGeneration']),
    lastTransitionTime: text(condition['lastTransitionTime']),
  };
}

export function readNode(raw: unknown): Node {
  const meta = readMeta(raw);
  const spec = record(record(raw)['spec']);
  const status = record(record(raw)['status']);
  return {
    // The API server accepts no Node whose name is not a DNS subdomain.
    name: meta.name as NodeName,
    meta,
    unschedulable: spec['unschedulable'] === true,
    taints: list(spec['taints']).map(readTaint),
    conditions: Object.fromEntries(
      list(status['conditions']).map((condition) => [
        text(record(condition)['type']),
        readStatus(record(condition)['status']),
      ]),
    ),
    addresses: list(status['addresses'])
      .map(record)
      .filter(({ type }) => type === 'InternalIP' || type === 'ExternalIP')
      .map(({ address }) => text(address)),
    podCIDRs: list(spec['podCIDRs']).map(text),
  };
}

function readTaint(raw: unknown): Taint {
  const taint = record(raw);
  return {
    key: text(taint['key']),
    value: text(taint['value']),
    effect: oneOf(taint['effect'], ['NoSchedule', 'PreferNoSchedule', 'NoExecute']),
  };
}

export function readPod(raw: unknown): Pod {
  const containers = list(record(record(raw)['status'])['containerStatuses']);
  return {
    meta: readMeta(raw),
    node: parseNodeName(text(record(record(raw)['spec'])['nodeName'])),
    isRunning: containers.some((container) => record(record(container)['state'])['running'] != null),
  };
}

export function readEndpointSlice(raw: unknown): EndpointSlice {
  const meta = readMeta(raw);
  const service = meta.labels[SERVICE_NAME_LABEL];
  return {
    meta,
    service: service === undefined || service === '' ? undefined : serviceKey(meta.namespace, service),
    addressType: oneOf(record(raw)['addressType'], ['IPv4', 'IPv6', 'FQDN']),
    ports: list(record(raw)['ports']).map(readEndpointPort),
    endpoints: list(record(raw)['endpoints']).map(readEndpoint),
  };
}

function readEndpointPort(raw: unknown): EndpointPort {
  const port = record(raw);
  return {
    name: text(port['name']),
    protocol: oneOf<Protocol>(port['protocol'], ['TCP', 'UDP', 'SCTP']),
    port: number(port['port']),
  };
}

/** Absent conditions are "unknown", which the API asks to take as ready and serving. */
function readEndpoint(raw: unknown): Endpoint {
  const endpoint = record(raw);
  const conditions = record(endpoint['conditions']);
  const ready = conditions['ready'] !== false;
  return {
    addresses: list(endpoint['addresses']).map(text),
    nodeName: parseNodeName(text(endpoint['nodeName'])),
    ready,
    serving: typeof conditions['serving'] === 'boolean' ? conditions['serving'] : ready,
    terminating: conditions['terminating'] === true,
  };
}

export function readNamespace(raw: unknown): Namespace {
  return { meta: readMeta(raw) };
}

export function readConfigMap(raw: unknown): ConfigMap {
  return { meta: readMeta(raw), data: texts(record(raw)['data']) };
}

/** Wishes and marks. Other annotations are often the largest part of an object, such as the manifest that kubectl keeps. */
const isReadHere = (annotation: string): boolean => ANNOTATION_PREFIXES.some((prefix) => annotation.startsWith(prefix));

const readStatus = (raw: unknown) => oneOf(raw, ['Unknown', 'True', 'False']);
