/**
 * The model's steps, and who plays them: two replicas, of which one leads, and all that happens around them.
 * @module
 */
import fc from 'fast-check';
import { Chance } from '../../../src/playground/api/chance.js';
import type { Release } from '../../../src/playground/api/faults.js';
import { forge, newcomer, secondNode, unpublish } from './adversity.js';
import { FAULTS, withProbability } from './fault-table.js';
import { at, BROKEN, CONFIGS, EDITS, LABELS, NAMES, PARTS, STATUSES, STRANGERS } from './lists.js';
import type { World } from './world.js';

const PLAIN = ['release', 'compact', 'stop', 'kill', 'freeze', 'dark', 'start', 'unconfigure', 'home', 'calm'] as const;
const OF_SERVICES = ['create', 'remove', 'edit', 'rival', 'recreate', 'provider', 'forge'] as const;
const OF_ALL = [
  'config',
  'broken',
  'label',
  'fault',
  'turns',
  'pass',
  'report',
  'newcomer',
  'unpublish',
  'node',
] as const;

export type Step =
  | { readonly do: (typeof OF_SERVICES)[number]; readonly which: number; readonly how: number }
  | { readonly do: (typeof OF_ALL)[number]; readonly how: number }
  | { readonly do: (typeof PLAIN)[number] };

const WEIGHTS: Readonly<Record<Step['do'], number>> = {
  create: 8,
  remove: 3,
  edit: 10,
  rival: 3,
  recreate: 2,
  provider: 1,
  forge: 2,
  config: 4,
  broken: 1,
  label: 1,
  fault: 4,
  turns: 3,
  pass: 5,
  report: 2,
  newcomer: 2,
  unpublish: 1,
  node: 2,
  release: 4,
  compact: 1,
  stop: 1,
  kill: 1,
  freeze: 1,
  dark: 1,
  start: 2,
  unconfigure: 1,
  home: 1,
  calm: 4,
};

const which = fc.nat({ max: NAMES.length - 1 });
const how = fc.nat({ max: 999 });
const named = <T extends Step['do']>(name: T) => fc.constant(name);
export const step: fc.Arbitrary<Step> = fc.oneof(
  ...OF_SERVICES.map((name) => ({ weight: WEIGHTS[name], arbitrary: fc.record({ do: named(name), which, how }) })),
  ...OF_ALL.map((name) => ({ weight: WEIGHTS[name], arbitrary: fc.record({ do: named(name), how }) })),
  ...PLAIN.map((name) => ({ weight: WEIGHTS[name], arbitrary: fc.record({ do: named(name) }) })),
);

/** The last one lets every retry have its turn. */
const PAUSES_MS = [0, 500, 1_000, 2_000, 3_000, 5_000, 7_000, 10_000, 12_000, 31_000].concat(75_000);
const CALM_MS = 7_000;
const AFTER_FAULTS_MS = 75_000;
const BEYOND_LEASE_MS = 25_000;

/** So many of each list a sequence uses: few enough for its Services to meet. */
const WIDTH = 5;

export class Game {
  readonly #world: World;
  readonly #focus: number;
  #releases: Release[] = [];

  /** `focus` chooses what of each list is used; with 0 it is all. */
  constructor(world: World, focus = 0) {
    this.#world = world;
    this.#focus = focus;
    this.#start();
  }

  /** Plays the step, and judges what is said where there was the time to say it. */
  async play(each: Step): Promise<void> {
    const isAct = !['turns', 'pass', 'calm'].includes(each.do);
    await this.#play(each);
    if (isAct) this.#world.stirred();
    await this.#world.judge();
  }

  async end(): Promise<void> {
    this.#release();
    if (this.#world.replicas.length === 0) this.#world.start();
    this.#world.report([]);
    this.#world.configure(at(CONFIGS, 0));
    this.#world.stirred();
    await this.#world.time.until('a leader', () => this.#world.leader() !== undefined);
    await this.#world.time.pass(CALM_MS);
    await this.#world.rest();
  }

  #play(each: Step): Promise<void> | void {
    const world = this.#world;
    switch (each.do) {
      case 'create':
        return this.#unless(at(NAMES, each.which), (name) => world.create(name, this.#of(PARTS, each.how)));
      case 'remove':
        return this.#if(at(NAMES, each.which), (name) => world.remove(name));
      case 'recreate':
        return this.#if(at(NAMES, each.which), (name) => this.#recreate(name, each.how));
      case 'edit':
        return this.#if(at(NAMES, each.which), (name) => world.edit(name, this.#of(EDITS, each.how)));
      case 'rival':
        return this.#if(at(NAMES, each.which), (name) => this.#rival(name, each.how));
      case 'provider':
        return this.#provide(at(NAMES, each.which), each.how);
      case 'config':
        return world.configure(this.#of(CONFIGS, each.how));
      case 'broken':
        return world.configureText(this.#of(BROKEN, each.how));
      case 'unconfigure':
        return world.unconfigure();
      case 'label':
        return this.#label(each.how);
      case 'home':
        return world.hasNamespace('bank')
          ? world.attempt(() => world.removeNamespace('bank'))
          : world.createNamespace('bank');
      case 'report':
        return world.report(at(STRANGERS, each.how));
      case 'forge':
        return forge(world, at(NAMES, each.which), each.how);
      case 'newcomer':
        return newcomer(world, this.#of(PARTS, each.how), each.how);
      case 'node':
        return secondNode(world, each.how);
      default:
        return this.#disturb(each);
    }
  }

  /** What happens to controllers and to the API server. */
  #disturb(each: Step): Promise<void> | void {
    const world = this.#world;
    switch (each.do) {
      case 'fault':
        this.#releases.push(world.fault(withProbability(at(FAULTS, each.how).is, each.how % 3 === 0 ? 1 : 0.5)));
        return;
      case 'unpublish':
        return unpublish(world, this.#of(CONFIGS, each.how), each.how).then(
          (release) => void this.#releases.push(release),
        );
      case 'release':
        return this.#releases.shift()?.();
      case 'compact':
        return world.store.compact();
      case 'turns':
        return world.time.turns(each.how % 40);
      case 'pass':
        return world.time.pass(at(PAUSES_MS, each.how));
      case 'stop':
      case 'kill':
        return this.#end(each.do);
      case 'dark':
        return this.#darken();
      case 'start':
        return this.#start();
      case 'freeze':
        return this.#freeze();
      case 'calm':
        return this.#calm();
      default:
    }
  }

  #of<T>(list: readonly T[], how: number): T {
    if (this.#focus === 0) return at(list, how);
    return at(list, Math.floor(new Chance(this.#focus * WIDTH + (how % WIDTH)).next() * list.length));
  }

  #unless(name: string, act: (name: string) => void): void {
    if (this.#world.service(name) === undefined) this.#world.attempt(() => act(name));
  }

  #if(name: string, act: (name: string) => void): void {
    if (this.#world.service(name) !== undefined) this.#world.attempt(() => act(name));
  }

  #recreate(name: string, how: number): void {
    this.#world.remove(name);
    this.#unless(name, () => this.#world.create(name, this.#of(PARTS, how)));
  }

  #rival(name: string, how: number): void {
    if (this.#world.service(name)?.type === 'LoadBalancer') this.#world.rival(name, this.#of(STATUSES, how));
  }

  /** A Service of another class, with an address that its provider gave. */
  #provide(name: string, how: number): void {
    this.#unless(name, () => this.#world.create(name, { spec: { loadBalancerClass: 'other.example/lb' } }));
    if (this.#world.service(name)?.loadBalancerClass === 'other.example/lb') this.#rival(name, how);
  }

  #label(how: number): void {
    const namespace = how % 2 === 0 || !this.#world.hasNamespace('bank') ? 'shop' : 'bank';
    this.#world.label(at(LABELS, Math.floor(how / 2)), namespace);
  }

  #start(): void {
    while (this.#world.replicas.length < 2) this.#world.start();
  }

  async #end(how: 'stop' | 'kill'): Promise<void> {
    const [oldest] = this.#world.replicas;
    const replica = this.#world.leader() ?? oldest;
    if (replica === undefined) return;
    await this.#world[how](replica);
    this.#world.start();
  }

  /** Nobody is there until somebody is started. */
  async #darken(): Promise<void> {
    for (const replica of [...this.#world.replicas]) await this.#world.kill(replica);
  }

  /** Past its lease, whoever leads. */
  async #freeze(): Promise<void> {
    const leader = this.#world.leader();
    leader?.freeze();
    await this.#world.time.pass(BEYOND_LEASE_MS);
    leader?.thaw();
  }

  #release(): boolean {
    const had = this.#releases.length > 0;
    for (const release of this.#releases.splice(0)) release();
    return had;
  }

  async #calm(): Promise<void> {
    await this.#world.time.pass(this.#release() ? AFTER_FAULTS_MS : CALM_MS);
  }
}
