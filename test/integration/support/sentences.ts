/**
 * Whether each clause of a Service's reason holds: pools and holders that it names, and what it says of them.
 * @module
 */
import type { ApiObject } from '../../../src/playground/api/object.js';
import { clausesOf } from './clauses.js';
import { type FamilyName, ipFrom } from './ip-text.js';
import { addressesOf, isIn, type PoolFacts, poolOf } from './pool-facts.js';
import { annotation, ipsOf, keyOf, mayShare, termsOf, type Wish, wishOf } from './reading.js';
import { Room } from './room.js';
import type { Scene } from './scene.js';

export class Sentences {
  readonly #scene: Scene;
  readonly #service: ApiObject;
  readonly #key: string;
  readonly #wish: Wish;
  readonly #room: Room;
  readonly #say: (what: string) => void;

  /** What is not so is told to `say`. */
  constructor(scene: Scene, service: ApiObject, say: (what: string) => void) {
    this.#scene = scene;
    this.#service = service;
    this.#key = keyOf(service);
    this.#wish = wishOf(service);
    this.#room = new Room(scene, service);
    this.#say = say;
  }

  judge(message: string): void {
    const pools = this.#scene.pools ?? [];
    const { families, needsAll, addresses } = this.#wish;
    for (const clause of clausesOf(message)) {
      const { kind, groups } = clause;
      const pool = pools.find(({ name }) => name === groups['pool']);
      const ip = groups['ip'] ?? '';
      if (groups['pool'] !== undefined && pool === undefined) {
        this.#say(`names pool ${groups['pool']}, which is no more`);
        continue;
      }
      const home = poolOf(pools, ip);
      const holder = this.#scene.services.find((each) => keyOf(each) === groups['holder']);
      if (groups['holder'] !== undefined && kind !== 'reserved' && kind !== 'resting')
        this.#expect(holder !== undefined && ipsOf(holder).includes(ip), `${groups['holder']} has ${ip}`);
      switch (kind) {
        case 'unknown':
          this.#say(`says what nobody can check: ${groups['text']}`);
          break;
        case 'full':
          this.#judgeFull(pool as PoolFacts, groups['family'] as FamilyName, groups['rest'] ?? '');
          break;
        case 'all-resting':
          this.#expect(
            this.#room.isWithoutRoom(pool as PoolFacts, groups['family'] as FamilyName, 'resting'),
            `${clause.text}`,
          );
          break;
        case 'quarantined':
          this.#expect(
            this.#room.isWithoutRoom(pool as PoolFacts, groups['family'] as FamilyName, 'resting'),
            clause.text,
          );
          this.#expect(
            this.#scene.rests.some((rest) => rest.ip === ip && rest.isStrangers),
            clause.text,
          );
          break;
        case 'no-family':
          this.#expect(addressesOfFamily(pool as PoolFacts, groups['family'] as FamilyName) === 0, clause.text);
          this.#expect(families.includes(groups['family'] as FamilyName), clause.text);
          break;
        case 'not-dual':
          this.#expect(needsAll || families.length > 1, clause.text);
          this.#expect(addressesOfFamily(pool as PoolFacts, groups['family'] as FamilyName) === 0, clause.text);
          break;
        case 'namespace':
          this.#expect(!this.#room.isPlaced(pool as PoolFacts), clause.text);
          break;
        case 'labels':
          this.#expect(!this.#room.isSelected(pool as PoolFacts), clause.text);
          break;
        case 'on-request':
          this.#expect(this.#wish.pool === undefined && !(pool as PoolFacts).autoAssign, clause.text);
          break;
        case 'bgp':
          this.#expect(this.#wish.pool === undefined && (pool as PoolFacts).isBgp, clause.text);
          break;
        case 'unknown-pool':
          this.#expect(
            this.#wish.pool === groups['name'] && pools.every(({ name }) => name !== groups['name']),
            clause.text,
          );
          break;
        case 'no-pools':
          this.#expect(pools.length === 0, clause.text);
          break;
        case 'retired':
          this.#expect((pool as PoolFacts).isRetired, clause.text);
          break;
        case 'outside-every':
          this.#expect(home === undefined && addresses.includes(ip), clause.text);
          break;
        case 'outside-named':
          this.#expect(this.#wish.pool === pool?.name && !isIn(pool as PoolFacts, ip), clause.text);
          break;
        case 'buggy':
          this.#expect((pool as PoolFacts).avoidBuggy && /\.(0|255)$/.test(ip), clause.text);
          break;
        case 'held-key':
        case 'held':
          if (holder !== undefined)
            this.#expect(
              !this.#scene.isOurs(holder) ||
                !mayShare(termsOf(this.#service), termsOf(holder)) ||
                this.#hasChangedSince(holder),
              clause.text,
            );
          break;
        case 'shared-port':
          if (holder !== undefined)
            this.#expect(this.#sharePort(holder, `${groups['protocol']}/${groups['port']}`), clause.text);
          break;
        case 'reserved':
          this.#expect(home?.reserved.get(ip) === groups['holder'] && groups['holder'] !== this.#key, clause.text);
          break;
        case 'resting':
          this.#expect(home !== undefined && this.#room.rests(home, ip), clause.text);
          break;
        case 'two-pools':
        case 'no-common-pool':
          break;
      }
    }
  }

  /** What it was let share under counts until its new terms are written down. */
  #hasChangedSince(holder: ApiObject): boolean {
    const written = holder.metadata.annotations?.['cairn.dev/shared-as'];
    if (written === undefined) return false;
    const { key, ports } = JSON.parse(written) as { key: string; ports: string[] };
    const terms = termsOf(holder);
    return (
      key !== terms.key ||
      ports.join() !== [...terms.ports].sort().join() ||
      annotation(holder, 'allow-shared-ip') === undefined ||
      JSON.parse(written).backends !== undefined
    );
  }

  #sharePort(holder: ApiObject, port: string): boolean {
    const written = holder.metadata.annotations?.['cairn.dev/shared-as'] ?? '{}';
    const before = ((JSON.parse(written) as { ports?: string[] }).ports ?? []) as readonly string[];
    return termsOf(this.#service).ports.includes(port) && [...termsOf(holder).ports, ...before].includes(port);
  }

  /** Every address of the family is held, reserved, buggy or given up, and the numbers are right. */
  #judgeFull(pool: PoolFacts, family: FamilyName, rest: string): void {
    const named = [...rest.matchAll(/([0-9a-f.:]+) is held by ([^ ,;]+)/g)];
    for (const [, ip = '', key] of named) {
      const holder = this.#scene.services.find((each) => keyOf(each) === key);
      this.#expect(holder !== undefined && ipsOf(holder).includes(ip) && isIn(pool, ip), `${ip} is held by ${key}`);
    }
    this.#expect(this.#wish.families.includes(family), `it wants ${family}`);
    this.#expect(this.#room.isWithoutRoom(pool, family, 'held'), `pool ${pool.name} has no ${family} address left`);
    const held = [...addressesOf(pool, family)].filter((ip) => this.#room.holdersOfAll(ip) > 0).length;
    const more = Number(/(\d+) more (?:is|are) held/.exec(rest)?.[1] ?? 0);
    this.#expect(
      named.length + more === held,
      `${named.length + more} addresses of pool ${pool.name} are held, and not ${held}`,
    );
    const reserved = [...pool.reserved.keys()].filter(
      (ip) => ipFrom(ip)?.family === family && this.#room.holdersOfAll(ip) === 0,
    ).length;
    const said = Number(/(\d+) (?:is|are) reserved/.exec(rest)?.[1] ?? 0);
    this.#expect(said === reserved, `${said} addresses of pool ${pool.name} are reserved, and not ${reserved}`);
  }

  #expect(holds: boolean, what: string): void {
    if (!holds) this.#say(`says what is not so: ${what}`);
  }
}

const addressesOfFamily = ({ ranges }: PoolFacts, of: FamilyName): number =>
  ranges.filter(({ family }) => family === of).length;
