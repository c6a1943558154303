import { type Json, MERGE_PATCH } from './http.js';
import type { World } from './world.js';

export const FINALIZER = 'example.com/hold';

export const isGone = async (world: World, plural: string, name: string): Promise<boolean> =>
  (await world.http.get(world.path(plural, name))).code === 404;

export const gone = (world: World, plural: string, name: string) =>
  world.waitFor(`${plural}/${name} is gone`, () => isGone(world, plural, name), { timeoutMs: 15_000 });

export const letGo = (world: World, plural: string, name: string) =>
  world.ok(world.http.patch(world.path(plural, name), { metadata: { finalizers: null } }, MERGE_PATCH));

export const names = async (world: World, plural: string, query: Record<string, string> = {}): Promise<string> =>
  (await world.ok(world.http.get(world.path(plural), query))).items.map((item: Json) => item.metadata.name).join(' ');
