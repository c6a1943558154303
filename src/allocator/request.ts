/**
 * What a Service asks for: families, addresses, a pool, with whom it would share.
 *
 * Pure. The order: `cairn.dev/loadBalancerIPs`, `metallb.io/loadBalancerIPs`, `metallb.universe.tf/loadBalancerIPs`, then
 * `spec.loadBalancerIP`; the same prefixes for `address-pool` and `allow-shared-ip`. The first annotation found overrides
 * those after it. An annotation and the field may stand side by side only if they ask for the same: the field is old and
 * often forgotten, so which of two different wishes is meant is for a person to say.
 *
 * `cairn.dev/give-up` names addresses that the Service is to leave: it is given others, and keeps these until then.
 *
 * Source: docs/design.md §5; `core/v1` ServiceSpec (`loadBalancerIP`, `ipFamilies`, `ipFamilyPolicy`).
 * @module
 */
import { type Address, type Family, familyOf, parseAddress } from '../values/address.js';
import { annotationOf, type Found, GIVE_UP_ANNOTATION } from '../values/annotations.js';
import { type PoolName, parsePoolName } from '../values/names.js';
import type { Service } from '../values/objects.js';
import { err, ok, type Result } from '../values/result.js';
import type { Refusal } from './refusal.js';

export interface Request {
  /** Families that an address each is needed of, in the order in which the status is to have them. */
  readonly families: readonly Family[];
  /** `RequireDualStack`: all of the families or nothing. Otherwise what there is. */
  readonly needsAll: boolean;
  /** At most one of each family, of `families` alone. None: any address will do. */
  readonly addresses: readonly Address[];
  /** Undefined: any pool that serves the Service. */
  readonly pool: PoolName | undefined;
  /** What it is to leave, and not to be given. */
  readonly avoids: readonly Address[];
  /** What of `give-up` is no address: told, and nothing is kept from the Service for it. */
  readonly unread?: Refusal | undefined;
}

const NO_ADDRESSES: readonly Address[] = [];
const NOTHING_GIVEN_UP: GivenUp = { avoids: NO_ADDRESSES, unread: undefined };
const IPV4_ALONE: readonly Family[] = ['IPv4'];

export function readRequest(service: Service): Result<Request, Refusal> {
  const families = familiesOf(service);
  const named = annotationOf(service, 'address-pool');
  const pool = named === undefined ? undefined : parsePoolName(named.text);

  const wish = readWish(service);
  if (!wish.ok) return wish;
  const stranger = wish.value.find((address) => !families.includes(familyOf(address)));
  if (stranger !== undefined) return err({ kind: 'wrong-family', address: stranger, families });
  const givenUp = readGiveUp(service, wish.value);
  if (!givenUp.ok) return givenUp;
  const needsAll = service.ipFamilyPolicy === 'RequireDualStack';
  return ok({ families, needsAll, addresses: wish.value, pool, ...givenUp.value });
}

/** A Service without families (no cluster IP was given yet) is of the cluster's, which IPv4 is nearly everywhere. */
function familiesOf({ ipFamilies, ipFamilyPolicy }: Service): readonly Family[] {
  const [first = 'IPv4', second] = ipFamilies;
  if (ipFamilyPolicy === 'RequireDualStack') return [first, first === 'IPv4' ? 'IPv6' : 'IPv4'];
  if (ipFamilyPolicy === 'PreferDualStack' && second !== undefined) return [first, second];
  return first === 'IPv4' ? IPV4_ALONE : [first];
}

/** The addresses asked for, at most one of each family. */
function readWish(service: Service): Result<readonly Address[], Refusal> {
  const annotation = annotationOf(service, 'loadBalancerIPs');
  const field = service.loadBalancerIP.trim();
  if (annotation === undefined && field === '') return ok(NO_ADDRESSES);
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

type GivenUp = Pick<Request, 'avoids' | 'unread'>;

/** Any number of them. What it asks for by name it cannot leave. */
function readGiveUp({ meta }: Service, asked: readonly Address[]): Result<GivenUp, Refusal> {
  const text = meta.annotations[GIVE_UP_ANNOTATION]?.trim() ?? '';
  if (text === '') return ok(NOTHING_GIVEN_UP);
  const avoids: Address[] = [];
  let unread: Refusal | undefined;
  for (const part of text.split(',')) {
    const address = parseAddress(part.trim());
    if (address === undefined) {
      unread ??= { kind: 'invalid-address', source: GIVE_UP_ANNOTATION, text, part: part.trim() };
      continue;
    }
    if (asked.includes(address)) return err({ kind: 'given-up', address });
    avoids.push(address);
  }
  return ok({ avoids, unread });
}

function readAddresses({ source, text }: Found): Result<readonly Address[], Refusal> {
  const addresses: Address[] = [];
  for (const part of text.split(',')) {
    const address = parseAddress(part.trim());
    if (address === undefined) return err({ kind: 'invalid-address', source, text, part: part.trim() });
    if (addresses.some((other) => familyOf(other) === familyOf(address))) {
      return err({ kind: 'too-many-addresses', source, text });
    }
    addresses.push(address);
  }
  return ok(addresses);
}
