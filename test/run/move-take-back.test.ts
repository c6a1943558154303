/** The command that `cairn move` prints to take its wish back. */
import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import type { MoveFlags } from '../../src/run/flags.js';
import { address } from '../support/values.js';
import { OLD, type Parts, MoveWorld as World } from './move-world.js';

const IPS = 'cairn.dev/loadBalancerIPs';
const GIVE_UP = 'cairn.dev/give-up';
const NEW = '192.0.2.7';

describe('cairn move, refused,', () => {
  // biome-ignore format: table
  const backs: readonly { name: string; parts: Partial<Parts>; to?: string; want: string }[] = [
    { name: 'what it gave up',                     parts: {},                                                           want: `annotate --overwrite service web ${GIVE_UP}-` },
    { name: 'what it gave up in place of another', parts: { annotations: { [GIVE_UP]: '192.0.2.9' } },                  want: `annotate --overwrite service web ${GIVE_UP}='192.0.2.9'` },
    { name: 'a wish in the annotation',            parts: {}, to: NEW,                                                  want: `annotate --overwrite service web ${IPS}-` },
    { name: 'a wish in place of another',          parts: { annotations: { [IPS]: '192.0.2.1, 2001:db8::1' } }, to: NEW, want: `annotate --overwrite service web ${IPS}='192.0.2.1, 2001:db8::1'` },
    { name: 'a wish in place of a quoted one',     parts: { annotations: { [IPS]: "it's" } }, to: NEW,                  want: `annotate --overwrite service web ${IPS}='it'\\''s'` },
    { name: 'a wish in the field',                 parts: { loadBalancerIP: OLD }, to: NEW,                             want: `patch service web -p '{"spec":{"loadBalancerIP":"${OLD}"}}'` },
    { name: 'a wish in both',                      parts: { loadBalancerIP: OLD, annotations: { [IPS]: OLD } }, to: NEW, want: `annotate --overwrite service web ${IPS}='${OLD}' && kubectl -n shop patch service web -p '{"spec":{"loadBalancerIP":"${OLD}"}}'` },
    { name: 'a wish, and what it gave up',         parts: { annotations: { [GIVE_UP]: NEW } }, to: NEW,                 want: `annotate --overwrite service web ${IPS}- ${GIVE_UP}='${NEW}'` },
  ];
  for (const { name, parts, to, want } of backs) {
    it(`says how to take back ${name}`, async () => {
      assert.equal(
        await takenBack(new World(parts), to === undefined ? {} : { address: address(to) }),
        `kubectl -n shop ${want}`,
      );
    });
  }

  // biome-ignore format: table
  const clusters: readonly { name: string; flags: Partial<MoveFlags>; want: string }[] = [
    { name: 'its context',                          flags: { context: 'prod' },                                 want: '--context prod' },
    { name: 'a context that a shell would take apart', flags: { context: "Ada's; prod" },                       want: "--context 'Ada'\\''s; prod'" },
    { name: 'its kubeconfig',                       flags: { kubeconfig: '/k/admin.conf' },                     want: '--kubeconfig /k/admin.conf' },
    { name: 'both',                                 flags: { kubeconfig: '~/k 1', context: 'user@prod' },       want: "--kubeconfig '~/k 1' --context user@prod" },
  ];
  for (const { name, flags, want } of clusters) {
    it(`says how to take it back on the cluster that was named by ${name}`, async () => {
      const back = `annotate --overwrite service web ${GIVE_UP}-`;
      assert.equal(await takenBack(new World(), flags), `kubectl ${want} -n shop ${back}`);
    });
  }

  async function takenBack(world: World, flags: Partial<MoveFlags>): Promise<string | undefined> {
    world.onPatch = () => world.change({ assigned: 'AddressTaken' });
    const { stderr } = await world.run(flags, 200);
    return stderr.trimEnd().split('to take the wish back: ')[1];
  }
});
