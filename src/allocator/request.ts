/**
 * What a Service asks for: an address, a pool, a family.
 *
 * Pure. The order: `cairn.dev/loadBalancerIPs`, `metallb.io/loadBalancerIPs`, `metallb.universe.tf/loadBalancerIPs`, then
 * `spec.loadBalancerIP`; the same prefixes for `address-pool`. The first annotation found overrides those after it. An
 * annotation and the field may stand side by side only if they ask for the same: the field is old and often forgotten,
 * so which of two different wishes is meant is for a person to say.
 *
 * Source: docs/design.md §5; `core/v1` ServiceSpec (`loadBalancerIP`, `ipFamilies`, `ipFamilyPolicy`).
 * @module
 */
import { type Address, type Family, familyOf, parseAddress } from '../values/address.js';
import { type PoolName, parsePoolName } from '../values/names.js';
import type { Service } from '../values/objects.js';
import { err, ok, type Result } from '../values/result.js';
import { annotationOf, type Found } from './annotations.js';
import type { Refusal } from './refusal.js';

export interface Request {
  /** The family an address is needed of: the first of `spec.ipFamilies`. */
  readonly family: Family;
  /** Undefined: any address will do. */
  readonly address: Address | undefined;
  /** Undefined: any pool that serves the Service. */
  readonly pool: PoolName | undefined;
}

export function readRequest(service: Service): Result<Request, Refusal> {
  if (service.ipFamilyPolicy === 'RequireDualStack') return err({ kind: 'dual-stack-required' });
  // A Service without families (no cluster IP was given yet) is of the cluster's, which IPv4 is nearly everywhere.
  const families: readonly Family[] = service.ipFamilies.length === 0 ? ['IPv4'] : service.ipFamilies;
  const family = families[0] as Family;
  const named = annotationOf(service, 'address-pool');
  const pool = named === undefined ? undefined : parsePoolName(named.text);

  const wish = readWish(service);
  if (!wish.ok) return wish;
  const stranger = wish.value.find((address) => !families.includes(familyOf(address)));
  if (stranger !== undefined) return err({ kind: 'wrong-family', address: stranger, families });
  return ok({ family, address: wish.value.find((address) => familyOf(address) === family), pool });
}

/** The addresses asked for, at most one of each family. */
function readWish(service: Service): Result<readonly Address[], Refusal> {
  const annotation = annotationOf(service, 'loadBalancerIPs');
  const field = service.loadBalancerIP.trim();
  const wishes: readonly Found[] = [
    ...(annotation === undefined ? [] : [annotation]),
    ...(field === '' ? [] : [{ source: 'spec.loadBalancerIP', text: field }]),
  ];
  const read: (readonly Address[])[] = [];
  for (const wish of wishes) {
    const addresses = readAddresses(wish);
    if (!addresses.ok) return addresses;
    read.push(addresses.value);
  }
  const [first = [], second] = read;
  // The field holds one address, so it agrees with an annotation of two when it is one of them.
  if (second?.some((address) => !first.includes(address))) return err({ kind: 'contradiction', sources: wishes });
  return ok(first);
}

function readAddresses({ source, text }: Found): Result<readonly Address[], Refusal> {
  const addresses: Address[] = [];
  for (const part of text.split(',')) {
    const address = parseAddress(part.trim());
    if (address === undefined) return err({ kind: 'invalid-address', source, text: part.trim() });
    if (addresses.some((other) => familyOf(other) === familyOf(address))) {
      return err({ kind: 'too-many-addresses', source, text });
    }
    addresses.push(address);
  }
  return ok(addresses);
}
