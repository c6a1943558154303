/**
 * Cairn beside another provider that serves the Services without a class, and `--default-class` switched on a living
 * cluster: docs/migration.md, "Two providers on one cluster".
 * @module
 */
import assert from 'node:assert/strict';
import { after, afterEach, before, describe, it } from 'mocha';
import type { ApiObject } from '../../src/playground/cluster/api.js';
import type { Cairn } from '../../src/playground/cluster/cairn.js';
import { type Cluster, startCluster } from '../../src/playground/cluster/cluster.js';
import { AddressRecord } from './support/address-record.js';
import { configure, poolOf } from './support/objects.js';
import { OtherProvider } from './support/other-provider.js';
import { marksOn, Services } from './support/services.js';

const OWN = { loadBalancerClass: 'cairn.dev/lb' };
const POOL = '192.0.2.200-192.0.2.219';
/** The first two are in no pool of Cairn's, the others are in one: the ranges overlap. */
const THEIRS = ['192.0.2.100', '192.0.2.101', '192.0.2.200', '192.0.2.201'];
/** Asked for, so that it says nothing which address is free. */
const OURS = '192.0.2.219';
const OUTSIDE = ['outside-1', 'outside-2'];
const INSIDE = ['inside-1', 'inside-2'];
/** For these the other provider has no address. */
const LEFT = { asks: '198.51.100.1', waits: undefined };

describe('two providers on one cluster', function () {
  this.timeout(120_000);
  let cluster: Cluster;
  let cairn: Cairn;
  let other: OtherProvider;
  let services: Services;
  let record: AddressRecord;

  const objects = (names: readonly string[]): Promise<ApiObject[]> => Promise.all(names.map(services.get));
  const all = async (names: readonly string[]) => (await Promise.all(names.map(services.addresses))).flat();
  const start = async (isDefault: boolean) => {
    cairn = await cluster.startCairn({ flags: [`--default-class=${isDefault}`] });
  };
  /** Waits until nothing of ours is on them. */
  const unmarked = (names: readonly string[]) =>
    Promise.all(names.map((name) => services.until(name, 'has no marks', (service) => marksOn(service).length === 0)));

  before(async () => {
    cluster = await startCluster({ nodes: 1 });
    services = new Services(cluster);
    await configure(cluster, poolOf(POOL));
    other = await OtherProvider.start(cluster, THEIRS);
    record = await AddressRecord.start(cluster);
    for (const name of [...OUTSIDE, ...INSIDE]) await services.served(name);
    for (const [name, loadBalancerIP] of Object.entries(LEFT)) await services.create(name, { loadBalancerIP });
  });
  after(() => cluster?.stop());
  afterEach(function () {
    if (this.currentTest?.state === 'failed') console.log(cairn?.controller.log().slice(-4_000));
  });

  it('with --default-class=false touches nothing of the other’s, and serves its own class', async () => {
    const names = [...OUTSIDE, ...INSIDE, ...Object.keys(LEFT)];
    const untouched = await objects(names);
    await services.create('ours', { ...OWN, loadBalancerIP: OURS });
    await start(false);
    await services.announced('ours', 'Announced');
    assert.deepEqual(await all(['ours']), [OURS]);
    assert.deepEqual(await objects(names), untouched);
  });

  it('hands out no address that the other gave, though its pool has it', async () => {
    await services.create('asking', { ...OWN, loadBalancerIP: THEIRS[2] });
    const { message } = await services.assigned('asking', 'AddressTaken');
    assert.ok(message.includes('default/inside-1'), message);
    await services.served('any', OWN);
    assert.ok(!(await all(INSIDE)).includes((await all(['any'])).join()));
    await services.delete('asking');
  });

  it('switched on, serves what the other left, keeps what is in its pools and leaves alone what is not', async () => {
    await other.stop();
    await cairn.stop();
    const untouched = await objects(OUTSIDE);
    const before = await all(INSIDE);
    await start(true);
    await cluster.externalIp('waits');
    await services.assigned('asks', 'OutsideEveryPool');
    for (const name of INSIDE) await services.announced(name, 'Announced');
    assert.deepEqual(await all(INSIDE), before);
    assert.deepEqual(await all(['ours']), [OURS]);
    assert.deepEqual(await objects(OUTSIDE), untouched);
  });

  it('switched off again, gives back what it held for Services without a class, and takes its marks away', async () => {
    await cairn.stop();
    const untouched = await objects(OUTSIDE);
    await start(false);
    const given = [...INSIDE, 'waits'];
    for (const name of given) await services.told(name, 'Released');
    await unmarked([...given, 'asks']);
    assert.deepEqual(await all([...given, 'asks']), []);
    assert.deepEqual(await objects(OUTSIDE), untouched);
    await services.announced('ours', 'Announced');
    assert.deepEqual(await all(['ours']), [OURS]);
  });

  it('has given no address twice when the other serves them again', async () => {
    for (const name of Object.keys(LEFT)) await services.delete(name);
    other = await OtherProvider.start(cluster, THEIRS);
    for (const name of INSIDE) assert.ok(THEIRS.includes(await cluster.externalIp(name)));
    await services.create('more', OWN);
    await services.announced('more', 'Announced');
    await other.stop();
    const { changed, lost, twice } = await record.stop();
    assert.deepEqual({ changed, twice }, { changed: [], twice: [] });
    assert.deepEqual(lost.toSorted(), [...INSIDE, 'waits']);
  });

  describe('when the other one is a Cairn too', () => {
    const SECOND = 'metallb-system';
    const SECOND_CLASS = 'example.com/second';
    let second: Cairn;
    let names: readonly string[];
    const startSecond = async (...classes: readonly string[]) => {
      const flags = ['--default-class=false', ...classes.map((name) => `--load-balancer-class=${name}`)];
      second = await cluster.startCairn({ namespace: SECOND, controllerHosts: [cluster.client], nodes: [], flags });
    };
    const servedBy = async (name: string) => (await services.get(name)).metadata.annotations['cairn.dev/served-by'];

    before(async () => {
      record = await AddressRecord.start(cluster);
      names = ['ours', 'more', 'any'];
      await configure(cluster, poolOf(POOL), { namespace: SECOND });
    });

    it('has each serve a class of its own from one pool, and touch nothing of the other’s', async () => {
      const untouched = await objects(names);
      await startSecond(SECOND_CLASS);
      const ip = await services.served('seconds', { loadBalancerClass: SECOND_CLASS });
      assert.ok(!(await all([...names, ...INSIDE])).includes(ip), `${ip} is another Service’s`);
      assert.equal(await servedBy('seconds'), `${SECOND} ${ip}`);
      await services.create('asking', { ...OWN, loadBalancerIP: ip });
      const { message } = await services.assigned('asking', 'AddressTaken');
      assert.ok(message.includes('default/seconds'), message);
      await services.delete('asking');
      assert.deepEqual(await objects(names), untouched);
    });

    it('leaves every address where it is when one takes the other’s place, and the other does not take it back', async () => {
      const before = await all(names);
      await Promise.all([cairn.stop(), second.stop()]);
      await startSecond(OWN.loadBalancerClass);
      for (const name of names) {
        await services.told(name, 'TakenOver');
        assert.match(await servedBy(name), new RegExp(`^${SECOND} `));
      }
      const untouched = await objects(names);
      cairn = await cluster.startCairn({
        nodes: [],
        flags: ['--default-class=false', '--load-balancer-class=example.com/third'],
      });
      await services.served('thirds', { loadBalancerClass: 'example.com/third' });
      assert.deepEqual(await objects(names), untouched);
      assert.deepEqual(await all(names), before);
      await services.told('seconds', 'Released');
      assert.deepEqual(await record.stop(), { changed: [], lost: ['seconds'], twice: [] });
    });
  });
});
