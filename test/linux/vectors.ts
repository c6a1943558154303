/**
 * Captured netlink datagrams by what was done when the kernel sent them.
 * @module
 */
import fs from 'node:fs';
import { hex } from '../support/values.js';

const FILE = new URL('../vectors/netlink.txt', import.meta.url);

const vectors = new Map(
  fs
    .readFileSync(FILE, 'utf8')
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map((line): [string, Uint8Array] => {
      const colon = line.lastIndexOf(': ');
      return [line.slice(0, colon), hex(line.slice(colon + 2))];
    }),
);

/** The datagram of that name; throws when there is none. */
export function netlinkVector(name: string): Uint8Array {
  const bytes = vectors.get(name);
  if (bytes === undefined) throw new Error(`no netlink vector ${name}`);
  return bytes;
}

/** In the order of the file, which is the order of arrival. */
export const netlinkVectors: ReadonlyMap<string, Uint8Array> = vectors;
