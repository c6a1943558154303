/**
 * What must be true of the allocator at any moment, asked of it and of the API one by one and by the slow way.
 */
import assert from 'node:assert/strict';
import { tellAssigned } from '../../src/allocator/conditions.js';
import type { PoolRefusal, Refusal } from '../../src/allocator/refusal.js';
import { readRequest } from '../../src/allocator/request.js';
import type { Standing } from '../../src/allocator/standing.js';
import type { Pool } from '../../src/config/config.js';
import { type Address, familyOf, formatAddress, parseAddress } from '../../src/values/address.js';
import type { ServiceKey } from '../../src/values/names.js';
import type { Service } from '../../src/values/objects.js';
import { familyOfRange, offset, rangeHolds, sizeOf } from '../../src/values/range.js';
import { grantedTermsOf, holdTogether, sharingObstacle, sharingTermsOf } from '../../src/values/sharing.js';
import type { World } from './world.js';

/** Addresses by Service, of those that nobody has touched since all of their wishes were granted and written. */
export type Idle = ReadonlyMap<ServiceKey, readonly string[]>;

/** Whom a step was about. */
export interface Touched {
  /** Who may have another address for it. */
  readonly byUser: readonly string[];
  /** Whose status somebody else wrote, which is to change nothing for the Service. */
  readonly byOthers: readonly string[];
}

/** As much of a world as the truth of a reason needs. */
export type Known = Pick<World, 'api' | 'config' | 'allocator'> & Partial<Pick<World, 'isOurs' | 'labels'>>;

/** What each Service is to have. */
export type Granted = ReadonlyMap<ServiceKey, readonly Address[]>;

export const grantedIn = (world: World): Granted =>
  new Map(
    [...world.api.keys()].map((key) => {
      const standing = world.allocator.standing(key);
      return [key, standing.state === 'holds' ? standing.held.map(({ address }) => address) : []];
    }),
  );

/**
 * No address is in two statuses but of Services that may share it, as far as nobody else wrote them, and the ledger knows all
 * of its holders.
 */
export function assertHeld(world: World): void {
  const holders = new Map<string, Service[]>();
  for (const service of world.api.values()) {
    if (world.allocator.standing(service.key).state !== 'holds' || world.isOverwritten(service.key)) continue;
    for (const { ip } of service.ingress) {
      const others = holders.get(ip) ?? [];
      for (const other of others) {
        const isBeingPutRight = world.isDoubtful(ip) && [service.key, other.key].some((key) => world.isDue(key));
        const isAllowed = isBeingPutRight || holdTogether(service, other) || isParting(world, service, other, ip);
        assert.ok(isAllowed, `${other.key} and ${service.key} hold ${ip}`);
      }
      holders.set(ip, [...others, service]);
    }
  }
  for (const service of world.api.values()) {
    const standing = world.allocator.standing(service.key);
    if (standing.state !== 'holds') continue;
    const addresses = standing.held.map(({ address }) => address);
    assert.equal(new Set(addresses.map(familyOf)).size, addresses.length, `${service.key} has two of one family`);
    for (const address of addresses) {
      const among = world.allocator.holders(address);
      assert.ok(among.includes(service.key), `${service.key} does not hold ${formatAddress(address)}`);
      for (const other of among) assert.ok(other === service.key || isAllowed(world, service.key, other, address));
    }
  }
}

/** They shared the address until one of them was edited, which is to go: with what tells of that, such as our marks, perhaps. */
function isParting(world: World, one: Service, other: Service, ip: string): boolean {
  const address = parseAddress(ip);
  const hasParted = (edited: Service, stays: Service) =>
    address !== undefined &&
    isGoing(world, edited, address) &&
    world.versionsOf(edited.key).some((before) => shows(before, ip) && holdTogether(before, stays));
  return hasParted(one, other) || hasParted(other, one);
}

/** Two that fit, or that were found so, or one of which was edited since and has to go, or is not there yet. */
function isAllowed(world: World, one: ServiceKey, other: ServiceKey, address: Address): boolean {
  if (!world.isOurs(other)) return true;
  const [first, second] = [one, other].map((key) => world.api.get(key));
  if (first === undefined || second === undefined) return false;
  if (sharingObstacle(sharingTermsOf(first), sharingTermsOf(second)) === undefined) return true;
  const text = formatAddress(address);
  const areShown = [first, second].map((service) => shows(service, text));
  if (areShown.includes(true) && holdTogether(first, second)) return true;
  // What was given and not written yet is taken back before it would be.
  if (areShown.includes(false)) return true;
  return [first, second].some(
    (service) => service.meta.deleting || isGoing(world, service, address) || hasChanged(service),
  );
}

const shows = ({ ingress }: Service, text: string): boolean => ingress.some(({ ip }) => ip === text);

const isGoing = (world: World, { key }: Service, address: Address): boolean => {
  const standing = world.allocator.standing(key);
  return (
    standing.state !== 'holds' ||
    !standing.held.some((held) => held.address === address) ||
    standing.unmet !== undefined
  );
};

/** Edited since the terms of its sharing were written down. */
const hasChanged = (service: Service): boolean =>
  JSON.stringify(grantedTermsOf(service)) !== JSON.stringify(sharingTermsOf(service));

/** What a Service was given just now, nobody had: no Service that is ours, and none of another provider's. */
export function assertGiven(world: World, before: Granted): void {
  for (const [key, addresses] of grantedIn(world)) {
    const service = world.api.get(key);
    // What it showed once, it may have again where somebody wiped that.
    const shown = world.versionsOf(key).flatMap(({ ingress }) => ingress.map(({ ip }) => ip));
    const had = [...(before.get(key) ?? []).map(formatAddress), ...shown];
    const lists = service?.meta.annotations['cairn.dev/served-by'] ?? '';
    for (const given of addresses.map(formatAddress)) {
      if (had.includes(given) || lists.split(/[ ,]/).includes(given)) continue;
      for (const other of world.api.values()) {
        const isTheirs = !world.isOurs(other.key) && other.ingress.some(({ ip }) => ip === given);
        assert.ok(!isTheirs, `${key} was given ${given}, which ${other.key} of another provider has`);
      }
    }
  }
}

/** Whoever holds has what it asks for or hears why not, and whoever waits hears why. */
export function assertTold(world: World): void {
  for (const service of world.api.values()) {
    const standing = world.allocator.standing(service.key);
    const told = tellAssigned(standing);
    if (standing.state === 'waits') assert.ok(told !== undefined && told.message !== '');
    if (standing.state !== 'holds' || standing.unmet !== undefined || service.meta.deleting) continue;
    const request = readRequest(service);
    assert.ok(request.ok, `${service.key} asks for nonsense and does not hear of it`);
    assert.equal(request.value.unread, undefined, `${service.key} does not hear what it may not give up`);
    const held = standing.held.map(({ address }) => address);
    for (const asked of request.value.addresses) assert.ok(held.includes(asked), `${service.key} has ${told?.message}`);
    const families = held.map(familyOf);
    const wanted = request.value.families.filter((family) => families.includes(family));
    assert.deepEqual(families, wanted, `${service.key} wants ${request.value.families}`);
    if (standing.lacks === undefined) assert.deepEqual(families, request.value.families, `of ${service.key}`);
    else assert.ok(!request.value.needsAll);
    const isOutside = held.some((address) => poolOf(world, address) === undefined);
    assert.equal(told?.reason, isOutside ? 'OutsidePool' : 'Assigned');
  }
}

/**
 * Whoever did nothing has what it had, and perhaps another family; whoever did something has lost nothing by others. What
 * somebody overwrote is looked at when it was put right.
 */
export function assertKept(
  world: World,
  { before, idle, touched }: { before: Idle; idle: Idle; touched: Touched },
): void {
  const after = world.statuses();
  for (const [key, ips] of before) {
    const now = after.get(key);
    if (touched.byUser.includes(key) || now === undefined || ips.length === 0 || world.isOverwritten(key)) continue;
    if (!world.isOurs(key)) continue;
    // Of two that came to hold one address the later may find that there is no other.
    const isExcused = touched.byOthers.includes(key) || ips.every((ip) => world.isDoubtful(ip));
    assert.ok(now.length > 0 || isExcused, `${key} had ${ips} and has nothing`);
    if (now.length > 0 && !isExcused) assertFamiliesKept(world, key, ips);
    for (const ip of idle.get(key) ?? []) {
      assert.ok(now.includes(ip) || world.isDoubtful(ip), `${key} did nothing, had ${ips} and has ${now}`);
    }
  }
}

/** Whatever it asks for: of a family that it still wants it has one until it has another. */
function assertFamiliesKept(world: World, key: ServiceKey, before: readonly string[]): void {
  const service = world.api.get(key);
  const standing = world.allocator.standing(key);
  const request = service && readRequest(service);
  if (standing.state !== 'holds' || !request?.ok) return;
  const held = standing.held.map(({ address }) => familyOf(address));
  for (const ip of before) {
    const address = parseAddress(ip);
    const isWanted = address !== undefined && request.value.families.includes(familyOf(address));
    if (isWanted && !world.isDoubtful(ip))
      assert.ok(held.includes(familyOf(address)), `${key} had ${before} and has ${held} alone`);
  }
}

export function idleIn(world: World, before: Idle, { byUser }: Touched): Idle {
  const idle = new Map<ServiceKey, readonly string[]>();
  for (const [key, ips] of world.statuses()) {
    const standing = world.allocator.standing(key);
    const isContent = standing.state === 'holds' && standing.unmet === undefined && !world.isDue(key);
    if (isContent) idle.set(key, ips);
    else if (!byUser.includes(key) && before.has(key)) idle.set(key, before.get(key) ?? []);
  }
  return idle;
}

/** Asks every pool and address one by one what the allocator says of them. */
export function assertTrue(world: Known, service: Service, standing: Standing): void {
  if (standing.state === 'waits') assertRefusal(world, service, standing.because);
  if (standing.state !== 'holds') return;
  for (const refusal of [standing.unmet, standing.lacks]) {
    if (refusal !== undefined) assertRefusal(world, service, refusal);
  }
}

function assertRefusal(world: Known, service: Service, refusal: Refusal): void {
  switch (refusal.kind) {
    case 'taken':
    case 'no-longer-shares':
      assert.ok(world.allocator.holders(refusal.address).includes(refusal.holder));
      assert.ok(isKeptOut(world, service, refusal.holder), `${refusal.holder} is in nobody's way`);
      if (refusal.kind === 'no-longer-shares') assertRefusal(world, service, refusal.because);
      return;
    case 'no-address':
      for (const tried of refusal.tried) assertTried(world, service, tried);
      return;
    case 'outside-every-pool':
      assert.equal(poolOf(world, refusal.address), undefined);
      return;
    case 'unknown-namespace':
      assert.equal(world.labels, undefined, 'the namespace is known');
      for (const name of refusal.pools.named) {
        const pool = world.config.pools.find((each) => each.name === name);
        assert.ok(pool !== undefined && pool.namespaceSelectors.length > 0, `${name} asks for no labels`);
      }
      return;
    case 'unknown-pool':
      assert.ok(world.config.pools.every(({ name }) => name !== refusal.pool));
      return;
    default:
  }
}

function assertTried(world: Known, service: Service, tried: PoolRefusal): void {
  const pool = world.config.pools.find(({ name }) => name === tried.pool);
  assert.ok(pool !== undefined, `pool ${tried.pool} is no more`);
  if (tried.kind === 'retired') assert.equal(pool.retired, true);
  if (tried.kind === 'not-auto-assigned') assert.equal(pool.autoAssign, false);
  if (tried.kind === 'no-such-family') assert.ok(pool.ranges.every((range) => familyOfRange(range) !== tried.family));
  if (tried.kind === 'not-dual-stack') assert.ok(pool.ranges.every((range) => familyOfRange(range) !== tried.lacks));
  if (tried.kind !== 'full') return;
  for (const address of addressesOf(pool)) {
    if (familyOf(address) !== tried.family) continue;
    assert.ok(
      isUnavailable(world, pool, address, service),
      `${formatAddress(address)} is there, and ${service.key} waits`,
    );
  }
  for (const { address, holder } of tried.holders) assert.ok(world.allocator.holders(address).includes(holder));
}

function isUnavailable(world: Known, pool: Pool, address: Address, service: Service): boolean {
  const request = readRequest(service);
  if (request.ok && request.value.avoids.includes(address)) return true;
  const keptFor = pool.reserved.get(address);
  if (keptFor !== undefined && keptFor !== service.key) return true;
  if (typeof address === 'number' && pool.avoidBuggyIps && [0, 255].includes(address & 0xff)) return true;
  const holders = world.allocator.holders(address);
  for (const holder of holders)
    assert.ok(world.api.has(holder), `${holder} is gone and holds ${formatAddress(address)}`);
  return holders.some((holder) => holder === service.key || isKeptOut(world, service, holder));
}

function isKeptOut(world: Known, service: Service, holder: ServiceKey): boolean {
  const other = world.api.get(holder);
  if (other === undefined) return false;
  if (world.isOurs?.(holder) === false) return true;
  const terms = sharingTermsOf(service);
  return [sharingTermsOf(other), grantedTermsOf(other)].some((each) => sharingObstacle(terms, each) !== undefined);
}

const poolOf = (world: Known, address: Address): Pool | undefined =>
  world.config.pools.find(({ ranges }) => ranges.some((range) => rangeHolds(range, address)));

/** The first few of each range: a /64 is never full. */
function* addressesOf(pool: Pool): Iterable<Address> {
  for (const range of pool.ranges) {
    const size = sizeOf(range);
    for (let n = 0n; n < size && n < 16n; n++) yield offset(range.first, n);
  }
}
