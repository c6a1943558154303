/**
 * Services that a real API server lets nobody write: `kubectl describe service` says why, in the API server's own words.
 */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'mocha';
import type { ApiObject } from '../../src/playground/cluster/api.js';
import { type Cluster, startCluster } from '../../src/playground/cluster/cluster.js';
import { addressesOf, configure, eventsAbout, loadBalancer, poolOf, serviceOf } from './support/objects.js';

const SERVICES = '/api/v1/namespaces/default/services';
const ADMISSION = 'admissionregistration.k8s.io/v1';
const NOTES = 'example.com/notes';
const MAX_ANNOTATIONS_BYTES = 256 * 1_024;

/** Status writes of the Services that bear this label. */
const selecting = (label: string) => ({
  objectSelector: { matchLabels: { refused: label } },
  rule: { apiGroups: [''], apiVersions: ['v1'], operations: ['UPDATE'], resources: ['services/status'] },
});

function policy(): readonly ApiObject[] {
  const { objectSelector, rule } = selecting('policy');
  return [
    {
      apiVersion: ADMISSION,
      kind: 'ValidatingAdmissionPolicy',
      metadata: { name: 'owners' },
      spec: {
        matchConstraints: { objectSelector, resourceRules: [rule] },
        validations: [{ expression: 'has(object.metadata.labels.owner)', message: 'say who owns it' }],
      },
    },
    {
      apiVersion: ADMISSION,
      kind: 'ValidatingAdmissionPolicyBinding',
      metadata: { name: 'owners' },
      spec: { policyName: 'owners', validationActions: ['Deny'] },
    },
  ];
}

/** Nobody listens there. */
function webhook(): ApiObject {
  const { objectSelector, rule } = selecting('webhook');
  const clientConfig = { url: 'https://127.0.0.1:1/' };
  const called = { clientConfig, admissionReviewVersions: ['v1'], sideEffects: 'None' };
  return {
    apiVersion: ADMISSION,
    kind: 'ValidatingWebhookConfiguration',
    metadata: { name: 'owners' },
    webhooks: [{ name: 'owners.example.com', objectSelector, rules: [rule], ...called }],
  };
}

describe('a Service whose status the API server refuses', function () {
  this.timeout(180_000);
  let cluster: Cluster;

  before(async () => {
    cluster = await startCluster({ nodes: 1 });
    await configure(cluster, poolOf('192.0.2.240/29'));
    await cluster.startCairn();
    const items = [...policy(), webhook()];
    await cluster.applyText(JSON.stringify({ apiVersion: 'v1', kind: 'List', items }));
  });
  after(() => cluster?.stop());

  /** As nobody's yet, so that what refuses its status is in force before Cairn writes it. */
  const createRefused = async (name: string) => {
    const service = loadBalancer(name, { type: 'ClusterIP' });
    await cluster.api.create(SERVICES, { ...service, metadata: { ...service.metadata, labels: { refused: name } } });
    const patch = ['patch', 'service', name, '--subresource=status', '--type=merge', '--patch', '{"status":{}}'];
    await cluster.waitFor('its status cannot be written', () =>
      cluster.kubectl(...patch, '--dry-run=server').then(
        () => false,
        () => true,
      ),
    );
    await cluster.kubectl('patch', 'service', name, '--patch', '{"spec":{"type":"LoadBalancer"}}');
  };
  const refusalOf = (name: string) =>
    cluster.waitFor('an event tells', async () =>
      (await eventsAbout(cluster, 'Service', name)).find(({ reason }) => reason === 'StatusRefused'),
    );
  /** And has no address yet. */
  const assertTold = async (name: string, says: RegExp) => {
    const { type, message } = await refusalOf(name);
    assert.equal(type, 'Warning');
    assert.match(message, says);
    assert.match(await cluster.kubectl('describe', 'service', name), /Warning +StatusRefused +.*cairn-controller/);
    assert.deepEqual(addressesOf(await serviceOf(cluster, name)), []);
  };

  it('says that its annotations leave no room, and has its address when one of them is gone', async () => {
    const service = loadBalancer('full');
    const annotations = { [NOTES]: 'x'.repeat(MAX_ANNOTATIONS_BYTES - NOTES.length) };
    await cluster.api.create(SERVICES, { ...service, metadata: { ...service.metadata, annotations } });
    await assertTold('full', /Service "full" is invalid: metadata\.annotations: Too long: .*262144 bytes$/);
    await cluster.kubectl('annotate', 'service', 'full', `${NOTES}-`);
    assert.notEqual(await cluster.externalIp('full'), '');
  });

  it('says which policy denies it, and has its address when it is as that has it', async () => {
    await createRefused('policy');
    await assertTold('policy', /ValidatingAdmissionPolicy 'owners' .*denied request: say who owns it$/);
    await cluster.kubectl('label', 'service', 'policy', 'owner=shop');
    assert.notEqual(await cluster.externalIp('policy'), '');
  });

  it('says which webhook cannot be called, once', async () => {
    await createRefused('webhook');
    await assertTold('webhook', /failed calling webhook "owners\.example\.com": .*connection refused$/);
    await cluster.kubectl('delete', 'validatingwebhookconfiguration', 'owners');
    assert.notEqual(await cluster.externalIp('webhook', 'default', 90_000), '');
    const told = (await eventsAbout(cluster, 'Service', 'webhook')).filter(({ reason }) => reason === 'StatusRefused');
    assert.equal(told.length, 1);
  });
});
