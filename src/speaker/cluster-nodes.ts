/**
 * The Nodes of the cluster, as this one's candidacy needs them: whose own each address is, whether there is any other Node,
 * and whether the label that excludes Nodes says anything.
 *
 * Pure; it remembers what it was given.
 *
 * Source: docs/design.md §4 and §7.
 * @module
 */
import { type Address, parseAddress } from '../values/address.js';
import type { NodeName } from '../values/names.js';
import type { Node } from '../values/objects.js';
import { isExcluded } from './node-refusals.js';

export interface ClusterNodesOptions {
  /** This one. */
  readonly node: NodeName;
  /** `--ignore-exclude-label`. */
  readonly ignoreExcludeLabel: boolean;
}

/** What is to be judged again after a change of a Node. */
export interface NodeChange {
  /** Those that it had, and those that it has. */
  readonly addresses: readonly Address[];
  /** Every other address as well: what is said of this node as a whole may be something else now. */
  readonly touchesAll: boolean;
}

export class ClusterNodes {
  readonly #options: ClusterNodesOptions;
  readonly #nodes = new Map<string, Node>();
  /** Of each address that is some Node's own, whose. */
  readonly #nodesAt = new Map<Address, Set<NodeName>>();

  constructor(options: ClusterNodesOptions) {
    this.#options = options;
  }

  /** Most changes of a Node are its kubelet's heartbeats, which touch its own addresses alone. */
  set(name: string, node: Node | undefined): NodeChange {
    const before = this.#nodes.get(name);
    const countedBefore = this.excludeLabelCounts();
    if (node === undefined) this.#nodes.delete(name);
    else this.#nodes.set(name, node);

    const addressesBefore = addressesOf(before);
    const addresses = addressesOf(node);
    for (const address of addressesBefore) this.#unsettle(address, name as NodeName);
    for (const address of addresses) this.#settle(address, name as NodeName);

    const touchesAll =
      countedBefore !== this.excludeLabelCounts() || (name === this.#options.node && factsOf(before) !== factsOf(node));
    return { addresses: [...addressesBefore, ...addresses], touchesAll };
  }

  /** Undefined where the API has no Node for this one. */
  get own(): Node | undefined {
    return this.#nodes.get(this.#options.node);
  }

  ownAddresses(): readonly Address[] {
    return addressesOf(this.own);
  }

  /** The Nodes whose own address this is; undefined for none. */
  at(address: Address): ReadonlySet<NodeName> | undefined {
    return this.#nodesAt.get(address);
  }

  /** No other Node is there. */
  isAlone(): boolean {
    return this.#nodes.size === (this.own === undefined ? 0 : 1);
  }

  /** Where every Node has the label, such as minikube's only one, it says nothing about this one. */
  excludeLabelCounts(): boolean {
    if (this.#options.ignoreExcludeLabel) return false;
    for (const node of this.#nodes.values()) if (!isExcluded(node)) return true;
    return false;
  }

  #settle(address: Address, node: NodeName): void {
    this.#nodesAt.set(address, (this.#nodesAt.get(address) ?? new Set()).add(node));
  }

  #unsettle(address: Address, node: NodeName): void {
    const nodes = this.#nodesAt.get(address);
    nodes?.delete(node);
    if (nodes?.size === 0) this.#nodesAt.delete(address);
  }
}

const addressesOf = (node: Node | undefined): readonly Address[] =>
  node === undefined ? [] : node.addresses.map(parseAddress).filter((address) => address !== undefined);

/** What `nodeRefusals` reads of this node. */
const factsOf = (node: Node | undefined): string =>
  JSON.stringify([node?.meta.labels, node?.taints, node?.conditions['NetworkUnavailable']]);
