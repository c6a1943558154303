/**
 * Into and out of lists of some hundred entries.
 *
 * Pure. For so few this is faster than `splice`, which makes a list of what it takes out, and does not care which end of
 * the list is near.
 * @module
 */
export function insertAt<T>(list: T[], at: number, value: T): void {
  list.push(value);
  for (let each = list.length - 1; each > at; each--) list[each] = list[each - 1] as T;
  list[at] = value;
}

export function removeAt<T>(list: T[], at: number): void {
  if (2 * at < list.length) {
    // The engine drops the first entry without moving the others.
    for (let each = at; each > 0; each--) list[each] = list[each - 1] as T;
    list.shift();
    return;
  }
  for (let each = at + 1; each < list.length; each++) list[each - 1] = list[each] as T;
  list.pop();
}
