/**
 * Two replicas of the controller while users create, delete and edit 500 Services, and the one that leads is killed, frozen
 * past its lease and thawed, or stopped, at random moments: no address is ever lost, moved unasked or given twice.
 *
 * `CAIRN_CHURN_ROUNDS=50` plays as many rounds of a kind as that, in place of the few that fit into every run;
 * `CAIRN_CHURN_SEED` plays the users of another run again.
 * @module
 */
import assert from 'node:assert/strict';
import { randomInt } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { after, afterEach, before, describe, it } from 'mocha';
import type { Daemon } from '../../src/playground/cluster/cairn.js';
import { type Cluster, startCluster } from '../../src/playground/cluster/cluster.js';
import { chanceFrom } from '../support/values.js';
import { Churn } from './support/churn.js';
import { configure, createNamespaces } from './support/objects.js';
import { Replicas } from './support/replicas.js';
import { judgeRest } from './support/rest-judge.js';
import { viewOf } from './support/service-view.js';
import { configOf, type TestPool, testPool } from './support/test-pools.js';
import { VersionRecord } from './support/version-record.js';

const ASKED_ROUNDS = process.env['CAIRN_CHURN_ROUNDS'];
const KILLS = Number(ASKED_ROUNDS ?? 5);
const FREEZES = Number(ASKED_ROUNDS ?? 2);
const STOPS = 3;
const SEED = Number(process.env['CAIRN_CHURN_SEED'] ?? randomInt(2 ** 32));

const NAMESPACE = 'churn';
const SERVICES = 500;
/** A leader that was killed is followed after two seconds and a bit; the default takes fifteen. */
const SHORT_LEASE = [
  '--leader-elect-lease-duration=2s',
  '--leader-elect-renew-deadline=1500ms',
  '--leader-elect-retry-period=300ms',
];
/** From the moment that the users are at work until the leader is hit. */
const LATEST_HIT_MS = 1_200;
/** What is promised of a leader that gets SIGTERM. */
const HAND_OVER_LIMIT_MS = 2_000;

const OPEN = testPool('open', '198.18.0', 250);
const MORE = testPool('more', '198.18.1', 40);
const NAMED = testPool('named', '198.18.2', 30, false);
/** Comes and goes: with it there is room for nearly all, without it many wait. */
const EXTRA = testPool('extra', '198.18.3', 90);
const ALL = [OPEN, MORE, NAMED, EXTRA];
const WITHOUT_EXTRA = [OPEN, MORE, NAMED];
/** Wanted by many, and one that no pool has. */
const WANTED = [
  ...OPEN.addresses.slice(0, 40),
  ...NAMED.addresses.slice(0, 8),
  ...EXTRA.addresses.slice(0, 8),
  '10.9.9.9',
];

describe('two replicas of the controller', function () {
  const rounds = KILLS + FREEZES + STOPS;
  this.timeout(120_000 + rounds * 60_000);
  const chance = chanceFrom(SEED);
  let cluster: Cluster;
  let replicas: Replicas;
  let churn: Churn;
  let record: VersionRecord;
  let pools: readonly TestPool[] = ALL;

  before(async () => {
    console.log(`      seed ${SEED}`);
    cluster = await startCluster({ nodes: 0 });
    await createNamespaces(cluster, NAMESPACE);
    await configure(cluster, configOf(pools));
    record = await VersionRecord.start(cluster.api, NAMESPACE, ALL);
    churn = new Churn({
      api: cluster.api,
      namespace: NAMESPACE,
      services: SERVICES,
      seed: SEED,
      pools: ['open', 'named', 'named', 'nowhere'],
      addresses: WANTED,
    });
    replicas = await Replicas.start(cluster, SHORT_LEASE);
    await churn.fill();
    await rest();
  });
  after(async () => {
    record?.stop();
    cluster?.stop();
    await churn?.pause().catch(() => {});
  });
  afterEach(function () {
    if (this.currentTest?.state === 'failed') console.log(replicas?.tails());
  });

  /** Waits until all is true that has to be once nobody edits any Service, in the API server's own view. */
  async function rest(): Promise<void> {
    let wrong: readonly string[] = [];
    await cluster
      .waitFor(
        'all is well at rest',
        async () => {
          const { items } = await cluster.api.get(`/api/v1/namespaces/${NAMESPACE}/services`);
          const views = items.map(viewOf);
          wrong = [...judgeRest(views, pools), ...unseen(views)];
          return wrong.length === 0;
        },
        { timeoutMs: 30_000, everyMs: 200 },
      )
      .catch(() => {});
    assert.deepEqual([...wrong, ...record.wrong], []);
    const state = await cluster.api.get('/api/v1/namespaces/cairn-system/configmaps/cairn-state');
    assert.equal(state.data['accepted-config'], configOf(pools));
  }

  /** What the record has not seen as the API server has it. */
  function unseen(views: readonly ReturnType<typeof viewOf>[]): readonly string[] {
    const versions = record.versions();
    return versions.size === views.length && views.every(({ name, version }) => versions.get(name) === version)
      ? []
      : ['the record is behind'];
  }

  const randomMs = (most: number) => sleep(chance() * most);

  /** The users at work, the leader hit at a random moment, and all at rest in the end. */
  async function round(hit: (leader: Daemon) => Promise<void>): Promise<void> {
    const leader = await replicas.leader();
    const edited = chance() < 0.5 ? editPools() : Promise.resolve();
    churn.begin();
    await randomMs(LATEST_HIT_MS);
    await hit(leader);
    await randomMs(500);
    await Promise.all([churn.pause(), edited]);
    await rest();
  }

  async function editPools(): Promise<void> {
    await randomMs(LATEST_HIT_MS);
    pools = pools === ALL ? WITHOUT_EXTRA : ALL;
    await configure(cluster, configOf(pools));
  }

  function report(what: string): void {
    const { versions, given, moved, mostWaiting, mostShared } = record.figures;
    console.log(
      `      ${what}: so far ${churn.done} edits, ${versions} versions, ${given} addresses given, ${moved} exchanged; ` +
        `at most ${mostWaiting} waited and ${mostShared} shared one address`,
    );
  }

  it(`keep every promise when the leader is killed at ${KILLS} random moments`, async () => {
    for (let n = 0; n < KILLS; n++) {
      await round(async (leader) => {
        await leader.kill();
        await replicas.leader(leader);
        await leader.restart();
      });
    }
    report(`${KILLS} times SIGKILL`);
  });

  it(`keep every promise when the leader is frozen past its lease and thawed, ${FREEZES} times`, async () => {
    for (let n = 0; n < FREEZES; n++) {
      await round(async (leader) => {
        leader.freeze();
        await replicas.leader(leader);
        await randomMs(500);
        leader.thaw();
        await randomMs(1_000);
        // On a busy machine the next one may have lost so short a lease again, and the thawed one have taken it.
        assert.ok(leader.process.running, 'the thawed one ended');
      });
    }
    report(`${FREEZES} times SIGSTOP and SIGCONT`);
  });

  it('hand over within two seconds when the leader gets SIGTERM, with the default times of the Lease', async () => {
    await replicas.stop();
    replicas = await Replicas.start(cluster, []);
    const tookMs: number[] = [];
    for (let n = 0; n < STOPS; n++) {
      await round(async (leader) => {
        const began = performance.now();
        const exit = leader.stop();
        await replicas.leader(leader);
        tookMs.push(performance.now() - began);
        assert.deepEqual(await exit, { code: 0, signal: null });
        await leader.restart();
      });
    }
    console.log(`      SIGTERM to the next leader: ${tookMs.map((ms) => `${Math.round(ms)} ms`).join(', ')}`);
    assert.ok(Math.max(...tookMs) < HAND_OVER_LIMIT_MS, `it took ${Math.round(Math.max(...tookMs))} ms`);
    report(`${STOPS} times SIGTERM`);
  });
});
