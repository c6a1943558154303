/**
 * What meets a controller seldom and at a bad moment: a namespace that it hears of late, a state that it may not write, marks
 * that nobody gave, a speaker that lies.
 * @module
 */

import type { Release } from '../../../src/playground/api/faults.js';
import { at, FORGED, LABELS, LATE, NAMES, type Parts, SECOND_NODE, SELECTIVE } from './lists.js';
import { NAMESPACE } from './truth.js';
import type { World } from './world.js';

/** Longer than a controller tries before it says that it cannot publish a configuration. */
const UNPUBLISHED_MS = 2_000;
/** A controller that nothing hinders goes by this configuration alone. */
const SEEN_MS = 12_000;

/**
 * A namespace and its Services at one moment: each watch tells in its own time. Where they are there they go. Now and then
 * the namespace is told last, and its labels matter for certain: a controller goes by pools alone that select them.
 */
export async function newcomer(world: World, parts: Parts, how: number): Promise<void> {
  if (world.hasNamespace(LATE)) world.attempt(() => world.removeNamespace(LATE));
  else if (how % 4 === 0) await comeBeforeNamespace(world, how / 4);
  else come(world, parts, how);
}

async function comeBeforeNamespace(world: World, how: number): Promise<void> {
  world.configure(at(SELECTIVE, how));
  await world.time.pass(SEEN_MS);
  const release = world.server.faults.add({ kind: 'bookmarks-only', verbs: ['watch'], resource: 'namespaces' });
  come(world, {}, how);
  await world.time.settle();
  release();
}

function come(world: World, parts: Parts, how: number): void {
  world.createNamespace(LATE, at(LABELS, how));
  for (const name of NAMES.filter((each) => each.startsWith(`${LATE}/`)))
    world.attempt(() => world.create(name, parts));
}

/**
 * Whatever the controller wants to remember is refused, and the configuration changes, if only by a comment; then all statuses are
 * wiped. Returns what ends the refusals.
 */
export async function unpublish(world: World, pools: readonly string[], how: number): Promise<Release> {
  const refused = { resource: 'configmaps', namespace: NAMESPACE, name: 'cairn-state' } as const;
  const release = world.fault({ kind: 'refuse', code: 403, verbs: ['patch'], ...refused });
  if (how % 2 === 0) world.touchConfiguration();
  else world.configure(pools);
  await world.time.pass(UNPUBLISHED_MS);
  for (const { key, type } of world.services()) if (type === 'LoadBalancer') world.attempt(() => world.rival(key, []));
  await world.time.pass(UNPUBLISHED_MS);
  return release;
}

/** A Service that says it was given addresses, and never was one of ours. */
export function forge(world: World, name: string, how: number): void {
  const parts = at(FORGED, how);
  if (world.service(name) === undefined) world.attempt(() => world.create(name, parts));
  else if (!world.wasEverServed(name))
    world.edit(name, ({ metadata }) => {
      metadata.annotations = { ...metadata.annotations, ...parts.metadata['annotations'] };
    });
}

/** Another node comes, changes its addresses, lies, or goes. */
export function secondNode(world: World, how: number): void {
  if (how % (SECOND_NODE.length + 1) === SECOND_NODE.length) {
    world.removeSecondNode();
    return;
  }
  const { has } = at(SECOND_NODE, how);
  // Every third time its speaker has said nothing since.
  world.setSecondNode(has, how % 3 === 0 ? undefined : at(SECOND_NODE, how));
}
