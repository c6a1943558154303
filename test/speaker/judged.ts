/**
 * A node's judgement of addresses in three pools, beside one other node.
 * @module
 */
import { Candidates } from '../../src/speaker/candidates.js';
import type { WantedAddress } from '../../src/speaker/messages.js';
import type { Service } from '../../src/values/objects.js';
import { config, nodeObject } from '../support/objects.js';
import { node } from '../support/values.js';

export const CONFIG = config(`
address-pools:
- {name: open, protocol: layer2, addresses: [192.0.2.0/28]}
- name: racked
  protocol: layer2
  addresses: [192.0.2.16/28]
  node-selectors: [{match-labels: {rack: a}}]
  interfaces: [eth1]
- name: routed
  protocol: bgp
  addresses: [192.0.2.32/28]
`);
export const OURS = { installation: 'cairn-system', name: 'cairn.dev/lb', isDefault: true };
export const HERE = 'node-a';

export function candidates(options: { ignoreExcludeLabel?: boolean; isDefault?: boolean } = {}): Candidates {
  const { ignoreExcludeLabel = false, isDefault = true } = options;
  const judged = new Candidates({ node: node(HERE), serviceClass: { ...OURS, isDefault }, ignoreExcludeLabel });
  judged.setConfig(CONFIG);
  judged.setNode(HERE, nodeObject(HERE));
  judged.setNode('node-b', nodeObject('node-b'));
  return judged;
}

export const put = (judged: Candidates, what: Service) => judged.setService(what.key, what);
export const wantedBy = (judged: Candidates): readonly WantedAddress[] => judged.orders()?.wanted ?? [];
export const textsOf = (wanted: readonly WantedAddress[]) =>
  wanted.map((one) => one.refusals.map(({ reason }) => reason).join());
