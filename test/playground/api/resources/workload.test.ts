import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import type { JsonObject } from '../../../../src/playground/api/object.js';
import { change, changeStatus, create, made, refusals, resourceOf } from '../support/strategy.js';

const T = { metadata: { labels: { app: 'a' } }, spec: { containers: [{ name: 'web', image: 'nginx:1' }] } };
const S = { selector: { matchLabels: { app: 'a' } }, template: T };
const MISMATCH = '`selector` does not match template `labels`';
const deployments = resourceOf('deployments');

describe('a new Deployment', () => {
  it('is given what kube-apiserver gives it', () => {
    const { spec } = made(create(deployments, { spec: S }));
    const { template, selector: _selector, ...rest } = spec;
    assert.deepEqual(rest, {
      progressDeadlineSeconds: 600,
      replicas: 1,
      revisionHistoryLimit: 10,
      strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: '25%', maxUnavailable: '25%' } },
    });
    // What a Pod alone is given is not in its template.
    assert.deepEqual(Object.keys(template.spec).sort(), [
      'containers',
      'dnsPolicy',
      'restartPolicy',
      'schedulerName',
      'securityContext',
      'terminationGracePeriodSeconds',
    ]);
  });

  // Every sentence here is kube-apiserver's own, taken from 1.36.3.
  // biome-ignore format: table
  const refused = [
    { name: 'of nothing',                             spec: {},                                                       want: ['spec.selector: Required value', `spec.template.metadata.labels: Invalid value: null: ${MISMATCH}`, 'spec.template.spec.containers: Required value'] },
    { name: 'that does not select its own pods',      spec: { ...S, selector: { matchLabels: { app: 'b' } } },        want: [`spec.template.metadata.labels: Invalid value: {"app":"a"}: ${MISMATCH}`] },
    { name: 'that selects everything',                spec: { ...S, selector: {} },                                   want: ['spec.selector: Invalid value: {}: empty selector is invalid for deployment'] },
    { name: 'of less than no replicas',               spec: { ...S, replicas: -1 },                                   want: ['spec.replicas: Invalid value: -1: must be greater than or equal to 0'] },
    { name: 'that is given up before it is ready',    spec: { ...S, minReadySeconds: 600 },                           want: ['spec.progressDeadlineSeconds: Invalid value: 600: must be greater than minReadySeconds'] },
    { name: 'that begins anew step by step',          spec: { ...S, strategy: { type: 'Recreate', rollingUpdate: {} } }, want: ["spec.strategy.rollingUpdate: Forbidden: may not be specified when strategy `type` is 'Recreate'"] },
    { name: 'that cannot take any step',              spec: { ...S, strategy: { rollingUpdate: { maxSurge: 0, maxUnavailable: '0%' } } }, want: ['spec.strategy.rollingUpdate.maxUnavailable: Invalid value: "0%": may not be 0 when `maxSurge` is 0'] },
    { name: 'that may lose more than all',            spec: { ...S, strategy: { rollingUpdate: { maxUnavailable: '101%' } } }, want: ['spec.strategy.rollingUpdate.maxUnavailable: Invalid value: "101%": must not be greater than 100%'] },
    { name: 'whose pods end',                         spec: { ...S, template: { ...T, spec: { ...T.spec, restartPolicy: 'Never' } } }, want: ['spec.template.spec.restartPolicy: Unsupported value: "Never": supported values: "Always"'] },
    { name: 'whose pods lack an image',               spec: { ...S, template: { ...T, spec: { containers: [{ name: 'a' }] } } }, want: ['spec.template.spec.containers[0].image: Required value'] },
  ];
  for (const { name, spec, want } of refused) {
    it(`is refused ${name}`, () => assert.deepEqual(refusals(create(deployments, { spec })), want));
  }

  it('may select by expressions', () => {
    const selector = { matchExpressions: [{ key: 'app', operator: 'In', values: ['a', 'b'] }] };
    assert.deepEqual(refusals(create(deployments, { spec: { ...S, selector } })), []);
  });

  it('warns of a name that no host can have', () => {
    const named = made(create(deployments, { metadata: { name: 'a.b' }, spec: S }));
    const advice = 'which can result in surprising behavior; a DNS label is recommended';
    assert.deepEqual(deployments.strategy.warnings?.(named, undefined), [
      `metadata.name: this is used in Pod names and hostnames, ${advice}: [must not contain dots]`,
    ]);
  });
});

describe('a changed Deployment', () => {
  it('selects what it selected', () => {
    const spec = { selector: { matchLabels: { app: 'b' } }, template: { metadata: { labels: { app: 'b' } } } };
    const selector = '{"matchLabels":{"app":"b"}}';
    assert.deepEqual(refusals(change(deployments, made(create(deployments, { spec: S })), { spec })), [
      `spec.selector: Invalid value: ${selector}: field is immutable`,
    ]);
  });
});

for (const plural of ['deployments', 'replicasets']) {
  describe(`the status of ${plural}`, () => {
    const resource = resourceOf(plural);
    const written = (status: JsonObject) =>
      refusals(changeStatus(resource, made(create(resource, { spec: S })), status));
    it('counts no more pods ready than there are', () => {
      assert.deepEqual(written({ replicas: 1, readyReplicas: 2 }), [
        'status.readyReplicas: Invalid value: 2: cannot be greater than status.replicas',
      ]);
    });
    it('counts no more pods available than ready', () => {
      assert.deepEqual(written({ replicas: 2, readyReplicas: 1, availableReplicas: 2 }), [
        'status.availableReplicas: Invalid value: 2: cannot be greater than readyReplicas',
      ]);
    });
  });
}
