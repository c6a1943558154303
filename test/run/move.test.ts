/** `cairn move` against an API server in this process and a controller that the test plays. */
import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { ApiError } from '../../src/kube/api-error.js';
import type { MoveFlags } from '../../src/run/flags.js';
import { address } from '../support/values.js';
import { OLD, MoveWorld as World } from './move-world.js';

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

  it('takes what the controller says of the wish for a refusal, and nothing that it said before', async () => {
    const refused = new World();
    refused.onPatch = () => refused.after(50, { assigned: 'AddressTaken' });
    const { code, stdout, stderr } = await refused.run({ address: address(NEW) }, 200);
    assert.deepEqual([code, stdout], [1, '']);
    assert.match(stderr, /^shop\/web stays where it is \(AddressTaken\): it is AddressTaken\n.*take the wish back: /);

    // As while leadership changes hands.
    const late = new World({ assigned: 'AddressTaken' });
    late.onPatch = () => late.after(20_000, { ips: [NEW], assigned: 'Assigned' });
    assert.equal((await late.run({ address: address(NEW) }, 20_200)).code, 0);
  });

  it('says in the end what was said before and stands', async () => {
    const world = new World({ assigned: 'PoolFull' });
    const { code, stderr } = await world.run({ timeoutMs: 1_000 }, 1_000);
    assert.equal(code, 1);
    assert.match(
      stderr,
      /^shop\/web still has 192\.0\.2\.1 after 1 s, and nothing else is said of it than before \(PoolFull: it is PoolFull\): does a/,
    );
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

    it('says that it moved, and which wish stands still, when the API server goes away right after', async () => {
      const world = new World();
      world.onPatch = () => {
        world.after(50, { ips: [NEW] });
        world.refuses = (method) => (method === 'PATCH' ? away() : undefined);
      };
      const { code, stdout } = await world.run({ context: 'prod' }, 500);
      assert.equal(code, 0);
      assert.equal(
        stdout,
        `shop/web moved from ${OLD} to ${NEW} (pool "default")\nThe annotation ${GIVE_UP} may still be there (the API server cannot be reached); to remove it: kubectl --context prod -n shop annotate service web ${GIVE_UP}-\n`,
      );
    });

    it('says that it moved, also when the Service is deleted right after', async () => {
      const world = new World();
      world.onPatch = () => {
        world.after(50, { ips: [NEW] });
        world.refuses = (method) => (method === 'PATCH' ? new ApiError(404, 'NotFound', 'not found') : undefined);
      };
      const { code, stdout } = await world.run({}, 500);
      assert.deepEqual([code, stdout.includes(GIVE_UP)], [0, false]);
    });

    it('says that the wish may stand where a gateway had no answer to it', async () => {
      const world = new World();
      world.refuses = (method) => (method === 'PATCH' ? new ApiError(504, 'Timeout', 'gateway timeout') : undefined);
      const { code, stderr } = await world.run({}, 0);
      assert.equal(code, 1);
      assert.match(stderr, /^gateway timeout\nThe wish may stand all the same; to take it back: /);
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
      const full = new World();
      full.onPatch = () => full.change({ assigned: 'PoolFull' });
      assert.deepEqual(await told(full, {}, 200), {
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
      assert.deepEqual(await told(new World({ assigned: 'PoolFull' }), late, 1_200), {
        code: 1,
        service,
        result: 'timeout',
        from: [OLD],
        to: [OLD],
        reason: 'PoolFull',
      });
      const nowhere = new World();
      nowhere.service = undefined;
      assert.deepEqual(await told(nowhere, {}, 0), { code: 1, service, result: 'failed', from: [], to: [] });
    });
  });
});
