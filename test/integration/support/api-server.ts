/**
 * The API server that a controller under test speaks with: over HTTP, or without a network in between.
 *
 * Behind both is the same server with the same faults. Without a network a step takes a twentieth of the time, and the same
 * seed brings every request in the same order; HTTP itself, and the client of it, is what the other tests look at.
 * @module
 */
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { type ApiClient, connect } from '../../../src/kube/client.js';
import type { Clock } from '../../../src/kube/clock.js';
import { bootstrap } from '../../../src/playground/api/bootstrap.js';
import { Chance } from '../../../src/playground/api/chance.js';
import { Faults } from '../../../src/playground/api/faults.js';
import { createResources } from '../../../src/playground/api/resources/index.js';
import { EmbeddedApiServer } from '../../../src/playground/api/server.js';
import { Store } from '../../../src/playground/api/store.js';
import { Watchers } from '../../../src/playground/api/watchers.js';
import { DirectClient } from './direct-client.js';
import type { Time } from './time.js';

export interface ApiServer {
  readonly store: Store;
  readonly faults: Faults;
  /** A client of its own, which waits on this clock alone. */
  connect(clock: Clock): ApiClient;
  stop(): Promise<void>;
}

export interface ApiServerOptions {
  readonly seed: number;
  readonly time: Time;
  readonly serviceCidrs: readonly string[];
}

export async function overHttp({ seed, time, serviceCidrs }: ApiServerOptions): Promise<ApiServer> {
  const clock = time.view();
  const server = await EmbeddedApiServer.start({ seed, controllers: false, serviceCidrs, clock });
  // A request that the server holds back waits for time; its last timer is that of the bookmarks.
  time.awaits(() => 1 - clock.pending);
  return {
    store: server.store,
    faults: server.faults,
    stop: () => server.stop(),
    connect: (view) => {
      const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'cairn-test-'));
      try {
        return connect({ kubeconfig: server.kubeconfig(path.join(folder, 'kubeconfig')), clock: view });
      } finally {
        fs.rmSync(folder, { recursive: true });
      }
    },
  };
}

export function withoutNetwork({ seed, time, serviceCidrs }: ApiServerOptions): ApiServer {
  const clock = time.view();
  const allocation = new Chance(seed);
  const resources = createResources({ serviceCidrs, random: () => allocation.next() });
  const store = new Store({ resources, clock, seed });
  const chance = new Chance(seed);
  const faults = new Faults(chance, () => store.storage.version);
  const watchers = new Watchers(store, faults);
  bootstrap(store, { address: '127.0.0.1', port: 443, serviceCidrs, clusterIp: '10.96.0.1' });
  time.awaits(() => 1 - clock.pending);
  return {
    store,
    faults,
    connect: (view) =>
      new DirectClient({ server: { store, faults, chance, address: '127.0.0.1:443' }, watchers, clock: view, time }),
    stop: async () => watchers.stop(),
  };
}
