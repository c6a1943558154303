/**
 * Whether kube-proxy has to leave a node's own address alone (`ipMode: Proxy`) for the sake of that node's own programs.
 *
 * kube-proxy's rules come before any program of the node: a Service at the node's address with port 22 would take its SSH.
 * So the address is the node's alone until its speaker has looked, and while a program there has a port of the Service. A
 * Service that has the address already loses it for a taken port alone: a speaker that is away takes nothing.
 *
 * Source: docs/design.md §4.
 * @module
 */
import { takenOf } from '../speaker/announced.js';
import type { SpeakerReports } from '../speaker/reports.js';
import { type Address, parseAddress } from '../values/address.js';
import type { Service } from '../values/objects.js';

export interface NodeAddressFacts {
  readonly reports: SpeakerReports;
  isNodeAddress(address: Address): boolean;
}

export function isLeftToNode({ ports, ingress }: Service, address: Address, facts: NodeAddressFacts): boolean {
  const itself = facts.reports.mentionsOf(address).find(({ own }) => own);
  if (itself !== undefined) return takenOf(itself, ports).length > 0;
  const hasIt = ingress.some(({ ip, ipMode }) => ipMode === 'VIP' && parseAddress(ip) === address);
  return !hasIt && facts.isNodeAddress(address);
}
