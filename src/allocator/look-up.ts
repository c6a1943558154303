/**
 * Looking into maps that are empty nearly always, such as that of the Services which wait.
 *
 * Pure. An empty `Map` of the language reads the whole key before it says that there is nothing.
 * @module
 */
export const lookUp = <K, V>(map: ReadonlyMap<K, V>, key: K): V | undefined =>
  map.size === 0 ? undefined : map.get(key);
