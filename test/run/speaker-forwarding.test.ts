import assert from 'node:assert/strict';
import { getEventListeners } from 'node:events';
import { describe, it } from 'mocha';
import { SpeakerForwarding } from '../../src/run/speaker-forwarding.js';
import type { ForwardingPlan } from '../../src/speaker/forwarding.js';
import type { ForwardingState } from '../../src/speaker/forwarding-state.js';
import { FakeClock } from '../support/clock.js';
import { FakeKernel } from '../support/fake-kernel.js';
import { ip } from '../support/values.js';

const planOf = (...addresses: readonly string[]): ForwardingPlan => ({
  forwards: [],
  whole: addresses.map(ip),
  podNetworks: [],
});

class Scene {
  readonly clock = new FakeClock();
  readonly kernel = new FakeKernel();
  readonly written: string[] = [];
  readonly logged: string[] = [];
  mode: 'kube-proxy' | 'nftables' | undefined;
  plan: ForwardingPlan | undefined = planOf('192.0.2.1');
  isLeftToUs = false;
  watches = false;
  state: ForwardingState | undefined;
  readonly forwarding: SpeakerForwarding;
  readonly #stop = new AbortController();
  readonly #ended: Promise<void>;

  constructor(mode?: 'kube-proxy' | 'nftables', prepare: (scene: Scene) => void = () => {}) {
    this.mode = mode;
    prepare(this);
    const note = (_: object, message: string) => void this.logged.push(message);
    this.forwarding = new SpeakerForwarding({
      clock: this.clock,
      log: { debug: note, info: note, warn: note, error: note },
      kernel: this.kernel,
      table: 'cairn',
      source: {
        mode: () => this.mode,
        watchEndpoints: (needed) => {
          this.watches = needed;
        },
        plan: () => (this.watches ? this.plan : undefined),
        isLeftToUs: () => this.isLeftToUs,
      },
      onState: (state) => {
        this.state = state;
      },
      onWrite: (result) => this.written.push(result),
    });
    this.#ended = this.forwarding.run(this.#stop.signal);
  }

  async change(change: () => void, forMs = 1_000): Promise<void> {
    change();
    this.forwarding.changed();
    await this.clock.step(forMs);
  }

  /** How much waits for the end. */
  get listeners(): number {
    return getEventListeners(this.#stop.signal, 'abort').length;
  }

  get hasTable(): boolean {
    return this.kernel.tables.has('ip cairn');
  }

  async stop(): Promise<void> {
    this.#stop.abort();
    await this.#ended;
  }
}

/** Runs one scene to its end, whatever the test says. */
const scene = (what: string, build: () => Scene, play: (scene: Scene) => Promise<void>) =>
  it(what, async () => {
    const played = build();
    try {
      await played.clock.step(1_000);
      await play(played);
    } finally {
      await played.stop();
    }
  });

const kubeProxy = () => new Scene('kube-proxy');
const nftables = () => new Scene('nftables');
const leftOver = (scene: Scene) => {
  scene.kernel.tables.add('ip cairn');
};

describe('SpeakerForwarding', () => {
  scene(
    'does nothing before there is a configuration',
    () => new Scene(),
    async (it) => {
      assert.deepEqual(it.kernel.applied, []);
      assert.equal(it.forwarding.missing(), undefined);
      assert.equal(it.watches, false);
    },
  );

  scene('does nothing, and watches no endpoints, where kube-proxy forwards', kubeProxy, async (it) => {
    assert.deepEqual([it.kernel.applied, it.watches, it.state], [[], false, { by: 'kube-proxy' }]);
  });

  scene(
    'holds a start up until the rules are in place',
    () =>
      new Scene('nftables', (it) => {
        it.plan = undefined;
      }),
    async (it) => {
      assert.match(it.forwarding.missing() ?? '', /not in place yet/);
      assert.equal(it.state, undefined);
      await it.change(() => {
        it.plan = planOf('192.0.2.1');
      });
      assert.equal(it.forwarding.missing(), undefined);
      assert.deepEqual(it.state, {
        by: 'cairn',
        covered: new Set([ip('192.0.2.1')]),
        trouble: undefined,
        outdated: false,
      });
    },
  );

  scene('writes nothing when nothing changed', nftables, async (it) => {
    await it.change(() => {});
    await it.change(() => {
      it.plan = planOf('192.0.2.1');
    });
    assert.deepEqual(it.written, ['done']);
  });

  scene('makes one transaction of a burst of changes', nftables, async (it) => {
    for (let n = 2; n < 50; n++) {
      it.plan = planOf('192.0.2.1', `192.0.2.${n}`);
      it.forwarding.changed();
    }
    await it.clock.step(1_000);
    assert.equal(it.written.length, 2);
    assert.match(it.kernel.applied.at(-1) ?? '', /192\.0\.2\.49/);
  });

  scene(
    'tells what is wrong at once, lets a start go on, and tries again',
    () =>
      new Scene('nftables', (it) => {
        it.kernel.refusal = 'no nft';
      }),
    async (it) => {
      assert.equal(it.forwarding.missing(), undefined);
      assert.match(it.forwarding.complaint() ?? '', /no nft/);
      assert.deepEqual(it.state, { by: 'cairn', covered: new Set(), trouble: 'no nft', outdated: false });
      it.kernel.refusal = undefined;
      await it.clock.step(5_000);
      assert.equal(it.forwarding.complaint(), undefined);
      assert.ok(it.hasTable);
    },
  );

  scene('calls rules outdated that could not be replaced for 5 s, and not before', nftables, async (it) => {
    const outdated = () => it.state?.by === 'cairn' && it.state.outdated;
    it.kernel.refusal = 'busy';
    await it.change(() => {
      it.plan = planOf('192.0.2.2');
    }, 3_000);
    assert.equal(outdated(), false);
    await it.clock.step(10_000);
    assert.equal(outdated(), true);
    it.kernel.refusal = undefined;
    await it.clock.step(60_000);
    assert.equal(outdated(), false);
  });

  scene('keeps everything as it is during a change to nftables until that was tried', kubeProxy, async (it) => {
    await it.change(() => {
      it.mode = 'nftables';
      it.plan = undefined;
    });
    assert.deepEqual(it.state, { by: 'kube-proxy' });
    await it.change(() => {
      it.plan = planOf('192.0.2.1');
    });
    assert.equal(it.state?.by, 'cairn');
  });

  scene(
    'follows the cluster until no Service is left to it, and removes the table a while later',
    nftables,
    async (it) => {
      it.isLeftToUs = true;
      await it.change(() => {
        it.mode = 'kube-proxy';
      }, 60_000);
      assert.deepEqual(it.state, { by: 'kube-proxy' });
      await it.change(() => {
        it.plan = planOf('192.0.2.7');
      });
      assert.match(it.kernel.applied.at(-1) ?? '', /192\.0\.2\.7/);
      await it.change(() => {
        it.isLeftToUs = false;
      }, 5_000);
      assert.ok(it.hasTable, 'kube-proxy had no time to take over');
      await it.clock.step(10_000);
      assert.ok(!it.hasTable);
      assert.equal(it.watches, false);
    },
  );

  scene('keeps the table if the mode is changed back in time', nftables, async (it) => {
    await it.change(() => {
      it.mode = 'kube-proxy';
    }, 5_000);
    await it.change(() => {
      it.mode = 'nftables';
    }, 60_000);
    assert.ok(it.hasTable);
    assert.equal(it.state?.by, 'cairn');
  });

  scene(
    'removes a table that was left over while no speaker ran',
    () => new Scene('kube-proxy', leftOver),
    async (it) => {
      await it.clock.step(20_000);
      assert.ok(!it.hasTable);
    },
  );

  scene(
    'tries to remove it again where that failed',
    () => new Scene('kube-proxy', leftOver),
    async (it) => {
      it.kernel.refusal = 'busy';
      await it.clock.step(15_000);
      assert.ok(it.hasTable);
      it.kernel.refusal = undefined;
      await it.clock.step(60_000);
      assert.ok(!it.hasTable);
    },
  );

  scene(
    'asks nothing of a speaker that may not look for tables',
    () =>
      new Scene('kube-proxy', (it) => {
        it.kernel.mayList = false;
      }),
    async (it) => {
      await it.clock.step(20_000);
      assert.deepEqual([it.kernel.applied, it.written], [[], []]);
      assert.equal(it.forwarding.complaint(), undefined);
    },
  );

  scene(
    'warns once where the node sends no packets on',
    () =>
      new Scene('nftables', (it) => {
        it.kernel.isForwarding = false;
      }),
    async (it) => {
      await it.change(() => {
        it.plan = planOf('192.0.2.2');
      });
      assert.equal(it.logged.filter((message) => message.includes('net.ipv4.ip_forward')).length, 1);
    },
  );

  scene('remembers nothing of the changes that are done', nftables, async (it) => {
    const atRest = it.listeners;
    for (let n = 0; n < 20; n++) {
      await it.change(() => {
        it.plan = planOf(`192.0.2.${n}`);
        it.kernel.refusal = n % 2 === 0 ? 'no' : undefined;
      });
    }
    assert.equal(it.listeners, atRest);
  });

  scene('leaves the rules where they are when it ends', nftables, async (it) => {
    await it.stop();
    assert.ok(it.hasTable);
  });
});
