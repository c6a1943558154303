/**
 * What the forwarding asks of this node's kernel; tests give another.
 * @module
 */
import { readFile } from 'node:fs/promises';
import { listUdpFlows, removeUdpFlow } from '../linux/conntrack.js';
import { applyRuleset, hasTable } from '../linux/nft.js';
import type { UdpFlow } from '../speaker/forwarding-flows.js';

export interface ForwardingKernel {
  readonly applyRuleset: (ruleset: string) => Promise<void>;
  readonly hasTable: (family: string, table: string) => Promise<boolean>;
  readonly listUdpFlows: () => Promise<readonly UdpFlow[]>;
  readonly removeUdpFlow: (flow: UdpFlow) => Promise<void>;
  /** Of `net.ipv4.ip_forward`. */
  readonly forwardsPackets: () => Promise<boolean>;
}

export const FORWARDING_KERNEL: ForwardingKernel = {
  applyRuleset,
  hasTable,
  listUdpFlows,
  removeUdpFlow,
  async forwardsPackets() {
    return (await readFile('/proc/sys/net/ipv4/ip_forward', 'utf8')).trim() !== '0';
  },
};
