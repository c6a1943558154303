/**
 * What is allowed in a Service and yet worth a word to whoever wrote it.
 *
 * Source: `k8s.io/kubernetes` pkg/api/service warnings.go and `k8s.io/apimachinery` pkg/util/validation ip.go.
 * @module
 */
import { formatAddress, parseAddress } from '../../../../values/address.js';
import type { ApiObject } from '../../object.js';
import { parseBlock, parseLoosely } from '../addresses.js';
import { clusterIpsOf } from './type.js';

export function serviceWarnings(service: ApiObject): readonly string[] {
  const { spec } = service;
  const headless = spec.type === 'ClusterIP' && spec.clusterIP === 'None';
  const externalIps: readonly string[] = spec.externalIPs ?? [];
  const isNamed = spec.type === 'ExternalName';
  const unless = (condition: unknown, warning: string) => (condition ? [warning] : []);
  return [
    ...(spec.clusterIP && spec.clusterIP !== 'None'
      ? clusterIpsOf(service).flatMap((ip, at) => addressWarnings(`spec.clusterIPs[${at}]`, ip))
      : []),
    ...unless(headless && spec.loadBalancerIP, 'spec.loadBalancerIP is ignored for headless services'),
    ...unless(headless && externalIps.length > 0, 'spec.externalIPs is ignored for headless services'),
    ...unless(headless && spec.sessionAffinity !== 'None', 'spec.SessionAffinity is ignored for headless services'),
    ...externalIps.flatMap((ip, at) => addressWarnings(`spec.externalIPs[${at}]`, ip)),
    ...unless(
      externalIps.length > 0 && !headless && !isNamed,
      'spec.externalIPs is deprecated and may no longer be implemented in some clusters',
    ),
    ...(spec.loadBalancerIP ? addressWarnings('spec.loadBalancerIP', spec.loadBalancerIP) : []),
    ...((spec.loadBalancerSourceRanges ?? []) as readonly string[]).flatMap((range, at) =>
      blockWarnings(`spec.loadBalancerSourceRanges[${at}]`, range),
    ),
    ...unless(isNamed && externalIps.length > 0, 'spec.externalIPs is ignored when spec.type is "ExternalName"'),
    ...unless(!isNamed && spec.externalName, 'spec.externalName is ignored when spec.type is not "ExternalName"'),
    ...unless(
      spec.trafficDistribution === 'PreferClose',
      'spec.trafficDistribution: "PreferClose" is deprecated; use "PreferSameZone"',
    ),
  ];
}

/** Of a status: upstream names the entry, not its field. */
export const serviceStatusWarnings = (service: ApiObject): readonly string[] =>
  ((service['status']?.loadBalancer?.ingress ?? []) as readonly { ip?: string }[]).flatMap(({ ip }, at) =>
    ip ? addressWarnings(`status.loadBalancer.ingress[${at}]`, ip) : [],
  );

function addressWarnings(field: string, text: string): readonly string[] {
  const address = parseLoosely(text);
  if (address === undefined) return [];
  const canonical = formatAddress(address);
  if (canonical === text) return [];
  return parseAddress(text) === undefined || (text.includes(':') && !canonical.includes(':'))
    ? [`${field}: non-standard IP address "${text}" is invalid: use "${canonical}"`]
    : [`${field}: IPv6 address "${text}" should be in RFC 5952 canonical format ("${canonical}")`];
}

function blockWarnings(field: string, text: string): readonly string[] {
  const [head = '', length] = text.split('/');
  const address = parseAddress(head);
  if (address === undefined || parseBlock(text) === undefined || !head.includes(':')) return [];
  const canonical = `${formatAddress(address)}/${length}`;
  return canonical === text
    ? []
    : [`${field}: IPv6 CIDR value "${text}" should be in RFC 5952 canonical format ("${canonical}")`];
}
