/**
 * What the API says against this node as a whole, whatever the address.
 *
 * Pure. All of these are soft (docs/protocol.md rule 7): the node may still be the only one that can answer, so an
 * owner offers its addresses and goes on until another has them.
 *
 * Sources: docs/design.md §7; k8s.io/api core/v1 well-known labels and taints.
 * @module
 */
import type { Pool } from '../config/config.js';
import { matchesAnySelector } from '../values/labels.js';
import type { NodeName } from '../values/names.js';
import type { Node } from '../values/objects.js';
import type { Refusal, RefusalReason } from './messages.js';

/** KEP-1143; its presence counts, whatever its value. */
export const EXCLUDE_LABEL = 'node.kubernetes.io/exclude-from-external-load-balancers';
/** KEP-2268: an administrator says that the node is shut down for good. */
export const OUT_OF_SERVICE_TAINT = 'node.kubernetes.io/out-of-service';

/** `absent`: it has never answered, so this cluster may have another service proxy, and nothing is refused for it. */
export type ProxyHealth = 'healthy' | 'unhealthy' | 'absent';

export interface NodeFacts {
  readonly name: NodeName;
  /** Undefined where the API has no such Node. */
  readonly node: Node | undefined;
  readonly proxy: ProxyHealth;
  /** False with `--ignore-exclude-label`, and where no Node of the cluster is without the label. */
  readonly excludeLabelCounts: boolean;
}

export const isExcluded = (node: Node): boolean => Object.hasOwn(node.meta.labels, EXCLUDE_LABEL);

const soft = (reason: RefusalReason, detail: string): Refusal => ({ kind: 'soft', reason, detail });

/** Why this node should leave the addresses of `pool` to others; empty for a candidate. Undefined: outside every pool. */
export function nodeRefusals({ name, node, proxy, excludeLabelCounts }: NodeFacts, pool: Pool | undefined): Refusal[] {
  const refusals: Refusal[] = [];
  const selectors = pool?.nodeSelectors ?? [];
  if (pool !== undefined && selectors.length > 0 && !matchesAnySelector(selectors, node?.meta.labels ?? {})) {
    refusals.push(soft('NodeSelector', `node ${name} matches none of the node-selectors of pool "${pool.name}"`));
  }
  if (node?.conditions['NetworkUnavailable'] === 'True') {
    refusals.push(soft('NetworkUnavailable', `the condition NetworkUnavailable of node ${name} is True`));
  }
  if (node?.taints.some(({ key }) => key === OUT_OF_SERVICE_TAINT)) {
    refusals.push(soft('OutOfServiceTaint', `node ${name} has the taint ${OUT_OF_SERVICE_TAINT}`));
  }
  if (excludeLabelCounts && node !== undefined && isExcluded(node)) {
    refusals.push(soft('ExcludeLabel', `node ${name} has the label ${EXCLUDE_LABEL}`));
  }
  if (proxy === 'unhealthy') {
    refusals.push(soft('ProxyUnhealthy', `kube-proxy on node ${name} fails its health check`));
  }
  return refusals;
}
