/**
 * ServiceCIDRs of networking.k8s.io, as data: kube-proxy watches them, and this server's own ranges are fixed when it starts.
 * @module
 */
import type { ApiObject } from '../object.js';
import type { Resource } from '../resource.js';
import type { Cause } from '../status.js';
import { validateCanonicalBlock } from './addresses.js';
import { invalid, required } from './causes.js';
import { AGE, NAME, text } from './columns.js';

const FIELD = 'spec.cidrs';
const cidrsOf = (object: ApiObject): readonly string[] => object['spec']?.cidrs ?? [];

export const serviceCidrs: Resource = {
  group: 'networking.k8s.io',
  version: 'v1',
  kind: 'ServiceCIDR',
  plural: 'servicecidrs',
  singular: 'servicecidr',
  shortNames: [],
  categories: [],
  namespaced: false,
  subresources: ['status'],
  counted: false,
  names: 'dns-subdomain',
  strategy: {
    setDefaults(object) {
      object['spec'] ??= {};
      object['status'] ??= {};
    },
    prepare(object, old) {
      object['status'] = old === undefined ? {} : old['status'];
    },
    validate: (object, old) => (old === undefined ? validateCidrs(cidrsOf(object)) : validateCidrChange(object, old)),
    prepareStatus(object, old) {
      object['spec'] = old['spec'];
    },
  },
  columns: [NAME, text('CIDRs', 'Where addresses of Services come from.', (object) => cidrsOf(object).join(',')), AGE],
};

function validateCidrs(cidrs: readonly string[]): readonly Cause[] {
  if (cidrs.length === 0) return [required(FIELD, 'at least one CIDR required')];
  if (cidrs.length > 2) return [invalid(FIELD, { CIDRs: cidrs }, 'may only hold up to 2 values')];
  const [first, second] = cidrs.map((cidr) => cidr.includes(':'));
  const rule = 'may specify no more than one IP for each IP family, i.e 192.168.0.0/24 and 2001:db8::/64';
  return [
    ...cidrs.flatMap((cidr, at) => validateCanonicalBlock(`${FIELD}[${at}]`, cidr)),
    ...(cidrs.length === 2 && first === second ? [invalid(FIELD, cidrs, rule)] : []),
  ];
}

/** A second family may come; nothing else may change. */
function validateCidrChange(object: ApiObject, old: ApiObject): readonly Cause[] {
  const [now, before] = [cidrsOf(object), cidrsOf(old)];
  const fixed = 'field is immutable';
  const grows = before.length === 1 && now.length === 2;
  if (now.length !== before.length && !grows) return [invalid(FIELD, now, fixed)];
  return [
    ...before.flatMap((cidr, at) => (cidr === now[at] ? [] : [invalid(`${FIELD}[${at}]`, now[at], fixed)])),
    ...(grows ? validateCidrs(now) : []),
  ];
}
