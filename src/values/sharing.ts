/**
 * Which Services may hold one address together.
 *
 * Pure. Two may if they have the same sharing key, no (protocol, port) in common, and one set of backends: kube-proxy
 * tells them apart by port, and the node that answers for the address must be right for both. The allocator gives by this
 * rule and the speaker announces by it, so it is here, below both.
 *
 * The terms under which a Service was let share are written into an annotation. Whoever differs from its terms has changed
 * since, and so it is known, also after a restart, which of two that no longer fit has to go and which did nothing.
 *
 * Source: docs/design.md §6, rule 7.
 * @module
 */
import { createHash } from 'node:crypto';
import { annotationOf } from './annotations.js';
import type { Protocol, Service } from './objects.js';
import { SHARED_AS_ANNOTATION, servedBy } from './service-marks.js';

/** What of a Service decides with whom it may share. */
export interface SharingTerms {
  /** What the annotation `allow-shared-ip` says, or the hash of that; undefined: it shares with nobody. */
  readonly key: string | undefined;
  /** Equal for Services whose traffic the same nodes may take; undefined: for no other Service. */
  readonly backends: string | undefined;
  /** `TCP/80`, sorted. */
  readonly ports: readonly string[];
}

/** A Service that shares an address. */
export interface Tenant {
  /** The terms under which it was let share. */
  readonly granted: SharingTerms;
  /** Its terms as it is now. */
  readonly current: SharingTerms;
}

/** Why two Services cannot hold one address. */
export type SharingObstacle =
  /** The keys differ, or one of the two has none. */
  | { readonly kind: 'key'; readonly want: string | undefined }
  | { readonly kind: 'port'; readonly protocol: Protocol; readonly port: number }
  | { readonly kind: 'backends' };

const CLUSTER = 'Cluster';
/**
 * Characters of a key or a selector. Those of a Service that shares are written once more into an annotation of ours, and the API
 * server takes 256 KiB of annotations: a longer text counts by its SHA-256.
 */
const LONGEST_TEXT = 256;
/** Of a Service that shares with nobody. */
export const ALONE: SharingTerms = { key: undefined, backends: undefined, ports: [] };

export function sharingTermsOf(service: Service): SharingTerms {
  const key = annotationOf(service, 'allow-shared-ip')?.text;
  // Nearly every Service: nothing else of it is asked for.
  if (key === undefined) return ALONE;
  const ports = service.ports.map(({ protocol, port }) => `${protocol}/${port}`).sort();
  return { key: shortened(key), backends: backendsOf(service), ports };
}

const shortened = (text: string): string =>
  text.length <= LONGEST_TEXT ? text : `sha256:${createHash('sha256').update(text).digest('hex')}`;

/** With policy Local only nodes with an endpoint may answer, so the endpoints have to be the same: those of one selector. */
function backendsOf({ externalTrafficPolicy, selector, meta }: Service): string | undefined {
  if (externalTrafficPolicy === 'Cluster') return CLUSTER;
  const labels = Object.entries(selector).map(([key, value]) => `${key}=${value}`);
  return labels.length === 0 ? undefined : `Local ${meta.namespace} ${shortened(labels.sort().join(','))}`;
}

/** Undefined: the two may share. */
export function sharingObstacle(one: SharingTerms, other: SharingTerms): SharingObstacle | undefined {
  if (one.key === undefined || one.key !== other.key) return { kind: 'key', want: one.key };
  return portObstacle(one, other) ?? (haveSameBackends(one, other) ? undefined : { kind: 'backends' });
}

const haveSameBackends = (one: SharingTerms, other: SharingTerms): boolean =>
  one.backends !== undefined && one.backends === other.backends;

function portObstacle(one: SharingTerms, other: SharingTerms): SharingObstacle | undefined {
  const common = one.ports.find((port) => other.ports.includes(port));
  if (common === undefined) return undefined;
  const [protocol, port] = common.split('/');
  return { kind: 'port', protocol: protocol as Protocol, port: Number(port) };
}

export const areSameTerms = (one: SharingTerms, other: SharingTerms): boolean =>
  one === other || writeSharingTerms(one) === writeSharingTerms(other);

/** Text for the annotation; undefined for a Service that shares with nobody. The same text for the same terms. */
export function writeSharingTerms({ key, backends, ports }: SharingTerms): string | undefined {
  return key === undefined ? undefined : JSON.stringify({ key, backends, ports });
}

/** Under which terms a Service was let share, by what we wrote; as it is now where we wrote nothing. */
export function grantedTermsOf(service: Service, current = sharingTermsOf(service)): SharingTerms {
  return recordedTermsOf(service) ?? current;
}

/** No annotation beside an address of ours says that it was let share with nobody: a key that it has came later. */
function recordedTermsOf(service: Service): SharingTerms | undefined {
  const text = service.meta.annotations[SHARED_AS_ANNOTATION];
  if (text !== undefined) return readTerms(text);
  return (servedBy(service)?.addresses.length ?? 0) > 0 ? ALONE : undefined;
}

function readTerms(text: string): SharingTerms | undefined {
  try {
    const { key, backends, ports } = JSON.parse(text) as Record<string, unknown>;
    if (typeof key !== 'string' || !Array.isArray(ports)) return undefined;
    const texts = ports.filter((port) => typeof port === 'string');
    return { key, backends: typeof backends === 'string' ? backends : undefined, ports: texts };
  } catch {
    return undefined;
  }
}

/**
 * Whether two Services whose statuses have one address hold it together, or one of them only by accident. Wider than the
 * rule for giving: another provider may have let them share across policies, and nobody is to lose an address over that.
 */
export function holdTogether(one: Service, other: Service): boolean {
  return (
    areTogether(grantedTermsOf(one), grantedTermsOf(other)) || areTogether(sharingTermsOf(one), sharingTermsOf(other))
  );
}

/**
 * Whether two that held one address together, of which one has lost it since, may do so again: as both are now, and as both
 * were let share last. As wide as {@link holdTogether} in what another provider may have let them share.
 */
export function holdTogetherAgain(one: Service, other: Service): boolean {
  const termsOf = (service: Service) => [sharingTermsOf(service), grantedTermsOf(service)];
  return termsOf(one).every((terms) => termsOf(other).every((others) => areTogether(terms, others)));
}

/**
 * What keeps `one` from sharing an address with `other` any longer; undefined where the two fit, and where `one` is not who
 * has to go. Whoever was edited so that it fits no more beside what the other was let share as goes; of two such the younger.
 */
export function whyToGo(one: Tenant, other: Tenant, isYounger: boolean): SharingObstacle | undefined {
  const obstacle = sharingObstacle(one.current, other.current);
  if (obstacle === undefined) return undefined;
  const breaks = hasBroken(one, other);
  if (breaks !== hasBroken(other, one)) return breaks ? obstacle : undefined;
  // Let share by another provider's rule, and untouched since: nobody is to go. Else both were edited.
  return (breaks || (hasChanged(one) && hasChanged(other))) && isYounger ? obstacle : undefined;
}

/** It was edited since it was let share. */
export const hasChanged = ({ granted, current }: Tenant): boolean => !areSameTerms(granted, current);

const hasBroken = (one: Tenant, other: Tenant): boolean =>
  hasChanged(one) && sharingObstacle(one.current, other.granted) !== undefined;

/** One key and no port in common. */
export const areTogether = (one: SharingTerms, other: SharingTerms): boolean =>
  one.key !== undefined && one.key === other.key && portObstacle(one, other) === undefined;
