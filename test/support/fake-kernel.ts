/**
 * A kernel that takes forwarding rules: it remembers the last text, and refuses on command.
 * @module
 */
import type { ForwardingKernel } from '../../src/run/forwarding-kernel.js';
import type { UdpFlow } from '../../src/speaker/forwarding-flows.js';

export class FakeKernel implements ForwardingKernel {
  /** Every text that it took, in order. */
  readonly applied: string[] = [];
  /** Tables as `family name`. */
  readonly tables = new Set<string>();
  flows: readonly UdpFlow[] = [];
  /** While set, every text is refused with this message. */
  refusal: string | undefined;
  mayList = true;
  isForwarding = true;

  async applyRuleset(text: string): Promise<void> {
    if (this.refusal !== undefined) throw new Error(this.refusal);
    this.applied.push(text);
    const [, name] = /^add table (\S+ \S+)$/m.exec(text) ?? [];
    if (name === undefined) throw new TypeError('the text names no table');
    if (text.includes(`\ntable ${name} {`)) this.tables.add(name);
    else this.tables.delete(name);
  }

  async hasTable(family: string, table: string): Promise<boolean> {
    if (!this.mayList) throw new Error('not permitted');
    return this.tables.has(`${family} ${table}`);
  }

  async listUdpFlows(): Promise<readonly UdpFlow[]> {
    return this.flows;
  }

  async removeUdpFlow(flow: UdpFlow): Promise<void> {
    this.flows = this.flows.filter((each) => each !== flow);
  }

  async forwardsPackets(): Promise<boolean> {
    return this.isForwarding;
  }
}
