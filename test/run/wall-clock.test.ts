/**
 * A wall clock that is set while a leader counts rests: nobody waits longer or shorter, and what is told is true by that clock.
 */
import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { type FakeControllerApi, SERVICES } from './fake-controller-api.js';
import { cluster, ipsOf, ONE, reasonOf, Term } from './leader-term.js';

const RESTING = 'address-pools: [{name: p, protocol: layer2, addresses: [192.0.2.1], reuse-delay: 10m}]';
const HOUR_MS = 3_600_000;

const message = (api: FakeControllerApi, name: string) => api.service(`shop/${name}`)?.conditions[0]?.message ?? '';
/** As the sentence has it. */
const timeIn = (ms: number) => `${new Date(ms).toISOString().slice(0, 19)}Z`;

/** `next` waits for what `web` gave back right now, which is to rest for ten minutes. */
async function waiting(): Promise<{ readonly api: FakeControllerApi; readonly term: Term }> {
  const api = cluster(RESTING);
  const term = await Term.begin(api);
  api.addService('web');
  await term.settle(5_000);
  api.addService('next');
  await term.settle(5_000);
  api.remove(SERVICES, 'web', 'shop');
  return { api, term };
}

describe('a wall clock that is set', () => {
  // biome-ignore format: table
  const jumps = [
    { name: 'back',    byMs: -HOUR_MS },
    { name: 'forward', byMs: HOUR_MS },
  ];

  for (const { name, byMs } of jumps) {
    /** The clock is set after five of the ten minutes. */
    const rested = async () => {
      const { api, term } = await waiting();
      await term.settle(300_000);
      term.clock.jumpWallMs(byMs);
      return { api, term };
    };

    it(`${name} neither ends a rest nor lengthens one`, async () => {
      const { api, term } = await rested();
      await term.settle(299_000);
      assert.equal(reasonOf(api, 'next'), 'AddressResting');
      await term.settle(1_000);
      assert.equal(ipsOf(api, 'next'), '192.0.2.1');
      await term.end();
    });

    it(`${name} makes who waits hear anew until when, by that clock`, async () => {
      const { api, term } = await rested();
      const until = timeIn(term.clock.wallMs() + 300_000);
      await term.settle(60_000);
      assert.match(message(api, 'next'), new RegExp(`may be given at ${until}`));
      const { length } = api.writes;
      await term.settle(200_000);
      assert.equal(api.writes.length, length, 'that is written once');
      await term.end();
    });

    for (const end of ['stopped at once', 'killed a minute later'] as const) {
      it(`${name} leaves to whoever follows a leader ${end} as much of a rest as there is`, async () => {
        const { api, term: first } = await rested();
        const leftMs = end === 'stopped at once' ? 300_000 : 240_000;
        await first.settle(300_000 - leftMs);
        first.leads = end === 'stopped at once';
        await first.end();
        const second = await Term.begin(api, first.clock);
        await second.settle(leftMs - 1_000);
        assert.equal(reasonOf(api, 'next'), 'AddressResting');
        await second.settle(1_000);
        assert.equal(ipsOf(api, 'next'), '192.0.2.1');
        await second.end();
      });
    }

    it(`${name} keeps nobody from hearing soon who holds what`, async () => {
      const api = cluster(ONE);
      const term = await Term.begin(api);
      api.addService('web', { metadata: { creationTimestamp: '2026-07-01T09:00:00Z' } });
      await term.settle(5_000);
      api.addService('next', { metadata: { creationTimestamp: '2026-07-01T09:30:00Z' } });
      api.addService('waits');
      await term.settle(5_000);
      assert.match(message(api, 'waits'), /held by shop\/web/);
      api.remove(SERVICES, 'web', 'shop');
      await term.settle(500);
      term.clock.jumpWallMs(byMs);
      await term.settle(1_000);
      assert.match(message(api, 'waits'), /held by shop\/next/);
      await term.end();
    });
  }

  it('a little, as a clock that drifts, has nothing written anew', async () => {
    const { api, term } = await waiting();
    await term.settle(5_000);
    const { length } = api.writes;
    term.clock.jumpWallMs(-900);
    api.editService('next', (before) => ({ ...before, metadata: { ...before.metadata, labels: { seen: 'again' } } }));
    await term.settle(120_000);
    assert.equal(api.writes.length, length);
    await term.end();
  });
});
