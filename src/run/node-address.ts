/**
 * Whether kube-proxy has to leave a node's own address alone (`ipMode: Proxy`) for the sake of that node's own programs.
 *
 * kube-proxy's rules come before any program of the node: a Service at the node's address with port 22 would take its SSH.
 * So the address is the node's alone until its speaker has looked, and while a program there has a port of the Service. A
 * Service that has the address already loses it for a taken port alone: a speaker that is away takes nothing.
 *
 * Whose an address is, the Nodes say, so that no speaker speaks for another node's address: `controller-views.ts` passes
 * over what one says of an address that its Node does not have. Where Nodes may not be read, a speaker is believed whose
 * word all others confirm.
 *
 * Source: docs/design.md §4 and §5.
 * @module
 */
import { takenOf } from '../speaker/announced.js';
import type { RefusalReason } from '../speaker/messages.js';
import type { SpeakerReports } from '../speaker/reports.js';
import { type Address, parseAddress } from '../values/address.js';
import type { NodeName } from '../values/names.js';
import type { Service } from '../values/objects.js';

export interface NodeAddressFacts {
  readonly reports: SpeakerReports;
  /** Some node's own; undefined where nobody knows. */
  isNodeAddress(address: Address): boolean | undefined;
}

/** What the speakers of all other nodes say of a node's own address. */
const ELSEWHERE: RefusalReason = 'NodeAddressElsewhere';

export function isLeftToNode({ ports, ingress }: Service, address: Address, facts: NodeAddressFacts): boolean {
  const isNodeAddress = facts.isNodeAddress(address);
  const itself = facts.reports
    .mentionsOf(address)
    .find(({ node, own }) => own && (isNodeAddress ?? isConfirmed(facts.reports, node, address)));
  if (itself !== undefined) return takenOf(itself, ports).length > 0;
  const hasIt = ingress.some(({ ip, ipMode }) => ipMode === 'VIP' && parseAddress(ip) === address);
  return !hasIt && isNodeAddress === true;
}

/** Every other speaker that runs says too that the address is another node's. */
const isConfirmed = (reports: SpeakerReports, whose: NodeName, address: Address): boolean =>
  reports
    .running()
    .every((node) => node === whose || reports.refusalsOf(node, address).some(({ reason }) => reason === ELSEWHERE));
