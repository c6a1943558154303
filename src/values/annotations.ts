/**
 * The annotations of a Service that ask for something.
 *
 * Pure. Here, as allocator and speaker both ask for the sharing key. Cairn's own prefix is read first, then MetalLB's new
 * one, then its old one, so that a cluster taken over from MetalLB keeps its meaning and one annotation of ours overrides it.
 *
 * Source: docs/design.md §5.
 * @module
 */
import type { Service } from './objects.js';

/** The first under which an annotation is found counts: Cairn's, MetalLB's new and its old one. */
export const ANNOTATION_PREFIXES = ['cairn.dev/', 'metallb.io/', 'metallb.universe.tf/'] as const;

export interface Found {
  /** The annotation's full name, for sentences. */
  readonly source: string;
  readonly text: string;
}

export type WishName = 'address-pool' | 'loadBalancerIPs' | 'allow-shared-ip';

/** Addresses that the Service is to leave for any other one; ours alone. */
export const GIVE_UP_ANNOTATION = 'cairn.dev/give-up';

/** The first of those that ask for addresses: whatever the others say, this one counts. */
export const ADDRESSES_ANNOTATION =
  'cairn.dev/loadBalancerIPs' satisfies `${(typeof ANNOTATION_PREFIXES)[0]}${WishName}`;

const namesOf = (name: WishName): readonly string[] => ANNOTATION_PREFIXES.map((prefix) => `${prefix}${name}`);

/** Made once: every Service is asked for each of them whenever it is looked at. */
const NAMES: Readonly<Record<WishName, readonly string[]>> = {
  'address-pool': namesOf('address-pool'),
  loadBalancerIPs: namesOf('loadBalancerIPs'),
  'allow-shared-ip': namesOf('allow-shared-ip'),
};

/** The annotation under the first prefix that has it, without the white space around it; an empty one is none. */
export function annotationOf({ meta: { annotations } }: Service, name: WishName): Found | undefined {
  if (isEmpty(annotations)) return undefined;
  for (const source of NAMES[name]) {
    // A name with a prefix is nobody's method, so that what is found is the annotation.
    const text = annotations[source]?.trim();
    if (text !== undefined && text !== '') return { source, text };
  }
  return undefined;
}

/** As nearly every new Service's are: what names it may have need not be looked up in nothing. */
function isEmpty(annotations: Service['meta']['annotations']): boolean {
  for (const _ in annotations) return false;
  return true;
}
