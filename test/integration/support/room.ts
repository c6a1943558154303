/**
 * Which addresses one Service could have now, pool by pool and address by address.
 * @module
 */
import type { ApiObject } from '../../../src/playground/api/object.js';
import { type FamilyName, ipFrom } from './ip-text.js';
import { addressesOf, isLarge, type PoolFacts, selects } from './pool-facts.js';
import { ipsOf, keyOf, mayShare, termsOf, type Wish, wishOf } from './reading.js';
import { isKeptFrom, type Scene } from './scene.js';

/** Why one address is not to be had. */
type Obstacle = 'reserved' | 'buggy' | 'held' | 'resting' | 'avoided';

export class Room {
  readonly #scene: Scene;
  readonly #service: ApiObject;
  readonly #key: string;
  readonly #wish: Wish;

  constructor(scene: Scene, service: ApiObject) {
    this.#scene = scene;
    this.#service = service;
    this.#key = keyOf(service);
    this.#wish = wishOf(service);
  }

  serves({ isRetired, namespaces, namespaceSelectors, serviceSelectors }: PoolFacts): boolean {
    return !isRetired && this.isPlaced({ namespaces, namespaceSelectors }) && this.isSelected({ serviceSelectors });
  }

  isPlaced({ namespaces, namespaceSelectors }: Pick<PoolFacts, 'namespaces' | 'namespaceSelectors'>): boolean {
    if (namespaces.length + namespaceSelectors.length === 0) return true;
    const { namespace = '' } = this.#service.metadata;
    const labels = this.#scene.namespaces.get(namespace) ?? {};
    return namespaces.includes(namespace) || namespaceSelectors.some((each) => selects(each, labels));
  }

  isSelected({ serviceSelectors }: Pick<PoolFacts, 'serviceSelectors'>): boolean {
    const labels = this.#service.metadata.labels ?? {};
    return serviceSelectors.length === 0 || serviceSelectors.some((each) => selects(each, labels));
  }

  /** Some address of the pool, without asking for one. */
  couldDraw(pool: PoolFacts, family: FamilyName): boolean {
    const { pool: named } = this.#wish;
    if (named !== undefined && named !== pool.name) return false;
    if (!pool.isRetired) {
      for (const [ip, key] of pool.reserved)
        if (
          key === this.#key &&
          ipFrom(ip)?.family === family &&
          !this.#isHeldAgainst(ip) &&
          !this.#wish.avoids.includes(ip)
        )
          return true;
    }
    if (named === undefined && (!pool.autoAssign || pool.isBgp)) return false;
    return this.serves(pool) && this.hasRoom(pool, family);
  }

  couldBeGiven(pool: PoolFacts, ip: string): boolean {
    const isReserved = pool.reserved.get(ip) === this.#key;
    return (isReserved ? !pool.isRetired : this.serves(pool)) && this.#obstacle(pool, ip) === undefined;
  }

  hasRoom(pool: PoolFacts, family: FamilyName): boolean {
    if (isLarge(pool, family)) return true;
    for (const ip of addressesOf(pool, family)) if (this.#obstacle(pool, ip) === undefined) return true;
    return false;
  }

  #obstacle(pool: PoolFacts, ip: string): Obstacle | undefined {
    const keptFor = pool.reserved.get(ip);
    if (keptFor !== undefined && keptFor !== this.#key) return 'reserved';
    if (pool.avoidBuggy && /\.(0|255)$/.test(ip)) return 'buggy';
    if (this.#wish.avoids.includes(ip)) return 'avoided';
    if (this.#isHeldAgainst(ip)) return 'held';
    return this.rests(pool, ip) ? 'resting' : undefined;
  }

  /** Also by Services that are no more than on their way from it, or another provider's. */
  #holders(ip: string): readonly ApiObject[] {
    return this.#scene.services.filter((each) => each !== this.#service && ipsOf(each).includes(ip));
  }

  #isHeldAgainst(ip: string): boolean {
    const terms = termsOf(this.#service);
    return this.#holders(ip).some((other) => !this.#scene.isOurs(other) || !mayShare(terms, termsOf(other)));
  }

  rests(pool: PoolFacts, ip: string): boolean {
    const rest = this.#scene.rests.find((each) => each.ip === ip);
    return (
      rest !== undefined &&
      isKeptFrom(rest, { key: this.#key, isAsked: this.#wish.addresses.includes(ip), pool, nowMs: this.#scene.nowMs })
    );
  }

  isWithoutRoom(pool: PoolFacts, family: FamilyName, because: 'resting' | 'held'): boolean {
    if (isLarge(pool, family)) return false;
    const why = [...addressesOf(pool, family)].map((ip) => this.#obstacle(pool, ip));
    return why.every((each) => each !== undefined) && why.includes('resting') === (because === 'resting');
  }

  holdersOfAll(ip: string): number {
    return this.#scene.services.filter((each) => ipsOf(each).includes(ip)).length;
  }
}
