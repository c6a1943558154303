/**
 * A pretended API server and a client of it, for the tests of what the client sends and makes of the answers.
 * @module
 */
import assert from 'node:assert/strict';
import { afterEach, beforeEach } from 'mocha';
import { type ApiClient, ApiError, connect } from '../../src/kube/client.js';
import { ApiServer } from '../support/api-server.js';
import { FakeClock } from '../support/clock.js';

export const PATH = '/api/v1/services';

export interface Pair {
  api: ApiServer;
  client: ApiClient;
  clock: FakeClock;
}

/** Anew for each case of the suite that asks for them. */
export function withApi(): Pair {
  const pair = {} as Pair;
  beforeEach(async () => {
    pair.api = await ApiServer.start();
    pair.clock = new FakeClock();
    pair.client = connect({ kubeconfig: pair.api.kubeconfig, clock: pair.clock, userAgent: 'cairn/test' });
  });
  afterEach(() => {
    pair.client.close();
    pair.api.close();
    assert.equal(pair.clock.pending, 0, 'no timer is left behind');
  });
  return pair;
}

/** What a refused request throws, in the parts that matter. */
export const refusal = (parts: Partial<ApiError>) => (error: unknown) => {
  assert.ok(error instanceof ApiError, String(error));
  for (const [field, want] of Object.entries(parts)) assert.equal(error[field as keyof ApiError], want, field);
  return true;
};
