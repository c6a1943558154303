import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { describe, it } from 'mocha';
import { ASSIGNED_REASONS } from '../src/allocator/conditions.js';
import { NODE_ADDRESS_WITHHELD } from '../src/run/ip-mode.js';
import { NOT_PUBLISHED } from '../src/run/publication.js';
import {
  ADDRESS_LOST,
  RELEASED,
  SERVED_BY_ANOTHER,
  STATUS_REFUSED,
  STATUS_REPAIRED,
  TAKEN_OVER,
} from '../src/run/service-notes.js';

const read = (path: string): string => readFileSync(new URL(`../${path}`, import.meta.url), 'utf8');

/** The first column of the table under a heading. */
function rowsUnder(heading: string): readonly string[] {
  const section = read('docs/conditions.md')
    .split(/^## /m)
    .find((text) => text.startsWith(heading));
  assert.ok(section !== undefined, `docs/conditions.md has no heading ${heading}`);
  return [...section.matchAll(/^\| `(\w+)` \|/gm)].map((match) => match[1] ?? '');
}

/** The words of `export type AnnouncedReason = | 'A' | 'B'`: a type leaves nothing behind to ask at run time. */
function announcedReasons(): readonly string[] {
  const union = /export type AnnouncedReason =([\s\S]*?');/.exec(read('src/speaker/announced.ts'))?.[1] ?? '';
  return [...union.matchAll(/\| '(\w+)'/g)].map((match) => match[1] ?? '');
}

/** Reasons of events that are written where they are told. */
const toldInRun = (): readonly string[] =>
  readdirSync(new URL('../src/run', import.meta.url))
    .flatMap((file) => [...read(`src/run/${file}`).matchAll(/\breason: '(\w+)'/g)])
    .map((match) => match[1] ?? '');

const sorted = (words: readonly string[]) => [...new Set(words)].sort();

describe('docs/conditions.md', () => {
  // biome-ignore format: table
  const cases = [
    { name: 'every reason of cairn.dev/AddressAssigned', heading: '`cairn.dev/AddressAssigned`', want: [...ASSIGNED_REASONS, NOT_PUBLISHED, NODE_ADDRESS_WITHHELD] },
    { name: 'every reason of cairn.dev/Announced',       heading: '`cairn.dev/Announced`',       want: announcedReasons() },
    { name: 'every other event',                         heading: 'Other events',                want: [STATUS_REFUSED, STATUS_REPAIRED, RELEASED, SERVED_BY_ANOTHER, ADDRESS_LOST, TAKEN_OVER, ...toldInRun()] },
  ];
  for (const { name, heading, want } of cases) {
    it(`has one row for ${name}, and no other`, () => {
      const rows = rowsUnder(heading);
      assert.ok(want.length > 0);
      assert.deepEqual(rows.toSorted(), sorted(want));
    });
  }
});
