import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { SpeakerPresence } from '../../src/run/speaker-presence.js';
import { formatAddress } from '../../src/values/address.js';
import { FakeClock } from '../support/clock.js';
import { FakeCluster } from '../support/fake-cluster.js';
import { address, node } from '../support/values.js';

const NODES = '/api/v1/nodes';
const PODS = '/api/v1/namespaces/cairn-system/pods';
const silent = { debug() {}, info() {}, warn() {}, error() {} };

class World {
  readonly api = new FakeCluster();
  readonly clock = new FakeClock();
  readonly told: string[] = [];
  readonly renumbered: string[] = [];
  readonly presence = new SpeakerPresence({
    client: this.api,
    clock: this.clock,
    log: silent,
    namespace: 'cairn-system',
    onChange: (name) => this.told.push(name),
    onAddresses: (name, addresses) => this.renumbered.push(`${name} ${[...addresses].map(formatAddress).join()}`),
  });
  readonly #stop = new AbortController();
  #running: Promise<void> | undefined;

  async begin(): Promise<void> {
    this.#running = this.presence.run(this.#stop.signal);
    await this.presence.synced();
    await this.clock.settle();
  }

  async end(): Promise<void> {
    this.#stop.abort();
    await this.#running;
  }

  setNode(ready: string, ip = '192.0.2.1'): void {
    const status = { conditions: [{ type: 'Ready', status: ready }], addresses: [{ type: 'InternalIP', address: ip }] };
    this.api.put(NODES, { metadata: { name: 'node-a' }, status });
  }

  setPod(state: object, name = 'cairn-speaker-x'): void {
    const metadata = { name, namespace: 'cairn-system' };
    this.api.put(PODS, { metadata, spec: { nodeName: 'node-a' }, status: { containerStatuses: [{ state }] } });
  }

  removePod(name = 'cairn-speaker-x'): void {
    this.api.remove(PODS, name, 'cairn-system');
  }

  why(): string | undefined {
    return this.presence.whyNot(node('node-a'));
  }
}

describe('SpeakerPresence', () => {
  const RUNNING = { running: {} };
  const WAITING = { waiting: { reason: 'CrashLoopBackOff' } };
  // biome-ignore format: table
  const cases: readonly { name: string; before?: (world: World) => void; next?: (world: World) => void; want: string | undefined }[] = [
    { name: 'knows of no node that is not there',               want: 'there is no node node-a' },
    { name: 'judges a speaker outside of pods by its node',     before: (world) => world.setNode('True'),     want: undefined },
    { name: 'sees that a node is not ready',                    before: (world) => world.setNode('False'),    want: 'node node-a is not ready' },
    { name: 'sees that nobody hears of a node',                 before: (world) => world.setNode('Unknown'),  want: 'node node-a is not ready' },
    { name: 'sees a pod that runs',                             before: (world) => { world.setNode('True'); world.setPod(RUNNING); }, want: undefined },
    { name: 'sees a pod that does not',                         before: (world) => { world.setNode('True'); world.setPod(WAITING); }, want: 'no speaker runs on node node-a' },
    { name: 'remembers that there was a pod',                   before: (world) => { world.setNode('True'); world.setPod(RUNNING); }, next: (world) => world.removePod(), want: 'no speaker runs on node node-a' },
    { name: 'sees the new pod beside the old one',              before: (world) => { world.setNode('True'); world.setPod(WAITING); }, next: (world) => world.setPod(RUNNING, 'cairn-speaker-y'), want: undefined },
    { name: 'forgets a node that went, and that it had a pod',  before: (world) => { world.setNode('True'); world.setPod(RUNNING); }, next: (world) => { world.removePod(); world.api.remove(NODES, 'node-a'); world.setNode('True'); }, want: undefined },
  ];
  for (const { name, before, next, want } of cases) {
    it(name, async () => {
      const world = new World();
      before?.(world);
      await world.begin();
      next?.(world);
      await world.clock.settle();
      assert.equal(world.why(), want);
      await world.end();
    });
  }

  it('says nothing against anybody before it has looked', () => {
    assert.equal(new World().why(), undefined);
  });

  it('does not say whose an address is before it has looked', () => {
    const { presence } = new World();
    assert.equal(presence.isNodeAddress(address('192.0.2.1')), undefined);
    assert.equal(presence.isAddressOf(node('node-a'), address('192.0.2.1')), undefined);
  });

  it('tells which addresses became nodes’ own, and which are so no more', async () => {
    const world = new World();
    world.setNode('True');
    await world.begin();
    assert.equal(world.presence.isNodeAddress(address('192.0.2.1')), true);
    assert.equal(world.presence.isAddressOf(node('node-a'), address('192.0.2.1')), true);
    assert.equal(world.presence.isAddressOf(node('node-b'), address('192.0.2.1')), false);
    world.setNode('False');
    world.setNode('False', '192.0.2.9');
    await world.clock.settle();
    assert.deepEqual(world.renumbered, ['node-a 192.0.2.1', 'node-a 192.0.2.1,192.0.2.9']);
    assert.equal(world.presence.isNodeAddress(address('192.0.2.1')), false);
    assert.equal(world.presence.isAddressOf(node('node-a'), address('192.0.2.1')), false);
    assert.equal(world.presence.isNodeAddress(address('192.0.2.9')), true);
    await world.end();
  });
});
