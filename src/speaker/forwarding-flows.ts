/**
 * UDP connections that conntrack still sends to an endpoint that is gone.
 *
 * Pure. A TCP client hears of a dead endpoint and connects anew, which is a new choice. A UDP client that goes on sending
 * from the same port keeps its entry alive for ever, and all it sends is lost; so such entries are removed, as kube-proxy
 * does. That goes for entries from before there was a rule, too, which lead nowhere.
 * @module
 */
import { formatIPv4 } from '../values/ipv4.js';
import type { ForwardingPlan } from './forwarding.js';

/** An entry of conntrack, as text: what the client sent first, and who answers. */
export interface UdpFlow {
  readonly source: string;
  readonly sourcePort: string;
  readonly destination: string;
  readonly destinationPort: string;
  readonly answeredBy: string;
  readonly answeredFrom: string;
}

/** For each `address:port`, the `address:port` of those that serve it. */
export type UdpTargets = ReadonlyMap<string, ReadonlySet<string>>;

export const udpTargets = ({ forwards }: ForwardingPlan): UdpTargets =>
  new Map(
    forwards
      .filter(({ protocol }) => protocol === 'UDP')
      .map(({ address, port, serving }) => [
        `${formatIPv4(address)}:${port}`,
        new Set(serving.map((backend) => `${formatIPv4(backend.address)}:${backend.port}`)),
      ]),
  );

/** Whether anything that `before` served may be dead now, or lead to the wrong place. */
export const mayHaveStaleFlows = (before: UdpTargets | undefined, now: UdpTargets): boolean => {
  if (before === undefined) return now.size > 0;
  if ([...now.keys()].some((key) => !before.has(key))) return true;
  return [...before].some(([key, targets]) => [...targets].some((target) => !now.get(key)?.has(target)));
};

export function isStale(flow: UdpFlow, before: UdpTargets | undefined, now: UdpTargets): boolean {
  const key = `${flow.destination}:${flow.destinationPort}`;
  const targets = now.get(key);
  if (targets === undefined) return before?.has(key) ?? false;
  return !targets.has(`${flow.answeredBy}:${flow.answeredFrom}`);
}
