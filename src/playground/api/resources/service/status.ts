/**
 * What is wrong with the status of a Service.
 *
 * Source: `k8s.io/kubernetes` pkg/apis/core/validation, ValidateLoadBalancerStatus.
 * @module
 */
import type { ApiObject, JsonObject } from '../../object.js';
import type { Cause } from '../../status.js';
import { parseLoosely, validateAddress } from '../addresses.js';
import { forbidden, invalid, invalidEach, notSupported, required } from '../causes.js';
import { dnsSubdomain } from '../formats.js';
import { isLoadBalancer } from './type.js';

const FIELD = 'status.loadBalancer.ingress';
const MODES = ['Proxy', 'VIP'];

const ingressOf = (service: ApiObject): readonly JsonObject[] => service['status']?.loadBalancer?.ingress ?? [];

export function validateServiceStatus(service: ApiObject, old: ApiObject): readonly Cause[] {
  const ingress = ingressOf(service);
  if (!isLoadBalancer(service)) {
    return ingress.length > 0 ? [forbidden(FIELD, "may only be used when `spec.type` is 'LoadBalancer'")] : [];
  }
  const known = ingressOf(old).map((entry): string => entry['ip'] ?? '');
  return ingress.flatMap((entry, at) => validateIngress(`${FIELD}[${at}]`, entry, known));
}

function validateIngress(
  field: string,
  { ip, ipMode, hostname }: JsonObject,
  known: readonly string[],
): readonly Cause[] {
  return [
    ...(ip ? validateAddress(`${field}.ip`, ip, known) : []),
    ...validateMode(`${field}.ipMode`, Boolean(ip), ipMode),
    ...(hostname ? invalidEach(`${field}.hostname`, hostname, dnsSubdomain(hostname)) : []),
    ...(hostname && parseLoosely(hostname) !== undefined
      ? [invalid(`${field}.hostname`, hostname, 'must be a DNS name, not an IP address')]
      : []),
  ];
}

function validateMode(field: string, hasIp: boolean, mode: string | null | undefined): readonly Cause[] {
  if (mode == null) return hasIp ? [required(field, 'must be specified when `ip` is set')] : [];
  if (!hasIp) return [forbidden(field, 'may not be specified when `ip` is not set')];
  return MODES.includes(mode) ? [] : [notSupported(field, mode, MODES)];
}
