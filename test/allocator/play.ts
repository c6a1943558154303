/**
 * Plays a sequence of steps in a small world, to its end, where everything is written and everybody told.
 * @module
 */
import type { ServiceKey } from '../../src/values/names.js';
import {
  assertGiven,
  assertHeld,
  assertKept,
  assertTold,
  grantedIn,
  type Idle,
  idleIn,
  type Touched,
} from './invariants.js';
import { type Act, CONFIGS, EDITS, KEYS, LABELS, NAMES, PARTS, RIVALS, type Step } from './steps.js';
import { World } from './world.js';

const at = <T>(list: readonly T[], index: number): T => list[index] as T;

const NOBODY: Touched = { byUser: [], byOthers: [] };
const byUser = (key: string): Touched => ({ byUser: [key], byOthers: [] });

/** Returns whom it is about. */
function play(world: World, each: Step, idle: Idle): Touched {
  switch (each.do) {
    case 'create':
    case 'remove':
    case 'edit':
    case 'overwrite':
    case 'replace status':
      return perform(world, each);
    case 'unled':
      return playUnled(world, each.acts, idle);
    case 'replace':
      world.replace(at(KEYS, each.which));
      return byUser(at(KEYS, each.which));
    case 'send':
      world.send(at(KEYS, each.which));
      return NOBODY;
    case 'arrive':
      world.arrive(at(KEYS, each.which));
      return NOBODY;
    case 'settle':
      world.settle();
      return NOBODY;
    case 'old':
      world.showOld(at(KEYS, each.which), each.how);
      return NOBODY;
    case 'config':
      world.configure(at(CONFIGS, each.how));
      return NOBODY;
    case 'namespace':
      world.label(at(LABELS, each.how));
      return NOBODY;
    case 'pass':
      world.pass(each.how * 1_000);
      return NOBODY;
    case 'restart':
      world.restart();
      return withMoved(world, NOBODY, idle);
    case 'take over':
      world.takeOver();
      return withMoved(world, NOBODY, idle);
  }
}

function perform(world: World, each: Act): Touched {
  const of = at(KEYS, each.which);
  switch (each.do) {
    case 'create':
      world.create(at(NAMES, each.which), at(PARTS, each.how));
      return byUser(of);
    case 'remove':
      world.remove(of);
      return byUser(of);
    case 'edit':
      world.edit(of, at(EDITS, each.how));
      return byUser(of);
    case 'overwrite':
      world.overwrite(of, at(RIVALS, each.how));
      return { byUser: [], byOthers: [of] };
    case 'replace status':
      world.overwrite(of, at(RIVALS, each.how), true);
      return { byUser: [], byOthers: [of] };
  }
}

function playUnled(world: World, acts: readonly Act[], idle: Idle): Touched {
  let touched = NOBODY;
  world.unled(() => {
    for (const each of acts) {
      const { byUser, byOthers } = perform(world, each);
      touched = { byUser: [...touched.byUser, ...byUser], byOthers: [...touched.byOthers, ...byOthers] };
    }
  });
  return withMoved(world, touched, idle);
}

/**
 * What somebody wrote into a status and a pool has may stay when another leads, unless it is another Service's: one's that
 * does not share it, and was not moved in the same way, as by who exchanged the addresses of the two. Where nothing is left
 * that proves what a Service had, it may have something else.
 */
function withMoved(world: World, touched: Touched, idle: Idle): Touched {
  const others = [...touched.byOthers, ...world.overwritten] as ServiceKey[];
  const statuses = world.statuses();
  const isMoved = (key: ServiceKey, from: string) => {
    const ips = statuses.get(key) ?? [];
    return others.includes(key) && !ips.includes(from) && ips.some((ip) => world.isInPool(ip));
  };
  const isAnothers = (ip: string, of: ServiceKey) =>
    [...idle].some(
      ([key, ips]) =>
        key !== of &&
        ips.includes(ip) &&
        !touched.byUser.includes(key) &&
        !isMoved(key, ip) &&
        !world.mayStayTogether(of, key),
    );
  const moved = others.filter(
    (of) => !world.isProven(of) || (statuses.get(of) ?? []).some((ip) => world.isInPool(ip) && !isAnothers(ip, of)),
  );
  return { ...touched, byUser: [...touched.byUser, ...moved] };
}

/** Everything written, and everybody told: what one write frees is given by the next, as far as there are Services. */
function rest(world: World): void {
  for (const _ of NAMES) {
    world.settle();
    world.pass(1_000);
  }
  world.settle();
}

/** Everything that must be true is asked after each step. */
export function run(steps: readonly Step[]): World {
  const world = new World(at(CONFIGS, 0));
  let idle: Idle = new Map();
  for (const each of steps) {
    const [before, granted] = [world.rightful(), grantedIn(world)];
    const touched = play(world, each, idle);
    assertHeld(world);
    assertGiven(world, granted);
    assertTold(world);
    assertKept(world, { before, idle, touched });
    world.noteAccepted();
    idle = idleIn(world, idle, touched);
  }
  rest(world);
  assertHeld(world);
  return world;
}
