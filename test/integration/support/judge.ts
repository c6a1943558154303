/**
 * Whether what each Service says of its address is true, by a look at the API alone: who waits could have nothing, and every
 * clause of the reason holds, with the holders that it names.
 *
 * To be asked when the controller had time to see and to say what there is.
 * @module
 */
import type { ApiObject } from '../../../src/playground/api/object.js';
import {
  addressesOf,
  annotation,
  conditionOf,
  type FamilyName,
  ingressOf,
  ipFrom,
  ipsOf,
  isIn,
  isLarge,
  keyOf,
  mayShare,
  type PoolFacts,
  poolOf,
  selects,
  termsOf,
  type Wish,
  wishOf,
} from './reading.js';

export interface Scene {
  readonly services: readonly ApiObject[];
  readonly namespaces: ReadonlyMap<string, Readonly<Record<string, string>>>;
  /** Undefined while no configuration was ever accepted. */
  readonly pools: readonly PoolFacts[] | undefined;
  readonly rests: readonly Rest[];
  readonly nowMs: number;
  readonly isOurs: (service: ApiObject) => boolean;
}

/** An address that was freed, as `cairn-state` remembers it. */
export interface Rest {
  readonly ip: string;
  readonly lastHolder: string;
  readonly freedAtMs: number;
  /** Another device answered for it: it is for nobody, whoever had it last, and for longer than its pool says. */
  readonly isStrangers: boolean;
}

/** docs/conditions.md, `AddressQuarantined`. */
const QUARANTINE_MS = 600_000;

/** Whether a Service may not have it yet. */
export function isKeptFrom(
  { lastHolder, freedAtMs, isStrangers }: Rest,
  { key, isAsked, pool, nowMs }: { key: string; isAsked: boolean; pool: PoolFacts; nowMs: number },
): boolean {
  const sinceMs = Math.min(freedAtMs, nowMs);
  if (isStrangers) return !isAsked && sinceMs + QUARANTINE_MS > nowMs;
  return lastHolder !== key && sinceMs + pool.reuseDelayMs > nowMs;
}

/** What `cairn-state` says of them. */
export const restsFrom = (text: string | undefined): readonly Rest[] =>
  (JSON.parse(text || '[]') as Record<string, string>[]).map(
    ({ address = '', lastHolder = '', freedAt = '', because }) => ({
      ip: address,
      lastHolder,
      freedAtMs: Date.parse(freedAt),
      isStrangers: because === 'conflict',
    }),
  );

export const ASSIGNED = 'cairn.dev/AddressAssigned';
/** The words of a condition that grants all that was asked for. */
const CONTENT = new Set(['Assigned', 'OutsidePool']);

/** Every untrue word, as a sentence. */
export function untruths(scene: Scene): readonly string[] {
  return scene.services.filter((each) => scene.isOurs(each)).flatMap((service) => new Judge(scene, service).judge());
}

/** Why one address is not to be had. */
type Obstacle = 'reserved' | 'buggy' | 'held' | 'resting' | 'avoided';

class Judge {
  readonly #scene: Scene;
  readonly #service: ApiObject;
  readonly #key: string;
  readonly #wish: Wish;
  readonly #found: string[] = [];

  constructor(scene: Scene, service: ApiObject) {
    this.#scene = scene;
    this.#service = service;
    this.#key = keyOf(service);
    this.#wish = wishOf(service);
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
    if (clauses !== undefined) this.#judgeClauses(clauses);
    if (pool === undefined || missing === undefined || !this.#serves(pool)) return;
    this.#expect(!this.#hasRoom(pool, missing), `pool ${pool.name} has no ${missing} for it`);
  }

  #judgeReason(reason: string, message: string, keeps: boolean): void {
    const { defects, addresses, pool } = this.#wish;
    const { pools } = this.#scene;
    if (reason === 'NoConfiguration') return void this.#expect(pools === undefined, 'no configuration');
    if (pools === undefined) return void this.#say('knows pools before there are any');
    if (reason === 'NoPools') return void this.#expect(pools.length === 0, 'no pools');
    if (['InvalidAddress', 'TooManyAddresses', 'ContradictoryRequest'].includes(reason))
      return void this.#expect((defects as readonly string[]).includes(reason), reason);
    if (defects.length > 0 && !(defects.length === 1 && defects[0] === 'WrongFamily' && reason === 'WrongFamily'))
      return void this.#say(`asks for nonsense (${defects}) and hears ${reason}`);
    if (defects.length > 0) return;
    if (reason === 'UnknownPool')
      return void this.#expect(pool !== undefined && pools.every(({ name }) => name !== pool), `no pool ${pool}`);
    this.#judgeClauses(message);
    if (addresses.length === 0) {
      if (!keeps) this.#judgeAny(pools);
    } else this.#judgeAsked(pools, addresses);
  }

  /** No pool has what it needs. */
  #judgeAny(pools: readonly PoolFacts[]): void {
    for (const pool of pools) {
      const has = this.#wish.families.map((family) => this.#couldDraw(pool, family));
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
      asked.every((ip) => held.includes(ip) || this.#couldBeGiven(home, ip)) &&
      (!this.#wish.needsAll || rest.every((family) => this.#couldDraw(home, family)));
    // A family that it keeps may be of another pool, and both have to be of one.
    const isBound = held.some((ip) => !asked.includes(ip) && rest.includes(ipFrom(ip)?.family as FamilyName));
    if (!isBound) this.#expect(!couldAll, `it may not have ${asked}`);
  }

  #serves({ isRetired, namespaces, namespaceSelectors, serviceSelectors }: PoolFacts): boolean {
    return !isRetired && this.#isPlaced({ namespaces, namespaceSelectors }) && this.#isSelected({ serviceSelectors });
  }

  #isPlaced({ namespaces, namespaceSelectors }: Pick<PoolFacts, 'namespaces' | 'namespaceSelectors'>): boolean {
    if (namespaces.length + namespaceSelectors.length === 0) return true;
    const { namespace = '' } = this.#service.metadata;
    const labels = this.#scene.namespaces.get(namespace) ?? {};
    return namespaces.includes(namespace) || namespaceSelectors.some((each) => selects(each, labels));
  }

  #isSelected({ serviceSelectors }: Pick<PoolFacts, 'serviceSelectors'>): boolean {
    const labels = this.#service.metadata.labels ?? {};
    return serviceSelectors.length === 0 || serviceSelectors.some((each) => selects(each, labels));
  }

  /** Some address of the pool, without asking for one. */
  #couldDraw(pool: PoolFacts, family: FamilyName): boolean {
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
    return this.#serves(pool) && this.#hasRoom(pool, family);
  }

  #couldBeGiven(pool: PoolFacts, ip: string): boolean {
    const isReserved = pool.reserved.get(ip) === this.#key;
    return (isReserved ? !pool.isRetired : this.#serves(pool)) && this.#obstacle(pool, ip) === undefined;
  }

  #hasRoom(pool: PoolFacts, family: FamilyName): boolean {
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
    return this.#rests(pool, ip) ? 'resting' : undefined;
  }

  /** Also by Services that are no more than on their way from it, or another provider's. */
  #holders(ip: string): readonly ApiObject[] {
    return this.#scene.services.filter((each) => each !== this.#service && ipsOf(each).includes(ip));
  }

  #isHeldAgainst(ip: string): boolean {
    const terms = termsOf(this.#service);
    return this.#holders(ip).some((other) => !this.#scene.isOurs(other) || !mayShare(terms, termsOf(other)));
  }

  #rests(pool: PoolFacts, ip: string): boolean {
    const rest = this.#scene.rests.find((each) => each.ip === ip);
    return (
      rest !== undefined &&
      isKeptFrom(rest, { key: this.#key, isAsked: this.#wish.addresses.includes(ip), pool, nowMs: this.#scene.nowMs })
    );
  }

  #judgeClauses(message: string): void {
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
          this.#judgeFull(pool as PoolFacts, groups['rest'] ?? '');
          break;
        case 'all-resting':
          this.#expect(
            this.#isWithoutRoom(pool as PoolFacts, groups['family'] as FamilyName, 'resting'),
            `${clause.text}`,
          );
          break;
        case 'quarantined':
          this.#expect(this.#isWithoutRoom(pool as PoolFacts, groups['family'] as FamilyName, 'resting'), clause.text);
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
          this.#expect(!this.#isPlaced(pool as PoolFacts), clause.text);
          break;
        case 'labels':
          this.#expect(!this.#isSelected(pool as PoolFacts), clause.text);
          break;
        case 'on-request':
          this.#expect(this.#wish.pool === undefined && !(pool as PoolFacts).autoAssign, clause.text);
          break;
        case 'bgp':
          this.#expect(this.#wish.pool === undefined && (pool as PoolFacts).isBgp, clause.text);
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
          this.#expect(home !== undefined && this.#rests(home, ip), clause.text);
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

  #isWithoutRoom(pool: PoolFacts, family: FamilyName, because: 'resting' | 'held'): boolean {
    if (isLarge(pool, family)) return false;
    const why = [...addressesOf(pool, family)].map((ip) => this.#obstacle(pool, ip));
    return why.every((each) => each !== undefined) && why.includes('resting') === (because === 'resting');
  }

  /** Every address of some family is held, reserved, buggy or given up, and the numbers are right. */
  #judgeFull(pool: PoolFacts, rest: string): void {
    const named = [...rest.matchAll(/([0-9a-f.:]+) is held by ([^ ,;]+)/g)];
    for (const [, ip = '', key] of named) {
      const holder = this.#scene.services.find((each) => keyOf(each) === key);
      this.#expect(holder !== undefined && ipsOf(holder).includes(ip) && isIn(pool, ip), `${ip} is held by ${key}`);
    }
    const familyNamed = ipFrom(named[0]?.[1] ?? '')?.family;
    const families = familyNamed === undefined ? this.#wish.families : [familyNamed];
    const isFull = families.some((family) => this.#isWithoutRoom(pool, family, 'held'));
    this.#expect(isFull, `pool ${pool.name} is full`);
    if (familyNamed === undefined) return;
    const held = [...addressesOf(pool, familyNamed)].filter((ip) => this.#holdersOfAll(ip) > 0).length;
    const more = Number(/(\d+) more (?:is|are) held/.exec(rest)?.[1] ?? 0);
    this.#expect(
      named.length + more === held,
      `${named.length + more} addresses of pool ${pool.name} are held, and not ${held}`,
    );
    const reserved = [...pool.reserved.keys()].filter(
      (ip) => ipFrom(ip)?.family === familyNamed && this.#holdersOfAll(ip) === 0,
    ).length;
    const said = Number(/(\d+) (?:is|are) reserved/.exec(rest)?.[1] ?? 0);
    this.#expect(said === reserved, `${said} addresses of pool ${pool.name} are reserved, and not ${reserved}`);
  }

  #holdersOfAll(ip: string): number {
    return this.#scene.services.filter((each) => ipsOf(each).includes(ip)).length;
  }
}

const addressesOfFamily = ({ ranges }: PoolFacts, of: FamilyName): number =>
  ranges.filter(({ family }) => family === of).length;

interface Clause {
  readonly kind: string;
  readonly text: string;
  readonly groups: Readonly<Record<string, string | undefined>>;
}

const POOL = 'pool "(?<pool>[^"]+)"';
const IP = '(?<ip>[0-9a-f.:]+)';
const HOLDER = '(?<holder>[^ ,;]+)';
/** All sentences that docs/conditions.md has a reason for; what fits none is a finding. */
const CLAUSES: readonly (readonly [kind: string, pattern: RegExp])[] = (
  [
    ['full', `${POOL} is full: (?<rest>.*)`],
    ['quarantined', `${POOL} has no other (?<family>IPv[46]) address that is free, and ${IP} is left alone until .*`],
    ['all-resting', `${POOL} has only (?<family>IPv[46]) addresses that were freed lately.*`],
    ['not-dual', `${POOL} has no (?<family>IPv[46]) addresses, and the Service needs both families.*`],
    ['no-family', `${POOL} has no (?<family>IPv[46]) addresses`],
    ['namespace', `${POOL} does not serve namespace "[^"]+"`],
    ['labels', `${POOL} does not select this Service's labels .*`],
    ['on-request', `${POOL} is given only on request \\(auto-assign: false\\)`],
    ['bgp', `${POOL} is a bgp pool, given only on request`],
    ['retired', `${POOL} is retired and hands out nothing new`],
    ['outside-every', `${IP} is in no pool`],
    ['outside-named', `${IP} is not in ${POOL}, which the Service names`],
    ['buggy', `${IP} ends in .0 or .255, which ${POOL} avoids .*`],
    ['shared-port', `${IP} is held by ${HOLDER}, which has (?<protocol>\\w+) port (?<port>\\d+) too`],
    ['held-key', `${IP} is held by ${HOLDER}, (?:whose annotation|as ).*`],
    ['held', `${IP} is held by ${HOLDER}`],
    ['shared-port', `it can no longer share ${IP} with ${HOLDER}, which has (?<protocol>\\w+) port (?<port>\\d+) too`],
    ['held-key', `it can no longer share ${IP} with ${HOLDER}, (?:whose annotation|as ).*`],
    ['reserved', `${IP} is reserved for ${HOLDER}`],
    ['resting', `${IP} was freed by ${HOLDER} and is kept for it until .*`],
    ['two-pools', `[0-9a-f.:]+ is in pool "[^"]+" and .*`],
    ['no-common-pool', `[0-9a-f.:]+ is in no pool, so no pool has an .*`],
  ] as const
).map(([kind, pattern]) => [kind, new RegExp(`^${pattern}$`, 's')] as const);
/** What to do about it, after the clause that says what is. */
const ADVICE =
  /^(name it in the annotation|add it to one|both addresses of a Service|drop one of|the first may be given|name a pool with both|it stays until|none)/;

function clausesOf(message: string): readonly Clause[] {
  const parts = message
    .replace(/[^;]*; for another address: /, (head) => `${head.replace('; for another address: ', '')}; `)
    .replace(/^([0-9a-f.:]+) cannot be given: /, '')
    .split('; ')
    .filter((part) => !ADVICE.test(part));
  return parts.map((text): Clause => {
    for (const [kind, pattern] of CLAUSES) {
      const match = pattern.exec(text);
      if (match !== null) return { kind, text, groups: match.groups ?? {} };
    }
    return { kind: 'unknown', text, groups: { text } };
  });
}
