/**
 * What a leader says of speakers: who announces an address, and that nobody does.
 */
import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { type FakeControllerApi, NODES } from './fake-controller-api.js';
import { OWNED, removeReport, setReport } from './leader-report.js';
import { cluster, ipsOf, reasonOf, Term } from './leader-term.js';

describe('Leader', () => {
  it('says what the speakers announce, and writes it when that changes', async () => {
    const api = cluster();
    api.addService('web');
    const term = await Term.begin(api);
    setReport(api, { claims: [OWNED] });
    await term.settle();
    assert.equal(reasonOf(api, 'web', 'cairn.dev/Announced'), 'Announced');
    assert.equal(api.service('shop/web')?.meta.annotations['cairn.dev/announced-by'], '192.0.2.1=node-a');
    removeReport(api);
    await term.settle();
    assert.equal(reasonOf(api, 'web', 'cairn.dev/Announced'), 'NoSpeakerReady');
    await term.end();
  });

  it('knows what the speakers reported before it began', async () => {
    const api = cluster();
    api.addService('web');
    setReport(api, { claims: [OWNED] });
    const term = await Term.begin(api);
    await term.settle();
    assert.equal(reasonOf(api, 'web', 'cairn.dev/Announced'), 'Announced');
    await term.end();
  });
});

describe('Leader when every speaker was killed, and none could say so', () => {
  const PODS = '/api/v1/namespaces/cairn-system/pods';
  const setNode = (api: FakeControllerApi, ready: string) =>
    api.put(NODES, { metadata: { name: 'node-a' }, status: { conditions: [{ type: 'Ready', status: ready }] } });
  const setPod = (api: FakeControllerApi, state: object, name = 'cairn-speaker-x') =>
    api.put(PODS, {
      metadata: { name, namespace: 'cairn-system' },
      spec: { nodeName: 'node-a' },
      status: { containerStatuses: [{ state }] },
    });
  const announced = async () => {
    const api = cluster();
    setNode(api, 'True');
    setPod(api, { running: {} });
    api.addService('web');
    setReport(api, { claims: [OWNED] });
    const term = await Term.begin(api);
    await term.settle();
    assert.equal(reasonOf(api, 'web', 'cairn.dev/Announced'), 'Announced');
    return { api, term };
  };
  // biome-ignore format: table
  const cases: readonly { name: string; fault: (api: FakeControllerApi) => void; cure: (api: FakeControllerApi) => void }[] = [
    { name: 'with their pods',             fault: (api) => setPod(api, { waiting: { reason: 'CrashLoopBackOff' } }), cure: (api) => setPod(api, { running: {} }) },
    { name: 'and their pods removed',      fault: (api) => api.remove(PODS, 'cairn-speaker-x', 'cairn-system'),     cure: (api) => setPod(api, { running: {} }, 'cairn-speaker-y') },
    { name: 'with their nodes',            fault: (api) => setNode(api, 'Unknown'),                                 cure: (api) => setNode(api, 'True') },
    { name: 'and their nodes removed',     fault: (api) => api.remove(NODES, 'node-a'),                             cure: (api) => setNode(api, 'True') },
  ];
  for (const { name, fault, cure } of cases) {
    it(`${name}, says so, and writes nothing but that`, async () => {
      const { api, term } = await announced();
      fault(api);
      await term.settle();
      assert.equal(reasonOf(api, 'web', 'cairn.dev/Announced'), 'NoSpeakerReady');
      assert.equal(ipsOf(api, 'web'), '192.0.2.1');
      const writes = api.writes.length;
      await term.settle(600_000);
      assert.equal(api.writes.length, writes);
      cure(api);
      await term.settle();
      assert.equal(reasonOf(api, 'web', 'cairn.dev/Announced'), 'Announced');
      await term.end();
    });
  }

  it('while nobody led, and with their node, says so', async () => {
    const { api, term } = await announced();
    await term.end();
    for (const [path, name] of [
      [NODES, 'node-a'],
      [PODS, 'cairn-speaker-x'],
    ] as const) {
      api.remove(path, name, path === PODS ? 'cairn-system' : '');
    }
    const next = await Term.begin(api);
    await next.settle();
    assert.equal(reasonOf(api, 'web', 'cairn.dev/Announced'), 'NoSpeakerReady');
    await next.end();
  });
});
