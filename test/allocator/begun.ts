/**
 * An allocator that has begun on what it finds, and what it says then of each Service.
 * @module
 */
import { Allocator } from '../../src/allocator/allocator.js';
import { tellAssigned } from '../../src/allocator/conditions.js';
import type { Freed } from '../../src/allocator/resting.js';
import type { Config } from '../../src/config/config.js';
import { formatAddress } from '../../src/values/address.js';
import { serviceKey } from '../../src/values/names.js';
import type { Service } from '../../src/values/objects.js';
import type { ServiceClass } from '../../src/values/service-class.js';
import { config } from '../support/config.js';

export const NOW_MS = Date.parse('2026-07-01T12:00:00Z');
export const CLASS: ServiceClass = { installation: 'cairn-system', name: 'cairn.dev/lb', isDefault: true };

/** A configuration of layer 2 pools, each by its other keys. */
export const pools = (...each: readonly string[]): Config =>
  config(`address-pools: [${each.map((pool) => `{protocol: layer2, ${pool}}`).join(', ')}]`);

export interface Begun {
  readonly serviceClass?: ServiceClass;
  readonly freed?: readonly Freed[];
}

/** `first` is undefined where there is no configuration yet. */
export function begun(
  first: Config | undefined,
  services: readonly Service[],
  { serviceClass = CLASS, freed = [] }: Begun = {},
): Allocator {
  const allocator = new Allocator({ serviceClass, freed });
  allocator.configure(first, 'there is no ConfigMap', NOW_MS);
  allocator.begin(services, NOW_MS);
  return allocator;
}

/** What a Service holds, with the reason where that is not `Assigned`; or why it waits; or that nothing is to be said of it. */
export function stands(allocator: Allocator, name: string): string {
  const standing = allocator.standing(serviceKey('shop', name));
  const told = tellAssigned(standing);
  if (standing.state !== 'holds') return told?.reason ?? standing.state;
  const ips = standing.held.map((held) => formatAddress(held.address)).join();
  return told?.reason === 'Assigned' ? ips : `${ips} ${told?.reason}`;
}

/** The same of every Service that is named in `want`. */
export const allStand = (allocator: Allocator, want: Readonly<Record<string, string>>) =>
  Object.fromEntries(Object.keys(want).map((name) => [name, stands(allocator, name)]));
