/**
 * A local network in network namespaces: one switch, and hosts whose cables can be cut.
 *
 * The switch is a bridge in a namespace of its own (in the root namespace this machine would answer ARP a second time).
 * Each host is a namespace with `eth0`, whose other end is a port of the switch named after the host. Nothing is
 * reachable from outside, and this machine's own network is not touched.
 * @module
 */
import { formatIPv4, parseIPv4, toIPv4 } from '../../values/ipv4.js';
import type { Mac } from '../../values/mac.js';
import { type FrameRule, renderFrameRules } from './frame-rules.js';
import { Host } from './host.js';
import { podNetwork } from './pod-network.js';
import { run } from './process.js';
import type { Run } from './run.js';

/** RFC 5737 TEST-NET-1: no address of the lab can be somebody's. */
export const DEFAULT_SUBNET = '192.0.2.0/24';
/** What minikube gives its machine (hyperkit, docker-machine): used by the tests with minikube's own files. */
export const MINIKUBE_SUBNET = '192.168.64.0/24';

export interface HostSpec {
  /** Names the namespace and the switch port: at most 15 characters. */
  readonly name: string;
  /** IPv4 address inside the network's subnet, e.g. `192.0.2.11`. */
  readonly address: string;
  /** Default: made from the address, so that it is the same in every run. */
  readonly mac?: Mac;
  /** Forwards packets of others, as a Kubernetes node does. Default false. */
  readonly forwarding?: boolean;
  /** Address of the host's default gateway. Default none. */
  readonly gateway?: string;
}

export class Network {
  readonly run: Run;
  /** Namespace of the switch. Capturing on its ports sees what really crosses the wire. */
  readonly switchNamespace: string;
  readonly subnet: string;
  private readonly byName = new Map<string, Host>();
  private rules: readonly FrameRule[] = [];
  /** The last change of them, whether it came off or not. */
  private changing: Promise<void> = Promise.resolve();

  private constructor(owner: Run, subnet: string) {
    this.run = owner;
    this.subnet = subnet;
    this.switchNamespace = owner.namespace('switch');
  }

  /** A switch without hosts. */
  static async create(owner: Run, options: { readonly subnet?: string } = {}): Promise<Network> {
    const network = new Network(owner, options.subnet ?? DEFAULT_SUBNET);
    const inside = { namespace: network.switchNamespace };
    await batch([`netns add ${network.switchNamespace}`]);
    // The switch has no address of its own, not even fe80::/64, and forwards from the first frame on.
    await run(['sh', '-c', 'echo 1 >/proc/sys/net/ipv6/conf/default/disable_ipv6'], inside);
    await batch(['link add br0 type bridge forward_delay 0 mcast_snooping 0', 'link set br0 up'], inside.namespace);
    return network;
  }

  /** Connects new hosts; each is up with its address when this is done. */
  async addHosts(specs: readonly HostSpec[]): Promise<readonly Host[]> {
    const length = Number(this.subnet.split('/')[1]);
    const hosts = specs.map((spec) => {
      if (spec.name.length > 15) throw new Error(`${spec.name}: a switch port has at most 15 characters`);
      return new Host(this.run, spec.name, spec.address, spec.mac ?? macOf(spec.address));
    });
    await batch(
      hosts.flatMap((host) => [
        `netns add ${host.namespace}`,
        `link add eth0 address ${host.mac} netns ${host.namespace} type veth peer name ${host.name} netns ${this.switchNamespace}`,
      ]),
    );
    await batch(
      hosts.map((host) => `link set dev ${host.name} master br0 up`),
      this.switchNamespace,
    );
    await Promise.all(
      hosts.map(async (host, at) => {
        const { forwarding = false, gateway } = specs[at] ?? {};
        if (forwarding) await host.run(['sh', '-c', 'echo 1 >/proc/sys/net/ipv4/ip_forward']);
        await batch(
          [
            'link set lo up',
            `addr add ${host.address}/${length} dev eth0`,
            'link set eth0 up',
            ...(gateway ? [`route add default via ${gateway}`] : []),
          ],
          host.namespace,
        );
      }),
    );
    for (const host of hosts) this.byName.set(host.name, host);
    return hosts;
  }

  async addHost(spec: HostSpec): Promise<Host> {
    const [host] = await this.addHosts([spec]);
    return host as Host;
  }

  /** The host of that name; throws when there is none. */
  host(name: string): Host {
    const host = this.byName.get(name);
    if (host === undefined) throw new Error(`no host ${name}; there are ${[...this.byName.keys()].join(', ')}`);
    return host;
  }

  get hosts(): readonly Host[] {
    return [...this.byName.values()];
  }

  /** A pod behind `node`: a namespace that only the node is wired to. The node must be `forwarding`. */
  async addPod(node: Host, name: string, address: string): Promise<Host> {
    const namespace = this.run.namespace(name);
    const plan = podNetwork({ namespace, address });
    await batch(plan.node, node.namespace);
    await batch(plan.pod, namespace);
    return new Host(this.run, name, address, plan.mac);
  }

  /** Tells every host but `node` itself that `prefix` (a podCIDR) is behind `node`. */
  async routeBehind(node: Host, prefix: string, on: readonly Host[] = this.hosts): Promise<void> {
    const others = on.filter((host) => host !== node);
    await Promise.all(others.map((host) => batch([`route replace ${prefix} via ${node.address}`], host.namespace)));
  }

  /** Port down at the switch: the host sees its carrier go. */
  async cut(...hosts: readonly Host[]): Promise<void> {
    await batch(
      hosts.map((host) => `link set dev ${host.name} down`),
      this.switchNamespace,
    );
  }

  async plug(...hosts: readonly Host[]): Promise<void> {
    await batch(
      hosts.map((host) => `link set dev ${host.name} up`),
      this.switchNamespace,
    );
  }

  /** The switch treats frames by this rule, too, until the function that is answered is called. */
  async apply(rule: FrameRule): Promise<() => Promise<void>> {
    await this.changeRules((rules) => [...rules, rule]);
    return () => this.changeRules((rules) => rules.filter((each) => each !== rule));
  }

  /** One after the other: each is made of what the one before left, and the switch has the rules of the last. */
  private changeRules(change: (rules: readonly FrameRule[]) => readonly FrameRule[]): Promise<void> {
    const changed = this.changing.then(async () => {
      const rules = change(this.rules);
      await run(['nft', '-f', '-'], { namespace: this.switchNamespace, input: renderFrameRules(rules) });
      this.rules = rules;
    });
    this.changing = changed.catch(() => {});
    return changed;
  }
}

/** Several `ip` commands in one process and, inside a namespace, with one entry into it. */
async function batch(commands: readonly string[], namespace?: string): Promise<void> {
  await run(['ip', '-batch', '-'], { namespace, input: `${commands.join('\n')}\n` });
}

/** 02: locally administered (RFC 9542 §2.1); then the address itself, so that a capture is easy to read. */
function macOf(address: string): Mac {
  const ip = parseIPv4(address);
  if (ip === undefined) throw new Error(`${address} is no IPv4 address`);
  const pair = (byte: string) => Number(byte).toString(16).padStart(2, '0');
  return `02:00:${formatIPv4(ip).split('.').map(pair).join(':')}` as Mac;
}

/** The `n`-th address of an IPv4 prefix: `addressAt('192.0.2.0/24', 11)` is `192.0.2.11`. */
export function addressAt(prefix: string, n: number): string {
  const base = parseIPv4(prefix.split('/')[0] ?? '');
  if (base === undefined) throw new Error(`${prefix} is no IPv4 prefix`);
  return formatIPv4(toIPv4(base + n));
}
