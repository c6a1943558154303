import assert from 'node:assert/strict';
import { createServer, type Server } from 'node:net';
import { describe, it } from 'mocha';
import type { Log } from '../../src/kube/log.js';
import { HostListeners, readProcListeners } from '../../src/run/host-listeners.js';
import type { Listener } from '../../src/speaker/host-ports.js';
import { FakeClock } from '../support/clock.js';

const TCP: Listener = { protocol: 'TCP', address: undefined, port: 80 };
const UDP: Listener = { protocol: 'UDP', address: undefined, port: 53 };

/** A look every two seconds at what a test puts there. */
class Scene {
  readonly clock = new FakeClock();
  readonly told: string[] = [];
  looks = 0;
  now: readonly Listener[] | Error = [];
  readonly warned: unknown[] = [];
  readonly #stop = new AbortController();
  readonly listeners: HostListeners;
  readonly #running: Promise<void>;

  constructor() {
    this.listeners = new HostListeners({
      clock: this.clock,
      log: { warn: (facts: unknown) => this.warned.push(facts) } as unknown as Log,
      read: async () => {
        this.looks++;
        if (this.now instanceof Error) throw this.now;
        return this.now;
      },
      onChange: (all) => this.told.push(all.map(({ protocol, port }) => `${protocol} ${port}`).join()),
    });
    this.#running = this.listeners.run(this.#stop.signal);
  }

  async end(): Promise<void> {
    this.#stop.abort();
    await this.#running;
  }
}

describe('HostListeners', () => {
  it('looks at once when somebody wants to know, and not before nor after', async () => {
    const scene = new Scene();
    await scene.clock.step(10_000);
    assert.equal(scene.looks, 0);
    scene.listeners.need(true);
    await scene.clock.step(0);
    assert.deepEqual(scene.told, ['']);
    scene.listeners.need(false);
    await scene.clock.step(10_000);
    assert.equal(scene.looks, 1);
    await scene.end();
  });

  it('tells a change once', async () => {
    const scene = new Scene();
    scene.listeners.need(true);
    await scene.clock.step(0);
    scene.now = [TCP];
    await scene.clock.step(10_000);
    scene.now = [];
    await scene.clock.step(10_000);
    assert.deepEqual(scene.told, ['', 'TCP 80', '']);
    await scene.end();
  });

  it('takes a UDP socket for a listener at the second look only', async () => {
    const scene = new Scene();
    scene.listeners.need(true);
    await scene.clock.step(0);
    scene.now = [UDP];
    await scene.clock.step(2_000);
    scene.now = [];
    await scene.clock.step(2_000);
    assert.deepEqual(scene.told, ['']);
    scene.now = [UDP];
    await scene.clock.step(4_000);
    assert.deepEqual(scene.told, ['', 'UDP 53']);
    await scene.end();
  });

  it('refuses nothing, and says so once, where it cannot look', async () => {
    const scene = new Scene();
    scene.now = new Error('no /proc');
    scene.listeners.need(true);
    await scene.clock.step(10_000);
    assert.deepEqual([scene.told, scene.warned.length], [[''], 1]);
    await scene.end();
  });
});

describe('readProcListeners', () => {
  it('sees a program that begins to listen, and that it ended', async function () {
    if (process.platform !== 'linux') this.skip();
    const server: Server = createServer();
    const port = await new Promise<number>((resolve) => {
      server.listen(0, '127.0.0.1', () => resolve((server.address() as { port: number }).port));
    });
    const isThere = async () =>
      (await readProcListeners()).some((each) => each.protocol === 'TCP' && each.port === port);
    assert.equal(await isThere(), true);
    await new Promise((resolve) => server.close(resolve));
    assert.equal(await isThere(), false);
  });
});
