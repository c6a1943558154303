/** `cairn move` where others write the Service as well, or nobody answers. */
import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { OLD, MoveWorld as World } from './move-world.js';

const GIVE_UP = 'cairn.dev/give-up';
const NEW = '192.0.2.7';

describe('cairn move', () => {
  describe('beside others who write the Service', () => {
    it('plans anew on what somebody wrote meanwhile', async () => {
      const world = new World();
      world.beforePatch = () => {
        if (world.service?.ips[0] === OLD) world.change({ ips: ['192.0.2.2'] });
      };
      world.onPatch = () => world.after(50, { ips: [NEW] });
      const { code, stdout } = await world.run({}, 500);
      assert.equal(code, 0);
      assert.match(stdout, /moved from 192\.0\.2\.2 to 192\.0\.2\.7/);
      assert.deepEqual(world.patches[0], { metadata: { annotations: { [GIVE_UP]: '192.0.2.2' } } });
    });

    it('writes nothing into a Service that is written without end, and says so', async () => {
      const world = new World();
      world.beforePatch = () => world.change({});
      const { code, stderr } = await world.run({}, 0);
      assert.deepEqual([code, stderr, world.patches], [1, 'the object has been modified\n', []]);
    });

    it('leaves the wish that another one has written meanwhile', async () => {
      const world = new World();
      world.onPatch = () => world.after(50, { ips: [NEW], annotations: { [GIVE_UP]: NEW } });
      const { code, stdout } = await world.run({}, 500);
      assert.deepEqual([code, stdout.includes(GIVE_UP)], [0, false]);
      assert.equal(world.patches.length, 1);
    });

    it('takes its wish away though the controller writes in between, and none that comes then', async () => {
      for (const [what, annotations] of [
        ['ours', { [GIVE_UP]: OLD }],
        ['theirs', { [GIVE_UP]: NEW }],
      ] as const) {
        const world = new World();
        world.onPatch = () => {
          world.after(50, { ips: [NEW] });
          world.beforePatch = () => {
            world.beforePatch = () => {};
            world.change({ annotations });
          };
        };
        assert.equal((await world.run({}, 500)).code, 0);
        assert.deepEqual(world.service?.annotations, what === 'ours' ? {} : annotations);
      }
    });
  });

  describe('where the API server hangs', () => {
    const hanging = async (method: 'GET' | 'PATCH', from: 'the start' | 'the wish') => {
      const world = new World();
      const hang = () => {
        world.hangs = (each) => each === method;
      };
      if (from === 'the start') hang();
      else world.onPatch = hang;
      return await world.run({ timeoutMs: 5_000 }, 5_000);
    };

    it('is over with its timeout, and says what may stand there', async () => {
      assert.deepEqual(await hanging('GET', 'the start'), { code: 1, stdout: '', stderr: 'no answer within 5 s\n' });
      const wish = await hanging('PATCH', 'the start');
      assert.match(wish.stderr, /^no answer within 5 s\nThe wish may stand all the same; to take it back: kubectl /);
      const look = await hanging('GET', 'the wish');
      assert.match(look.stderr, /^no answer within 5 s\nThe wish stays; to take it back: kubectl /);
      assert.deepEqual([wish.code, look.code], [1, 1]);
    });

    it('waits for no announcement that it cannot see', async () => {
      const world = new World();
      world.onPatch = () => world.after(50, { ips: [NEW], announced: 'Probing' });
      world.clock.after(1_000, () => {
        world.hangs = () => true;
      });
      const { code, stdout } = await world.run({}, 5_200);
      assert.equal(code, 0);
      assert.match(stdout, /it is Probing\n$/);
    });
  });
});
