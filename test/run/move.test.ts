/** `cairn move` against an API server in this process and a controller that the test plays. */
import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { ApiError } from '../../src/kube/api-error.js';
import type { MoveFlags } from '../../src/run/flags.js';
import { address } from '../support/values.js';
import { OLD, type Parts, MoveWorld as World } from './move-world.js';

const IPS = 'cairn.dev/loadBalancerIPs';
const GIVE_UP = 'cairn.dev/give-up';
const NEW = '192.0.2.7';
const away = () => new ApiError(0, 'Unreachable', 'the API server cannot be reached');

describe('cairn move', () => {
  it('gives up what the Service has, waits for another address and its announcement, and takes the wish away', async () => {
    const world = new World();
    world.onPatch = () => {
      world.after(150, { ips: [NEW], announced: 'Probing' });
      world.after(900, { announced: 'Announced' });
    };
    const told = await world.run({}, 1_200);
    assert.deepEqual(world.patches, [
      { metadata: { annotations: { [GIVE_UP]: OLD } } },
      { metadata: { annotations: { [GIVE_UP]: null } } },
    ]);
    const stdout = `shop/web moved from ${OLD} to ${NEW} (pool "default")\nit is Announced\n`;
    assert.deepEqual(told, { code: 0, stdout, stderr: '' });
  });

  it('asks for the address that is named, and leaves that wish', async () => {
    const world = new World();
    world.onPatch = () => world.after(50, { ips: [NEW] });
    const { code, stdout } = await world.run({ address: address(NEW) }, 500);
    assert.equal(code, 0);
    assert.match(stdout, /^shop\/web moved from 192\.0\.2\.1 to 192\.0\.2\.7/);
    assert.deepEqual(world.patches, [{ metadata: { annotations: { [IPS]: NEW } } }]);
  });

  it('writes nothing where the Service has the address already', async () => {
    const world = new World();
    const told = await world.run({ address: address(OLD) }, 0);
    assert.deepEqual(told, { code: 0, stdout: `shop/web has ${OLD} already\n`, stderr: '' });
    assert.deepEqual(world.patches, []);
  });

  it('says that it moved though nobody announces the new address within five seconds', async () => {
    const world = new World();
    world.onPatch = () => world.after(50, { ips: [NEW], announced: 'NoSpeakerReady' });
    assert.equal((await world.run({}, 4_900)).code, undefined);
    const other = new World();
    other.onPatch = () => other.after(50, { ips: [NEW], announced: 'NoSpeakerReady' });
    const { code, stdout } = await other.run({}, 5_300);
    assert.equal(code, 0);
    assert.match(stdout, /it is NoSpeakerReady\n$/);
  });

  it('takes a reason that stood there before for a refusal only when it still stands after two seconds', async () => {
    const world = new World({ assigned: 'AddressTaken' });
    world.onPatch = () => world.after(1_900, { ips: [NEW], assigned: 'Assigned' });
    assert.equal((await world.run({ address: address(NEW) }, 2_500)).code, 0);
    const refused = new World({ assigned: 'AddressTaken' });
    const { code, stdout, stderr } = await refused.run({ address: address(NEW) }, 2_500);
    assert.deepEqual([code, stdout], [1, '']);
    assert.match(stderr, /^shop\/web stays where it is \(AddressTaken\): it is AddressTaken\n.*take the wish back: /);
  });

  it('gives up after the timeout, and says what it may be', async () => {
    const world = new World();
    assert.equal((await world.run({}, 29_900)).code, undefined);
    const { code, stderr } = await new World().run({ timeoutMs: 1_000 }, 1_200);
    assert.equal(code, 1);
    assert.match(
      stderr,
      /^shop\/web still has 192\.0\.2\.1 after 1 s: does a controller run and lead\? The wish stays/,
    );
  });

  it('does not wait longer for a refusal than the timeout says', async () => {
    const world = new World({ assigned: 'PoolFull' });
    const { code, stderr } = await world.run({ timeoutMs: 500 }, 700);
    assert.equal(code, 1);
    assert.match(stderr, /\(PoolFull\)/);
  });

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
      const world = new World({ ...parts, assigned: 'AddressTaken' });
      const { stderr } = await world.run(to === undefined ? {} : { address: address(to) }, 2_500);
      assert.equal(stderr.split('to take the wish back: ')[1], `kubectl -n shop ${want}\n`);
    });
  }

  describe('when it cannot work', () => {
    it('says that there is no such Service, in the namespace that is asked for', async () => {
      const world = new World();
      world.service = undefined;
      const { code, stderr } = await world.run({}, 0);
      assert.deepEqual([code, stderr], [1, 'there is no Service shop/web\n']);
    });

    it('says why the Service cannot be moved', async () => {
      const { code, stderr } = await new World({ loadBalancerIP: OLD }).run({}, 0);
      assert.equal(code, 1);
      assert.match(stderr, /asks for 192\.0\.2\.1 itself, in spec\.loadBalancerIP/);
    });

    it('says what the API server says against the wish', async () => {
      const world = new World();
      world.refuses = (method) => (method === 'PATCH' ? new ApiError(403, 'Forbidden', 'may not patch') : undefined);
      const { code, stderr } = await world.run({}, 0);
      assert.deepEqual([code, stderr], [1, 'may not patch\n']);
    });

    it('says that the wish stays when the API server goes away', async () => {
      const world = new World();
      world.onPatch = () => {
        world.refuses = away;
      };
      const { code, stderr } = await world.run({}, 200);
      assert.equal(code, 1);
      assert.match(stderr, /^the API server cannot be reached\nThe wish stays; .* annotate --overwrite service web /);
    });

    it('says that the Service is gone when somebody deletes it', async () => {
      const world = new World();
      world.onPatch = () => world.after(150, undefined);
      const { code, stderr } = await world.run({}, 500);
      assert.deepEqual([code, stderr], [1, 'there is no Service shop/web\n']);
    });

    it('says that it moved, also when the API server goes away right after', async () => {
      const world = new World();
      world.onPatch = () => {
        world.after(50, { ips: [NEW] });
        world.clock.after(50, () => {
          world.refuses = (method) => (method === 'PATCH' ? away() : undefined);
        });
      };
      const { code, stdout } = await world.run({}, 500);
      assert.equal(code, 0);
      assert.equal(stdout, `shop/web moved from ${OLD} to ${NEW} (pool "default")\n`);
    });

    it('throws what is no answer of the API server', async () => {
      const world = new World();
      world.refuses = () => {
        throw new TypeError('a mistake of ours');
      };
      await assert.rejects(world.run({}, 0), TypeError);
    });
  });

  describe('with -o json', () => {
    const told = async (world: World, flags: Partial<MoveFlags>, forMs: number) => {
      const { code, stdout, stderr } = await world.run({ ...flags, output: 'json' }, forMs);
      assert.equal(stderr, '');
      const { message, ...facts } = JSON.parse(stdout);
      assert.equal(typeof message, 'string');
      return { code, ...facts };
    };
    const service = 'shop/web';

    it('tells each result as one object', async () => {
      const moving = new World();
      moving.onPatch = () => moving.after(50, { ips: [NEW] });
      assert.deepEqual(await told(moving, {}, 500), {
        code: 0,
        service,
        result: 'moved',
        from: [OLD],
        to: [NEW],
        pool: 'default',
      });
      const there = { address: address(OLD) };
      assert.deepEqual(await told(new World(), there, 0), {
        code: 0,
        service,
        result: 'unchanged',
        from: [OLD],
        to: [OLD],
      });
      const full = new World({ assigned: 'PoolFull' });
      assert.deepEqual(await told(full, {}, 2_500), {
        code: 1,
        service,
        result: 'refused',
        from: [OLD],
        to: [OLD],
        reason: 'PoolFull',
      });
      const late = { timeoutMs: 1_000 };
      assert.deepEqual(await told(new World(), late, 1_200), {
        code: 1,
        service,
        result: 'timeout',
        from: [OLD],
        to: [OLD],
      });
      const nowhere = new World();
      nowhere.service = undefined;
      assert.deepEqual(await told(nowhere, {}, 0), { code: 1, service, result: 'failed', from: [], to: [] });
    });
  });
});
