/**
 * A Service whose writes the API server refuses: an event says why, once for each refusal, whatever its message is like.
 */
import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { ApiError } from '../../src/kube/api-error.js';
import type { RawObject } from '../support/fake-cluster.js';
import { type FakeControllerApi, SERVICES } from './fake-controller-api.js';
import { CONFIG, cluster, ipsOf, setConfig, Term } from './leader-term.js';

const FULL = new ApiError(
  422,
  'Invalid',
  'Service "web" is invalid: metadata.annotations: Too long: may not be more than 262144 bytes',
);
const DENIED = new ApiError(403, 'Forbidden', 'admission webhook "policy.example.com" denied the request: no owner');
const UNCALLED = new ApiError(
  500,
  'InternalError',
  'Internal error occurred: failed calling webhook "policy.example.com": context deadline exceeded',
);
const TELLS = 'StatusRefused the API server refuses what Cairn writes into this Service, and Cairn goes on trying: ';

/** Every write into a Service meets what `refusal` gives, where it gives any. */
const refuse = (api: FakeControllerApi, refusal: () => ApiError | undefined) => {
  api.beforeWrite = (what) => {
    const error = what.startsWith('PATCH shop/') ? refusal() : undefined;
    if (error !== undefined) throw error;
  };
};
const accept = (api: FakeControllerApi) => refuse(api, () => undefined);
const told = (api: FakeControllerApi) => api.events.filter((event) => event.startsWith('StatusRefused '));
const typed = (type: string) => (before: RawObject) => ({ ...before, spec: { ...(before['spec'] as object), type } });

describe('Leader whose writes are refused', () => {
  // biome-ignore format: table
  const verdicts = [
    { name: 'annotations that leave no room',                 is: FULL },
    { name: 'a webhook that says no',                         is: DENIED },
    { name: 'a webhook that says no in its own way',          is: new ApiError(418, 'Unknown', 'admission webhook "tea.example.com" denied the request') },
    { name: 'a policy',                                       is: new ApiError(422, 'Invalid', "services \"web\" is forbidden: ValidatingAdmissionPolicy 'owners' with binding 'all' denied request: no owner") },
    { name: 'a missing right',                                is: new ApiError(403, 'Forbidden', 'services "web" is forbidden: User "cairn" cannot patch resource "services/status"') },
    { name: 'a webhook that says that the request is no good', is: new ApiError(400, 'BadRequest', 'admission webhook "policy.example.com" denied the request: cannot be read') },
  ];
  for (const { name, is } of verdicts) {
    it(`tells of ${name} at once, and once in an hour of refusals`, async () => {
      const api = cluster();
      refuse(api, () => is);
      api.addService('web');
      const term = await Term.begin(api);
      assert.deepEqual(told(api), [`${TELLS}${is.message}`]);
      await term.settle(3_600_000);
      assert.deepEqual(told(api), [`${TELLS}${is.message}`]);
      await term.end();
    });
  }

  // biome-ignore format: table
  const passing = [
    { name: 'credentials that are not taken',    is: new ApiError(401, 'Unauthorized', 'Unauthorized') },
    { name: 'a Service that is not found',       is: new ApiError(404, 'NotFound', 'services "web" not found') },
    { name: 'a conflict',                        is: new ApiError(409, 'Conflict', 'the object has been modified') },
    { name: 'an API server that has much to do', is: new ApiError(429, 'TooManyRequests', 'too many requests') },
    { name: 'an API server that starts',         is: new ApiError(503, 'ServiceUnavailable', 'not ready') },
    { name: 'storage that is away',              is: new ApiError(500, 'Unknown', 'etcdserver: request timed out') },
    { name: 'storage that is slow',              is: new ApiError(500, 'ServerTimeout', 'The PATCH operation could not be completed at this time') },
    { name: 'an answer that comes too late',     is: new ApiError(504, 'Timeout', 'request did not complete within the allotted timeout') },
    { name: 'no answer',                         is: new ApiError(0, 'Timeout', 'no answer within 30 s') },
    { name: 'a write that was not sent',         is: new ApiError(0, 'Withheld', 'too late') },
  ];
  for (const { name, is } of passing) {
    it(`tells nothing of ${name}`, async () => {
      const api = cluster();
      refuse(api, () => is);
      api.addService('web');
      const term = await Term.begin(api);
      await term.settle(600_000);
      assert.deepEqual(told(api), []);
      accept(api);
      await term.settle(60_000);
      assert.equal(ipsOf(api, 'web'), '192.0.2.1');
      await term.end();
    });
  }

  it('tells once of a webhook that is away for longer than it takes to start', async () => {
    const api = cluster();
    refuse(api, () => UNCALLED);
    api.addService('web');
    const term = await Term.begin(api);
    await term.settle(4_999);
    assert.deepEqual(told(api), []);
    await term.settle(10_000);
    assert.deepEqual(told(api), [`${TELLS}${UNCALLED.message}`]);
    await term.settle(3_600_000);
    assert.equal(told(api).length, 1);
    await term.end();
  });

  it('tells nothing of a webhook that is back within seconds, each time', async () => {
    const api = cluster();
    const term = await Term.begin(api);
    for (const name of ['web', 'db']) {
      refuse(api, () => UNCALLED);
      api.addService(name);
      await term.settle(3_000);
      accept(api);
      await term.settle(60_000);
      assert.notEqual(ipsOf(api, name), '');
    }
    assert.deepEqual(told(api), []);
    await term.end();
  });

  it('tells what else is refused once the first is mended, and the same again after a write passed', async () => {
    const api = cluster();
    let refusal: ApiError | undefined = FULL;
    refuse(api, () => refusal);
    api.addService('web');
    const term = await Term.begin(api);
    await term.settle(10_000);
    refusal = DENIED;
    api.editService('web', (before) => ({ ...before, metadata: { ...before.metadata, labels: { edited: 'yes' } } }));
    await term.settle(10_000);
    assert.deepEqual(told(api), [`${TELLS}${FULL.message}`, `${TELLS}${DENIED.message}`]);
    refusal = undefined;
    await term.settle(60_000);
    assert.equal(ipsOf(api, 'web'), '192.0.2.1');
    refusal = DENIED;
    api.editService('web', (before) => ({ ...before, status: {} }));
    await term.settle(10_000);
    assert.deepEqual(told(api).slice(2), [`${TELLS}${DENIED.message}`]);
    await term.end();
  });

  it('tells no more than six times an hour of what is never the same twice, after the first few', async () => {
    const api = cluster();
    let port = 30_000;
    refuse(api, () => new ApiError(403, 'Forbidden', `admission webhook "policy.example.com" denied ${++port}`));
    api.addService('web');
    const term = await Term.begin(api);
    await term.settle(60_000);
    assert.equal(told(api).length, 3);
    await term.settle(2 * 3_600_000);
    const { length } = told(api);
    assert.ok(length >= 3 + 10 && length <= 3 + 12, `${length} events in two hours`);
    const last = Number(/\d+$/.exec(told(api).at(-1) ?? '')?.[0]);
    assert.ok(port - last <= 12, `the last one is of ${last}, and it is ${port} by now`);
    await term.end();
  });

  it('tells it in one line, without what would draw, and of a long message the beginning', async () => {
    const api = cluster();
    const rest = 'x'.repeat(2_000);
    refuse(api, () => new ApiError(403, 'Forbidden', `denied: \n\n  owners:\n\tno\u001b[31mowner\u202e ${rest}\n`));
    api.addService('web');
    const term = await Term.begin(api);
    const [event = ''] = told(api);
    assert.ok(event.startsWith(`${TELLS}denied: owners: no\\u{1b}[31mowner\\u{202e} xxx`), event.slice(0, 200));
    assert.ok(event.endsWith('x…') && event.length <= 1_024, `${event.length} characters`);
    await term.end();
  });

  it('begins anew with a Service that was deleted and created again, and with one that was none of ours meanwhile', async () => {
    const api = cluster();
    refuse(api, () => FULL);
    api.addService('web');
    const term = await Term.begin(api);
    await term.settle(60_000);
    api.remove(SERVICES, 'web', 'shop');
    await term.settle(60_000);
    // Of the same uid, as the API server never has it: of the first one nothing is remembered.
    api.addService('web');
    await term.settle(60_000);
    assert.equal(told(api).length, 2);
    api.editService('web', typed('ClusterIP'));
    await term.settle(60_000);
    api.editService('web', typed('LoadBalancer'));
    await term.settle(60_000);
    assert.equal(told(api).length, 3);
    await term.end();
  });

  it('tells once of what is refused before and after a time in which it may not be written', async () => {
    const api = cluster();
    api.addService('web');
    const term = await Term.begin(api);
    await term.settle(10_000);
    refuse(api, () => DENIED);
    api.editService('web', ({ spec, ...rest }) => ({
      ...rest,
      spec: { ...(spec as object), loadBalancerIP: '192.0.2.3' },
    }));
    await term.settle(10_000);
    assert.equal(told(api).length, 1);
    // The configuration cannot be published, for which an address waits.
    api.beforeWrite = (what) => {
      throw what.endsWith(' cairn-state') ? new ApiError(403, 'Forbidden', 'no right to write configmaps') : DENIED;
    };
    setConfig(api, `${CONFIG} # edited`);
    await term.settle(60_000);
    refuse(api, () => DENIED);
    await term.settle(120_000);
    assert.equal(told(api).length, 1);
    accept(api);
    await term.settle(60_000);
    assert.equal(ipsOf(api, 'web'), '192.0.2.3');
    await term.end();
  });

  it('tells nothing of a Service that was deleted before the refusal came', async () => {
    const api = cluster();
    refuse(api, () => {
      api.remove(SERVICES, 'web', 'shop');
      return undefined;
    });
    const { beforeWrite } = api;
    api.beforeWrite = async (what) => {
      await beforeWrite(what);
      if (!what.startsWith('PATCH shop/')) return;
      for (let n = 0; n < 5; n++) await new Promise((resolve) => setImmediate(resolve));
      throw DENIED;
    };
    api.addService('web');
    const term = await Term.begin(api);
    await term.settle(60_000);
    assert.deepEqual(told(api), []);
    await term.end();
  });
});
