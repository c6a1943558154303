/**
 * A simulated layer-2 segment: engines on it, a client that asks, and a stepped clock.
 *
 * Everything happens in the order of its simulated time, and all chance comes from one seed: a run can be repeated.
 * Each engine is driven in the order that `src/speaker/engine.ts` asks of its loop, sockets with queues included.
 * @module
 */
import { type ArpPacket, decodeArp, encodeArp, isProbe, replyTo, request } from '../../../src/arp/arp.js';
import { decodeEthernet, ETHERTYPE, encodeEthernet } from '../../../src/arp/ethernet.js';
import { Engine } from '../../../src/speaker/engine.js';
import type { Link, Orders, Refusal, WantedAddress } from '../../../src/speaker/messages.js';
import type { IPv4 } from '../../../src/values/ipv4.js';
import { BROADCAST, type Mac } from '../../../src/values/mac.js';
import type { NodeName } from '../../../src/values/names.js';
import { chanceFrom, ip, mac, node, noiseFrom, prefix } from '../../support/values.js';
import { Agenda } from './agenda.js';

export const LINK = 2;
/** The kernel's default receive buffer holds about as many small frames. */
const SOCKET_FRAMES = 256;
export const CLIENT_MAC = mac('00:00:5e:00:53:c1');
const CLIENT_IP = ip('192.0.2.200');

export interface SegmentOptions {
  readonly seed: number;
  readonly nodes?: number;
  /** The first of these many addresses from 192.0.3.0 on, all wanted by every node. */
  readonly addresses?: number;
  readonly lossRatio?: number;
  /** How often the client asks for one address, in turn; 0: it never does. */
  readonly askEveryMs?: number;
  readonly signed?: boolean;
  /** All nodes start in the same instant; else within 100 ms of each other. */
  readonly together?: boolean;
}

export interface Answer {
  readonly atMs: number;
  readonly askedMs: number;
  readonly ip: IPv4;
  readonly mac: Mac;
}

export interface TestNode {
  readonly name: NodeName;
  readonly mac: Mac;
  readonly ip: IPv4;
  engine: Engine;
  orders: Orders;
  /** The cable: without it there is no carrier. */
  plugged: boolean;
  /** Which part of the segment it is on: parts do not hear each other. */
  part: number;
  running: boolean;
  frozenUntilMs: number;
  readonly beats: Uint8Array[];
  readonly arp: Uint8Array[];
  wakeAtMs: number;
  left: boolean;
}

/** Whether a frame is dropped on its way. */
export type Filter = (frame: Uint8Array, from: Mac, to: Mac) => boolean;

export const etherTypeOf = (frame: Uint8Array): number => ((frame[12] as number) << 8) | (frame[13] as number);
export const isBeatFrame = (frame: Uint8Array): boolean => etherTypeOf(frame) === ETHERTYPE.cairn;

export class SimulatedSegment {
  readonly nodes: TestNode[] = [];
  readonly addresses: readonly IPv4[];
  readonly answers: Answer[] = [];
  /** Frames of ARP that announce, as the client sees them. */
  readonly announcements: { readonly atMs: number; readonly ip: IPv4; readonly mac: Mac }[] = [];
  frames = 0;
  lossRatio: number;
  filter: Filter = () => false;
  /** Called for each ARP packet that anybody sends. */
  onArp: (packet: ArpPacket, to: Mac) => void = () => undefined;
  /** What becomes of a frame on its way. */
  rewrite: (frame: Uint8Array, from: Mac) => Uint8Array = (frame) => frame;
  nowMs = 1_000;
  clientPart = 0;
  /** Probes for the wanted addresses, of all nodes. */
  probesSeen = 0;
  readonly #askedMs = new Map<IPv4, number>();
  readonly #agenda = new Agenda();
  readonly #lastArrivalMs = new Map<string, number>();
  readonly #chance: () => number;
  readonly #options: SegmentOptions;
  #epochs = 0;

  constructor(options: SegmentOptions) {
    this.#options = options;
    this.lossRatio = options.lossRatio ?? 0;
    this.#chance = chanceFrom(options.seed);
    this.addresses = Array.from({ length: options.addresses ?? 1 }, (_, n) => ip(`192.0.3.${n}`));
    for (let n = 0; n < (options.nodes ?? 3); n++) this.#addNode(n);
    if ((options.askEveryMs ?? 5) > 0) this.#askForEver(0);
  }

  #addNode(n: number): void {
    const wanted = this.addresses.map((one): WantedAddress => wantedAddress(one));
    const name = node(`node-${n}`);
    const made: TestNode = {
      name,
      mac: mac(`00:00:5e:00:53:0${n}`),
      ip: ip(`192.0.2.${10 + n}`),
      engine: this.#newEngine(name),
      orders: { wanted, excludeInterfaces: [], announceIntervalMs: 60_000, alone: (this.#options.nodes ?? 3) === 1 },
      plugged: true,
      part: 0,
      running: true,
      frozenUntilMs: 0,
      beats: [],
      arp: [],
      wakeAtMs: Number.POSITIVE_INFINITY,
      left: false,
    };
    this.nodes.push(made);
    // Machines do not start in step, or their beats would come in step for ever.
    const startMs = this.nowMs + (this.#options.together === true ? 0 : 100 * this.#chance());
    this.#agenda.add(startMs, () => this.#startEngine(made));
  }

  #newEngine(name: NodeName): Engine {
    this.#epochs += 1;
    return new Engine(
      {
        node: name,
        clusterId: 'test',
        secretKeys: this.#options.signed === true ? [new TextEncoder().encode('0123456789abcdef0123456789abcdef')] : [],
        heartbeatIntervalMs: 100,
        heartbeatMisses: 3,
        randomBytes: noiseFrom(this.#options.seed * 1_000 + this.#epochs),
      },
      this.nowMs,
    );
  }

  #startEngine(one: TestNode): void {
    one.engine.linksChanged([linkOf(one)], this.nowMs);
    one.engine.ordersChanged(one.orders, this.nowMs);
    this.#turn(one);
  }

  // --- what tests do to it

  at(name: string): TestNode {
    const found = this.nodes.find((one) => one.name === name);
    if (found === undefined) throw new TypeError(`a test says ${name}, which is no node`);
    return found;
  }

  cut(one: TestNode): void {
    one.plugged = false;
    this.#linkChanged(one);
  }

  plug(one: TestNode): void {
    one.plugged = true;
    this.#linkChanged(one);
  }

  #linkChanged(one: TestNode): void {
    one.beats.length = 0;
    one.arp.length = 0;
    this.#agenda.add(this.nowMs, () => {
      if (!one.running) return;
      one.engine.wake(this.nowMs);
      one.engine.linksChanged([linkOf(one)], this.nowMs);
      this.#turn(one);
    });
  }

  freeze(one: TestNode, forMs: number): void {
    one.frozenUntilMs = this.nowMs + forMs;
    this.#agenda.add(one.frozenUntilMs, () => this.#turn(one));
  }

  kill(one: TestNode): void {
    one.running = false;
  }

  restart(one: TestNode): void {
    one.running = true;
    one.left = false;
    one.beats.length = 0;
    one.arp.length = 0;
    one.wakeAtMs = Number.POSITIVE_INFINITY;
    one.engine = this.#newEngine(one.name);
    this.#startEngine(one);
  }

  restartWith(one: TestNode, change: Partial<Orders>): void {
    one.orders = { ...one.orders, ...change };
    this.restart(one);
  }

  leave(one: TestNode): void {
    one.engine.leave(this.nowMs);
    this.#turn(one);
  }

  order(one: TestNode, change: Partial<Orders>): void {
    one.orders = { ...one.orders, ...change };
    one.engine.ordersChanged(one.orders, this.nowMs);
    this.#turn(one);
  }

  refuse(one: TestNode, refusals: readonly Refusal[]): void {
    this.order(one, { wanted: one.orders.wanted.map((wanted) => ({ ...wanted, refusals })) });
  }

  after(delayMs: number, action: () => void): void {
    this.#agenda.add(this.nowMs + delayMs, action);
  }

  /** A frame of a host that is none of the nodes. */
  inject(frame: Uint8Array, from: Mac): void {
    this.#transmit(frame, from, 0);
  }

  runFor(durationMs: number): void {
    const endMs = this.nowMs + durationMs;
    for (;;) {
      const next = this.#agenda.next(endMs);
      if (next === undefined) break;
      this.nowMs = next.atMs;
      next.action();
    }
    this.nowMs = endMs;
  }

  /** Steps until `found` is true and says how long it took; throws after `limitMs`. */
  runUntil(found: () => boolean, limitMs: number): number {
    const startMs = this.nowMs;
    while (!found()) {
      const next = this.#agenda.next(startMs + limitMs);
      if (next === undefined) throw new Error(`not so after ${limitMs} ms`);
      this.nowMs = next.atMs;
      next.action();
    }
    return this.nowMs - startMs;
  }

  // --- what tests look at

  /** Nodes that hold an address by their own word, whether or not anybody reaches them. */
  holders(wanted: IPv4): readonly TestNode[] {
    return this.nodes.filter((one) => one.running && !one.left && this.holds(one, wanted));
  }

  holds(one: TestNode, wanted: IPv4): boolean {
    return one.engine.observations().claims.some(({ address: at, state }) => at === wanted && state !== 'probing');
  }

  settled(): boolean {
    return this.addresses.every((one) => this.holders(one).length === 1);
  }

  /** The one holder; throws when there is none or more. */
  owner(wanted: IPv4 = this.addresses[0] as IPv4): TestNode {
    const [first, ...others] = this.holders(wanted);
    if (first === undefined || others.length > 0) throw new Error(`${others.length + (first ? 1 : 0)} holders`);
    return first;
  }

  // --- how it works

  #turn(one: TestNode): void {
    if (!one.running || one.left || one.frozenUntilMs > this.nowMs) return;
    const { engine } = one;
    engine.wake(this.nowMs);
    this.#apply(one);
    for (const frame of one.beats.splice(0)) engine.frameReceived(LINK, frame, this.nowMs);
    this.#apply(one);
    for (const frame of one.arp.splice(0)) engine.frameReceived(LINK, frame, this.nowMs);
    this.#apply(one);
    engine.advance(this.nowMs);
    this.#apply(one);
    if (engine.hasLeft) {
      one.left = true;
      return;
    }
    const wakeMs = Math.max(engine.nextWakeMs, this.nowMs + 0.01);
    if (one.wakeAtMs > this.nowMs && one.wakeAtMs <= wakeMs) return;
    one.wakeAtMs = wakeMs;
    this.#agenda.add(wakeMs, () => {
      if (one.engine === engine && one.wakeAtMs === wakeMs) this.#turn(one);
    });
  }

  #apply(one: TestNode): void {
    for (const effect of one.engine.takeEffects()) {
      if (effect.kind === 'discard-queued') one.arp.length = 0;
      else if (effect.notAfterMs === undefined || effect.notAfterMs >= this.nowMs) {
        if (one.plugged) this.#transmit(effect.frame, one.mac, one.part);
      }
    }
  }

  /** To everybody in reach whom it is for, each copy lost or not by itself. */
  #transmit(sent: Uint8Array, from: Mac, part: number): void {
    this.frames += 1;
    const frame = this.rewrite(sent, from);
    const decoded = decodeEthernet(frame);
    if (!decoded.ok) return;
    const to = decoded.value.destination;
    const packet = isBeatFrame(frame) ? undefined : decodeArp(decoded.value.payload);
    if (packet?.ok === true) {
      if (isProbe(packet.value) && this.addresses.includes(packet.value.targetIp)) this.probesSeen += 1;
      this.onArp(packet.value, to);
    }
    for (const one of this.nodes) {
      if (one.mac === from || (to !== BROADCAST && to !== one.mac)) continue;
      if (this.#isLost(frame, from, one.mac)) continue;
      this.#agenda.add(this.#arrivalMs(from, one.mac), () => {
        if (one.plugged && one.part === part) this.#arrive(one, frame);
      });
    }
    if (from !== CLIENT_MAC && (to === BROADCAST || to === CLIENT_MAC) && !this.#isLost(frame, from, CLIENT_MAC)) {
      this.#agenda.add(this.#arrivalMs(from, CLIENT_MAC), () => {
        if (this.clientPart === part) this.#clientReceives(frame);
      });
    }
  }

  #isLost(frame: Uint8Array, from: Mac, to: Mac): boolean {
    return this.filter(frame, from, to) || (this.lossRatio > 0 && this.#chance() < this.lossRatio);
  }

  /** Between 0.1 and 0.3 ms. A wire keeps the order: no frame overtakes another between two hosts. */
  #arrivalMs(from: Mac, to: Mac): number {
    const path = `${from} ${to}`;
    const atMs = Math.max(this.nowMs + 0.1 + 0.2 * this.#chance(), this.#lastArrivalMs.get(path) ?? 0);
    this.#lastArrivalMs.set(path, atMs);
    return atMs;
  }

  #arrive(one: TestNode, frame: Uint8Array): void {
    if (isBeatFrame(frame)) {
      if (one.running && one.beats.length < SOCKET_FRAMES) one.beats.push(frame);
    } else {
      this.#kernelAnswers(one, frame);
      if (one.running && one.arp.length < SOCKET_FRAMES) one.arp.push(frame);
    }
    this.#turn(one);
  }

  /** A node's kernel answers for the node's own address, whatever its speaker does. */
  #kernelAnswers(one: TestNode, frame: Uint8Array): void {
    const packet = decodeArp(frame.subarray(14));
    if (!packet.ok || packet.value.operation !== 'request' || packet.value.targetIp !== one.ip) return;
    const header = { destination: packet.value.senderMac, source: one.mac, etherType: ETHERTYPE.arp };
    if (one.plugged)
      this.#transmit(encodeEthernet(header, encodeArp(replyTo(packet.value, one.mac))), one.mac, one.part);
  }

  #clientReceives(frame: Uint8Array): void {
    if (isBeatFrame(frame)) return;
    const decoded = decodeArp(frame.subarray(14));
    if (!decoded.ok) return;
    const packet = decoded.value;
    if (packet.senderIp === packet.targetIp) {
      this.announcements.push({ atMs: this.nowMs, ip: packet.senderIp, mac: packet.senderMac });
    } else if (packet.operation === 'reply' && packet.targetIp === CLIENT_IP) {
      const askedMs = this.#askedMs.get(packet.senderIp) ?? Number.NEGATIVE_INFINITY;
      this.answers.push({ atMs: this.nowMs, askedMs, ip: packet.senderIp, mac: packet.senderMac });
    } else if (packet.operation === 'request' && packet.targetIp === CLIENT_IP) {
      const header = { destination: packet.senderMac, source: CLIENT_MAC, etherType: ETHERTYPE.arp };
      this.#transmit(encodeEthernet(header, encodeArp(replyTo(packet, CLIENT_MAC))), CLIENT_MAC, this.clientPart);
    }
  }

  #askForEver(turn: number): void {
    const wanted = this.addresses[turn % this.addresses.length] as IPv4;
    this.ask(wanted);
    this.#agenda.add(this.nowMs + (this.#options.askEveryMs ?? 5), () => this.#askForEver(turn + 1));
  }

  ask(wanted: IPv4): void {
    this.#askedMs.set(wanted, this.nowMs);
    const header = { destination: BROADCAST, source: CLIENT_MAC, etherType: ETHERTYPE.arp };
    const packet = request(CLIENT_MAC, CLIENT_IP, wanted);
    this.#transmit(encodeEthernet(header, encodeArp(packet)), CLIENT_MAC, this.clientPart);
  }
}

const linkOf = (one: TestNode): Link => ({
  index: LINK,
  name: 'eth0',
  mac: one.mac,
  up: one.plugged,
  ethernet: true,
  addresses: [{ address: one.ip, onLink: prefix('192.0.2.0/23') }],
});

export const wantedAddress = (one: IPv4, refusals: readonly Refusal[] = []): WantedAddress => ({
  address: one,
  servicesHash: '0123456789abcdef',
  links: { kind: 'on-link' },
  refusals,
  ownedByKernel: false,
  takenPorts: [],
});

/** Requests that got answers with more than one MAC, from `sinceMs` on. */
export function doubleAnswers(answers: readonly Answer[], sinceMs = 0): readonly Answer[] {
  const first = new Map<string, Mac>();
  return answers.filter((answer) => {
    if (answer.askedMs < sinceMs) return false;
    const key = `${answer.ip} ${answer.askedMs}`;
    const seen = first.get(key);
    if (seen === undefined) first.set(key, answer.mac);
    return seen !== undefined && seen !== answer.mac;
  });
}
