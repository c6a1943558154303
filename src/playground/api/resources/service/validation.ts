/**
 * What is wrong with the spec of a Service.
 *
 * Source: `k8s.io/kubernetes` pkg/apis/core/validation, validateService.
 * @module
 */
import type { ApiObject, JsonObject } from '../../object.js';
import type { Cause } from '../../status.js';
import { validateAddress, validateBlock, validateEndpointAddress } from '../addresses.js';
import { duplicate, forbidden, invalid, invalidEach, notSupported, required } from '../causes.js';
import { dnsSubdomain, qualifiedName } from '../formats.js';
import { validateLabels } from '../metadata.js';
import { validateClusterIpChange, validateClusterIps, validateFamilyChange } from './cluster-ips.js';
import { validateServicePorts } from './ports.js';
import { isExternallyAccessible, isHeadless, isLoadBalancer, needsHealthCheck, portsOf } from './type.js';

const TYPES = ['ClusterIP', 'ExternalName', 'LoadBalancer', 'NodePort'];
const POLICIES = ['Cluster', 'Local'];
const DISTRIBUTIONS = ['PreferClose', 'PreferSameZone', 'PreferSameNode'];
const SOURCE_RANGES = 'service.beta.kubernetes.io/load-balancer-source-ranges';
const TOPOLOGY_HINTS = 'service.kubernetes.io/topology-aware-hints';
const TOPOLOGY_MODE = 'service.kubernetes.io/topology-mode';
/** One day. */
const MAX_AFFINITY_SECONDS = 86_400;
const LOAD_BALANCER_ALONE = "may only be used when `type` is 'LoadBalancer'";

export function validateService(service: ApiObject, old: ApiObject | undefined): readonly Cause[] {
  const { spec } = service;
  return [
    ...(old === undefined ? [] : validateServiceChange(service, old)),
    ...validateTopology(service),
    ...(portsOf(service).length === 0 && !isHeadless(service) && spec.type !== 'ExternalName'
      ? [required('spec.ports')]
      : []),
    ...validateByType(service),
    ...validateServicePorts(portsOf(service)),
    ...validateLabels('spec.selector', spec.selector),
    ...validateAffinity(spec),
    ...validateClusterIps(service, old),
    ...validateExternalIps(spec, old),
    ...(TYPES.includes(spec.type) ? [] : [notSupported('spec.type', spec.type, TYPES)]),
    ...validateNodePorts(service),
    ...validateSourceRanges(service, old),
    ...(spec.allocateLoadBalancerNodePorts != null && !isLoadBalancer(service)
      ? [forbidden('spec.allocateLoadBalancerNodePorts', LOAD_BALANCER_ALONE)]
      : []),
    ...validateClass(service),
    ...validateExternalPolicy(service),
    ...validateInternalPolicy(spec),
    ...(spec.trafficDistribution == null || DISTRIBUTIONS.includes(spec.trafficDistribution)
      ? []
      : [notSupported('spec.trafficDistribution', spec.trafficDistribution, DISTRIBUTIONS)]),
  ];
}

function validateServiceChange(service: ApiObject, old: ApiObject): readonly Cause[] {
  const [now, before] = [service['spec'], old['spec']];
  const classChanged =
    isLoadBalancer(service) &&
    isLoadBalancer(old) &&
    (now.loadBalancerClass ?? null) !== (before.loadBalancerClass ?? null);
  const portChanged =
    needsHealthCheck(service) && needsHealthCheck(old) && now.healthCheckNodePort !== before.healthCheckNodePort;
  return [
    ...validateClusterIpChange(service, old),
    ...validateFamilyChange(service, old),
    ...(classChanged ? [invalid('spec.loadBalancerClass', now.loadBalancerClass, 'may not change once set')] : []),
    // Upstream judges the form of the class both here and with the rest.
    ...validateClass(service),
    ...(portChanged ? [forbidden('spec.healthCheckNodePort', 'field is immutable')] : []),
  ];
}

function validateTopology({ metadata: { annotations = {} } }: ApiObject): readonly Cause[] {
  const [hints, mode] = [annotations[TOPOLOGY_HINTS], annotations[TOPOLOGY_MODE]];
  if (hints === undefined || mode === undefined || hints === mode) return [];
  const rule = `must match annotations[${TOPOLOGY_HINTS}] when both are specified`;
  return [invalid(`metadata.annotations[${TOPOLOGY_MODE}]`, mode, rule)];
}

function validateByType(service: ApiObject): readonly Cause[] {
  const { spec } = service;
  switch (spec.type) {
    case 'LoadBalancer':
    case 'NodePort':
      return isHeadless(service)
        ? [invalid('spec.clusterIPs[0]', 'None', `may not be set to 'None' for ${spec.type} services`)]
        : [];
    case 'ExternalName': {
      const rule = 'may not be set for ExternalName services';
      const name = (spec.externalName ?? '').replace(/\.$/, '');
      return [
        ...['clusterIPs', 'ipFamilies']
          .filter((field) => (spec[field] ?? []).length > 0)
          .map((field) => forbidden(`spec.${field}`, rule)),
        ...(spec.ipFamilyPolicy == null ? [] : [forbidden('spec.ipFamilyPolicy', rule)]),
        ...(name === '' ? [required('spec.externalName')] : invalidEach('spec.externalName', name, dnsSubdomain(name))),
      ];
    }
    default:
      return [];
  }
}

function validateAffinity({ sessionAffinity: affinity, sessionAffinityConfig: config }: JsonObject): readonly Cause[] {
  const field = 'spec.sessionAffinityConfig';
  if (affinity !== 'ClientIP' && affinity !== 'None') {
    return [notSupported('spec.sessionAffinity', affinity, ['ClientIP', 'None'])];
  }
  if (affinity === 'None') {
    return config == null ? [] : [forbidden(field, 'must not be set when session affinity is None')];
  }
  const seconds = config?.clientIP?.timeoutSeconds;
  return seconds > 0 && seconds <= MAX_AFFINITY_SECONDS
    ? []
    : [
        invalid(
          `${field}.clientIP.timeoutSeconds`,
          seconds,
          `must be greater than 0 and less than ${MAX_AFFINITY_SECONDS}`,
        ),
      ];
}

function validateExternalIps({ externalIPs = [] }: JsonObject, old: ApiObject | undefined): readonly Cause[] {
  const before: readonly string[] = old?.['spec'].externalIPs ?? [];
  return (externalIPs as readonly string[]).flatMap((ip, at) => {
    const field = `spec.externalIPs[${at}]`;
    const malformed = validateAddress(field, ip, before);
    return malformed.length > 0 ? malformed : validateEndpointAddress(field, ip);
  });
}

/** And that no two ports are one. */
function validateNodePorts(service: ApiObject): readonly Cause[] {
  const ports = portsOf(service);
  const isRepeated = (at: number, ...fields: readonly string[]) =>
    ports.slice(0, at).some((each) => fields.every((field) => each[field] === ports[at]?.[field]));
  const each = (find: (port: JsonObject, at: number) => Cause | false) =>
    ports.map(find).filter((cause): cause is Cause => cause !== false);
  return [
    ...each(
      (port, at) =>
        service['spec'].type === 'ClusterIP' &&
        Boolean(port['nodePort']) &&
        forbidden(`spec.ports[${at}].nodePort`, "may not be used when `type` is 'ClusterIP'"),
    ),
    ...each(
      (port, at) =>
        Boolean(port['nodePort']) &&
        isRepeated(at, 'protocol', 'nodePort') &&
        duplicate(`spec.ports[${at}].nodePort`, port['nodePort']),
    ),
    ...each(
      ({ protocol, port }, at) =>
        // The value as upstream's internal type looks.
        isRepeated(at, 'protocol', 'port') &&
        duplicate(`spec.ports[${at}]`, {
          Name: '',
          Protocol: protocol,
          AppProtocol: null,
          Port: port,
          TargetPort: 0,
          NodePort: 0,
        }),
    ),
  ];
}

function validateSourceRanges(service: ApiObject, old: ApiObject | undefined): readonly Cause[] {
  const ranges: readonly string[] = service['spec'].loadBalancerSourceRanges ?? [];
  if (ranges.length > 0) {
    // Upstream's own capital L.
    const field = 'spec.LoadBalancerSourceRanges';
    const before: readonly string[] = old?.['spec'].loadBalancerSourceRanges ?? [];
    const known = before.map((range) => range.trim());
    return [
      ...(isLoadBalancer(service) ? [] : [forbidden(field, LOAD_BALANCER_ALONE)]),
      ...ranges.flatMap((range, at) => validateBlock(`${field}[${at}]`, range.trim(), known)),
    ];
  }
  const annotation = service.metadata.annotations?.[SOURCE_RANGES];
  if (annotation === undefined) return [];
  const field = `metadata.annotations[${SOURCE_RANGES}]`;
  const isKnown = annotation === old?.metadata.annotations?.[SOURCE_RANGES] || annotation.trim() === '';
  return [
    ...(isLoadBalancer(service) ? [] : [forbidden(field, LOAD_BALANCER_ALONE)]),
    ...(isKnown ? [] : annotation.split(',').flatMap((range) => validateBlock(field, range.trim()))),
  ];
}

function validateClass(service: ApiObject): readonly Cause[] {
  const field = 'spec.loadBalancerClass';
  const { loadBalancerClass } = service['spec'];
  if (loadBalancerClass == null) return [];
  return isLoadBalancer(service)
    ? invalidEach(field, loadBalancerClass, qualifiedName(loadBalancerClass))
    : [forbidden(field, LOAD_BALANCER_ALONE)];
}

function validateExternalPolicy(service: ApiObject): readonly Cause[] {
  const { externalTrafficPolicy: policy, healthCheckNodePort: port } = service['spec'];
  const field = 'spec.externalTrafficPolicy';
  const rule = "may only be set when `type` is 'LoadBalancer' and `externalTrafficPolicy` is 'Local'";
  return [
    ...(isExternallyAccessible(service)
      ? POLICIES.includes(policy)
        ? []
        : [notSupported(field, policy, POLICIES)]
      : policy
        ? [invalid(field, policy, 'may only be set for externally-accessible services')]
        : []),
    ...(!needsHealthCheck(service) && port ? [invalid('spec.healthCheckNodePort', port, rule)] : []),
  ];
}

function validateInternalPolicy({ type, internalTrafficPolicy: policy }: JsonObject): readonly Cause[] {
  const field = 'spec.internalTrafficPolicy';
  if (policy == null) return TYPES.includes(type) && type !== 'ExternalName' ? [required(field)] : [];
  return POLICIES.includes(policy) ? [] : [notSupported(field, policy, POLICIES)];
}
