/**
 * Whether what each Service says of its address is true, by a look at the API alone: who waits could have nothing, and every
 * clause of the reason holds, with the holders that it names.
 *
 * To be asked when the controller had time to see and to say what there is.
 * @module
 */
import type { ApiObject } from '../../../src/playground/api/object.js';
import { type FamilyName, ipFrom } from './ip-text.js';
import { type PoolFacts, poolOf } from './pool-facts.js';
import {
  conditionOf,
  ingressOf,
  ipsOf,
  keyOf,
  mayShare,
  saidToBeNodes,
  termsOf,
  type Wish,
  wishOf,
} from './reading.js';
import { Room } from './room.js';
import { ASSIGNED, type Scene } from './scene.js';
import { Sentences } from './sentences.js';

/** The words of a condition that grants all that was asked for. */
const CONTENT = new Set(['Assigned', 'OutsidePool']);

/** Every untrue word, as a sentence. */
export function untruths(scene: Scene): readonly string[] {
  return scene.services.filter((each) => scene.isOurs(each)).flatMap((service) => new Judge(scene, service).judge());
}

class Judge {
  readonly #scene: Scene;
  readonly #service: ApiObject;
  readonly #key: string;
  readonly #wish: Wish;
  readonly #room: Room;
  readonly #sentences: Sentences;
  readonly #found: string[] = [];

  constructor(scene: Scene, service: ApiObject) {
    this.#scene = scene;
    this.#service = service;
    this.#key = keyOf(service);
    this.#wish = wishOf(service);
    this.#room = new Room(scene, service);
    this.#sentences = new Sentences(scene, service, (what) => this.#say(what));
  }

  judge(): readonly string[] {
    const condition = conditionOf(this.#service, ASSIGNED);
    const ips = ipsOf(this.#service);
    if (this.#service.metadata.deletionTimestamp !== undefined) return [];
    if (condition === undefined) {
      if (!this.#isForeign()) this.#say('says nothing of its address');
      return this.#found;
    }
    const { status, reason, message } = condition as { status: string; reason: string; message: string };
    for (const ip of saidToBeNodes(this.#service)) this.#expect(this.#scene.nodeAddresses.has(ip), `${ip} is a node’s`);
    if ((status === 'True') !== ips.length > 0) this.#say(`is ${status} with ${ips.join() || 'no address'}`);
    if (typeof reason !== 'string' || reason === '' || !message) this.#say('says no reason');
    else if (CONTENT.has(reason)) this.#judgeContent(reason, message, ips);
    else this.#judgeReason(reason, message.replace(/^keeps [^ ]+(?:, [^ ]+)*: /, ''), status === 'True');
    return this.#found;
  }

  #say(what: string): void {
    this.#found.push(`${this.#key} ${what}`);
  }

  #expect(holds: boolean, what: string): void {
    if (!holds) this.#say(`says what is not so: ${what}`);
  }

  /** Another provider's: a status that no pool of ours has. */
  #isForeign(): boolean {
    const entries = ingressOf(this.#service);
    const pools = this.#scene.pools ?? [];
    return entries.length > 0 && entries.every(({ ip }) => ip === undefined || poolOf(pools, ip) === undefined);
  }

  #judgeContent(reason: string, message: string, ips: readonly string[]): void {
    const pools = this.#scene.pools ?? [];
    const { families, needsAll, addresses, pool, avoids, defects } = this.#wish;
    this.#expect(defects.length === 0, `its request is in order (${defects})`);
    this.#expect(
      addresses.every((ip) => ips.includes(ip)),
      `it has ${addresses}`,
    );
    this.#expect(!avoids.some((ip) => ips.includes(ip)), `it gave up ${avoids}`);
    const outside = ips.filter((ip) => poolOf(pools, ip) === undefined);
    this.#expect((reason === 'OutsidePool') === outside.length > 0, `${reason} with ${ips}`);
    if (reason === 'OutsidePool') this.#expect(message.startsWith(outside.join(', ')), `outside are ${outside}`);
    const held = ips.map((ip) => ipFrom(ip)?.family);
    this.#expect(new Set(held).size === held.length, 'one address of each family');
    this.#expect(
      held.every((family) => family !== undefined && families.includes(family)),
      `families ${families}`,
    );
    if (needsAll) this.#expect(held.length === families.length, 'both families');
    const isGrantedHere = ips.every((ip) => poolOf(pools, ip)?.name === pool);
    const wasFrom = this.#service.metadata.annotations?.['cairn.dev/allocated-from-pool'];
    if (pool !== undefined && addresses.length === 0)
      this.#expect(isGrantedHere || wasFrom === pool || outside.length > 0, `its address is of pool ${pool}`);
    if (held.length < families.length && !needsAll && addresses.length === 0) this.#judgeLack(ips, message);
    for (const other of this.#scene.services) {
      if (other === this.#service || !this.#scene.isOurs(other)) continue;
      const ip = ipsOf(other).find((each) => ips.includes(each));
      if (ip === undefined || mayShare(termsOf(this.#service), termsOf(other))) continue;
      const isTold = !CONTENT.has(String(conditionOf(other, ASSIGNED)?.['reason']));
      this.#expect(
        isTold || other.metadata.deletionTimestamp !== undefined || this.#wereLetShare(other),
        `${ip} is shared with ${keyOf(other)}`,
      );
    }
  }

  /** Let share by another provider, or under terms that both have still: nobody is to go. */
  #wereLetShare(other: ApiObject): boolean {
    return termsOf(this.#service).key !== undefined && termsOf(this.#service).key === termsOf(other).key;
  }

  /** `PreferDualStack` with one family: the other one is not to be had beside it. */
  #judgeLack(ips: readonly string[], message: string): void {
    const [ip = ''] = ips;
    const pool = poolOf(this.#scene.pools ?? [], ip);
    const missing = this.#wish.families.find((family) => family !== ipFrom(ip)?.family);
    const [, clauses] = message.split('; of the other family none: ');
    if (message.includes(' is in no pool; ')) return;
    this.#expect(clauses !== undefined, 'it says why it lacks a family');
    if (clauses !== undefined) this.#sentences.judge(clauses);
    if (this.#wish.pool !== undefined && this.#wish.pool !== pool?.name) return;
    if (pool === undefined || missing === undefined || !this.#room.serves(pool)) return;
    this.#expect(!this.#room.hasRoom(pool, missing), `pool ${pool.name} has no ${missing} for it`);
  }

  #judgeReason(reason: string, message: string, keeps: boolean): void {
    const { defects, addresses, pool } = this.#wish;
    const { pools } = this.#scene;
    if (reason === 'NoConfiguration') return void this.#expect(pools === undefined, 'no configuration');
    if (pools === undefined) return void this.#say('knows pools before there are any');
    if (reason === 'NoPools') return void this.#expect(pools.length === 0, 'no pools');
    if (['InvalidAddress', 'TooManyAddresses', 'ContradictoryRequest'].includes(reason))
      return void this.#expect((defects as readonly string[]).includes(reason), reason);
    if (defects.length > 0) {
      // Of several things that are wrong with a request it hears one.
      if (!(defects as readonly string[]).includes(reason))
        this.#say(`asks for nonsense (${defects}) and hears ${reason}`);
      return;
    }
    if (reason === 'NamespaceUnknown')
      return void this.#expect(
        !this.#scene.namespaces.has(this.#service.metadata.namespace ?? ''),
        'no such namespace',
      );
    if (reason === 'UnknownPool')
      return void this.#expect(pool !== undefined && pools.every(({ name }) => name !== pool), `no pool ${pool}`);
    this.#sentences.judge(message);
    if (addresses.length === 0) {
      if (!keeps) this.#judgeAny(pools);
    } else this.#judgeAsked(pools, addresses);
  }

  /** No pool has what it needs. */
  #judgeAny(pools: readonly PoolFacts[]): void {
    for (const pool of pools) {
      const has = this.#wish.families.map((family) => this.#room.couldDraw(pool, family));
      const could = this.#wish.needsAll ? has.every(Boolean) : has.some(Boolean);
      this.#expect(!could, `it waits, and pool ${pool.name} has room for it`);
    }
  }

  /** All that it asks for, of one pool, is not to be had. */
  #judgeAsked(pools: readonly PoolFacts[], asked: readonly string[]): void {
    const held = ipsOf(this.#service);
    const homes = new Set(asked.map((ip) => poolOf(pools, ip)));
    const [home] = homes;
    if (homes.size !== 1 || home === undefined) return;
    const isAllowed = this.#wish.pool === undefined || this.#wish.pool === home.name;
    const rest = this.#wish.families.filter((family) => !asked.some((ip) => ipFrom(ip)?.family === family));
    const couldAll =
      isAllowed &&
      asked.every((ip) => held.includes(ip) || this.#room.couldBeGiven(home, ip)) &&
      (!this.#wish.needsAll || rest.every((family) => this.#room.couldDraw(home, family)));
    // A family that it keeps may be of another pool, and both have to be of one.
    const isBound = held.some((ip) => !asked.includes(ip) && rest.includes(ipFrom(ip)?.family as FamilyName));
    if (!isBound) this.#expect(!couldAll, `it may not have ${asked}`);
  }
}
