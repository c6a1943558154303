/**
 * Which speakers cannot be at work, whatever their last report says: a process that was killed writes no last word. And
 * which addresses are the nodes' own, whatever speakers say.
 *
 * Seen from what kubelet writes anyway: the condition `Ready` of a Node, and whether a container of the speaker's pod runs
 * there. So nobody writes anything at rest, and nothing has to age. Speakers that run outside of pods are judged by their
 * Nodes alone. Without the right to look it knows nothing, and reports count as before.
 *
 * Source: docs/design.md §5 ("no speaker ready: False").
 * @module
 */
import { NODES, PODS } from '../kube/objects.js';
import { Informer, type InformerOptions } from '../kube/watch.js';
import { type Address, parseAddress } from '../values/address.js';
import type { NodeName } from '../values/names.js';
import type { Node, Pod } from '../values/objects.js';
import { labelsOf } from './state-config-map.js';

export interface SpeakerPresenceOptions extends Pick<InformerOptions<Node>, 'client' | 'clock' | 'log'> {
  /** The namespace Cairn is installed in. */
  readonly namespace: string;
  /** {@link SpeakerPresence.whyNot} may say something else of this node. */
  readonly onChange: (node: NodeName) => void;
  /** These addresses became or ceased to be this node's own. */
  readonly onAddresses: (node: NodeName, addresses: ReadonlySet<Address>) => void;
}

export class SpeakerPresence {
  /** Resolves once all Nodes are known. Never rejects, and never resolves without the right to look. */
  readonly nodesListed: Promise<void>;
  readonly #nodes: Informer<Node>;
  readonly #pods: Informer<Pod>;
  /** Nodes whose speakers were seen to run in pods, for as long as there is a node or a pod. */
  readonly #inPods = new Set<NodeName>();
  #addresses: ReadonlySet<Address> | undefined;

  constructor({ onChange, onAddresses, namespace, ...common }: SpeakerPresenceOptions) {
    const labelSelector = Object.entries(labelsOf('speaker'))
      .map(([name, value]) => `${name}=${value}`)
      .join(',');
    this.#nodes = new Informer({ ...common, resource: NODES });
    this.nodesListed = this.#nodes.synced;
    this.#pods = new Informer({ ...common, resource: PODS, namespace, labelSelector });
    this.#nodes.onChange((name, after, before) => {
      const changed = symmetricDifference(addressesOf(before), addressesOf(after));
      if (changed.size > 0) {
        this.#addresses = undefined;
        onAddresses(name as NodeName, changed);
      }
      this.#changed(name as NodeName, onChange);
    });
    this.#pods.onChange((_, after, before) => {
      if (after?.node !== undefined) this.#inPods.add(after.node);
      for (const node of new Set([after?.node, before?.node])) if (node !== undefined) this.#changed(node, onChange);
    });
  }

  /** Undefined before all Nodes are known, which they never are without the right to look. */
  isNodeAddress(address: Address): boolean | undefined {
    if (!this.#nodes.isSynced) return undefined;
    this.#addresses ??= new Set([...this.#nodes.values()].flatMap(addressesOf));
    return this.#addresses.has(address);
  }

  /** Whether this node has the address; undefined as in {@link isNodeAddress}. */
  isAddressOf(name: NodeName, address: Address): boolean | undefined {
    return this.#nodes.isSynced ? addressesOf(this.#nodes.get(name)).includes(address) : undefined;
  }

  /** Resolves once there is something to judge by. Never rejects, and never resolves without the right to look. */
  async synced(): Promise<void> {
    await Promise.all([this.nodesListed, this.#pods.synced]);
  }

  /** Lists and watches until `signal` aborts. Never rejects. */
  async run(signal: AbortSignal): Promise<void> {
    await Promise.all([this.#nodes.run(signal), this.#pods.run(signal)]);
  }

  #changed(name: NodeName, tell: SpeakerPresenceOptions['onChange']): void {
    if (this.#nodes.get(name) === undefined && !this.#podsOn(name).next().value) this.#inPods.delete(name);
    tell(name);
  }

  /** Why the speaker of a node cannot be at work, to finish a sentence; undefined: nothing speaks against it. */
  whyNot(name: NodeName): string | undefined {
    const node = this.#nodes.get(name);
    if (node === undefined && this.#nodes.isSynced) return `there is no node ${name}`;
    const ready = node?.conditions['Ready'];
    if (ready === 'False' || ready === 'Unknown') return `node ${name} is not ready`;
    if (!this.#inPods.has(name)) return undefined;
    for (const pod of this.#podsOn(name)) if (pod.isRunning) return undefined;
    return `no speaker runs on node ${name}`;
  }

  *#podsOn(name: NodeName): Generator<Pod> {
    for (const pod of this.#pods.values()) if (pod.node === name) yield pod;
  }
}

const addressesOf = (node: Node | undefined): readonly Address[] =>
  (node?.addresses ?? []).map(parseAddress).filter((address) => address !== undefined);

const symmetricDifference = (one: readonly Address[], other: readonly Address[]): ReadonlySet<Address> =>
  new Set([...one.filter((address) => !other.includes(address)), ...other.filter((address) => !one.includes(address))]);
