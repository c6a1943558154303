/**
 * What a daemon's copies of the API server's objects lack, as a sentence for `/readyz`.
 *
 * An API server that is away is no complaint once everything was listed: what is held then is as good as can be.
 * @module
 */
import type { Informer } from '../kube/watch.js';

/** By the name of the resource, as RBAC has it. */
export type ApiViews = Readonly<Record<string, Pick<Informer<never>, 'isSynced' | 'denial'>>>;

/** What has not been listed yet, and why where that is known; undefined when everything was, whatever came after. */
export function unlisted(views: ApiViews): string | undefined {
  const missing = Object.entries(views).filter(([, { isSynced }]) => !isSynced);
  if (missing.length === 0) return undefined;
  const names = missing.map(([name]) => name).join(', ');
  return denied(Object.fromEntries(missing)) ?? `the API server has not listed ${names} yet`;
}

/** What the API server lets nobody see who comes as we do, also where it was listed before; short denials do not count. */
export function denied(views: ApiViews): string | undefined {
  const all = Object.entries(views).flatMap(([name, { denial }]) => (denial === undefined ? [] : [{ name, denial }]));
  const [first] = all;
  if (first === undefined) return undefined;
  return `the API server refuses to list or watch ${all.map(({ name }) => name).join(', ')}: ${first.denial}`;
}
