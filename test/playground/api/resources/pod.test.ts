import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import type { JsonObject } from '../../../../src/playground/api/object.js';
import { change, changeStatus, create, made, objectOf, refusals, resourceOf } from '../support/strategy.js';

const pods = resourceOf('pods');
const C = { name: 'web', image: 'nginx:1' };
const specOf = (spec: JsonObject): JsonObject => made(create(pods, { spec }))['spec'];
const first = (container: JsonObject) => specOf({ containers: [{ ...C, ...container }] })['containers'][0];

describe('a new Pod', () => {
  it('is given what kube-apiserver gives it', () => {
    const { spec, status } = made(create(pods, { spec: { containers: [C] } }));
    const toleration = { operator: 'Exists', effect: 'NoExecute', tolerationSeconds: 300 };
    assert.deepEqual(status, { phase: 'Pending', qosClass: 'BestEffort' });
    assert.deepEqual(spec, {
      containers: [
        {
          ...C,
          imagePullPolicy: 'IfNotPresent',
          resources: {},
          terminationMessagePath: '/dev/termination-log',
          terminationMessagePolicy: 'File',
        },
      ],
      dnsPolicy: 'ClusterFirst',
      enableServiceLinks: true,
      preemptionPolicy: 'PreemptLowerPriority',
      priority: 0,
      restartPolicy: 'Always',
      schedulerName: 'default-scheduler',
      securityContext: {},
      terminationGracePeriodSeconds: 30,
      tolerations: [
        { key: 'node.kubernetes.io/not-ready', ...toleration },
        { key: 'node.kubernetes.io/unreachable', ...toleration },
      ],
    });
  });

  // biome-ignore format: table
  const images = [
    { image: 'nginx',               want: 'Always' },       { image: 'nginx:latest',      want: 'Always' },
    { image: 'nginx:1.27',          want: 'IfNotPresent' }, { image: 'host:5000/nginx',   want: 'Always' },
    { image: 'host:5000/nginx:1',   want: 'IfNotPresent' }, { image: `nginx@sha256:${'0'.repeat(64)}`, want: 'IfNotPresent' },
  ];
  for (const { image, want } of images) {
    it(`pulls ${image.slice(0, 20)} ${want === 'Always' ? 'always' : 'once'}`, () =>
      assert.equal(first({ image })['imagePullPolicy'], want));
  }

  it('waits for its probes as upstream does', () => {
    assert.deepEqual(first({ readinessProbe: { httpGet: { port: 80 } } })['readinessProbe'], {
      failureThreshold: 3,
      httpGet: { path: '/', port: 80, scheme: 'HTTP' },
      periodSeconds: 10,
      successThreshold: 1,
      timeoutSeconds: 1,
    });
  });

  it('listens on the host where it shares its network', () => {
    const spec = specOf({ hostNetwork: true, containers: [{ ...C, ports: [{ containerPort: 80 }] }] });
    assert.deepEqual(spec['containers'][0].ports, [{ containerPort: 80, hostPort: 80, protocol: 'TCP' }]);
  });

  it('tolerates what it says itself', () => {
    assert.deepEqual(specOf({ containers: [C], tolerations: [{ operator: 'Exists' }] })['tolerations'], [
      { operator: 'Exists' },
    ]);
  });

  // biome-ignore format: table
  const qualities = [
    { name: 'limits of both kinds',   resources: { limits: { cpu: '1', memory: '1Gi' } }, want: 'Guaranteed' },
    { name: 'a limit of one kind',    resources: { limits: { cpu: '1' } },                want: 'Burstable' },
    { name: 'a request',              resources: { requests: { memory: '1Gi' } },         want: 'Burstable' },
    { name: 'a request below limits', resources: { requests: { cpu: '1' }, limits: { cpu: '2', memory: '1Gi' } }, want: 'Burstable' },
    { name: 'nothing',                resources: {},                                      want: 'BestEffort' },
  ];
  for (const { name, resources, want } of qualities) {
    it(`with ${name} is ${want}`, () => {
      const pod = made(create(pods, { spec: { containers: [{ ...C, resources }] } }));
      assert.equal(pod['status'].qosClass, want);
    });
  }
});

describe('a Pod is refused', () => {
  const LABEL =
    "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')";
  const F = 'spec.containers[0]';
  const only = (container: JsonObject) => ({ containers: [{ ...C, ...container }] });
  // Every sentence here is kube-apiserver's own, taken from 1.36.3.
  // biome-ignore format: table
  const cases = [
    { name: 'without containers',                    spec: {},                                                              want: ['spec.containers: Required value'] },
    { name: 'with a container of nothing',           spec: { containers: [{}] },                                            want: [`${F}.name: Required value`, `${F}.image: Required value`] },
    { name: 'with a container of a strange name',    spec: only({ name: 'A_' }),                                            want: [`${F}.name: Invalid value: "A_": ${LABEL}`] },
    { name: 'with two containers of one name',       spec: { containers: [C, C] },                                          want: ['spec.containers[1].name: Duplicate value: "web"'] },
    { name: 'with an unknown pull policy',           spec: only({ imagePullPolicy: 'Z' }),                                  want: [`${F}.imagePullPolicy: Unsupported value: "Z": supported values: "Always", "IfNotPresent", "Never"`] },
    { name: 'with ports that are none',              spec: only({ ports: [{ containerPort: 0 }, { containerPort: 70_000 }] }), want: [`${F}.ports[0].containerPort: Required value`, `${F}.ports[1].containerPort: Invalid value: 70000: must be between 1 and 65535, inclusive`] },
    { name: 'with one port name twice',              spec: only({ ports: [{ name: 'a', containerPort: 1 }, { name: 'a', containerPort: 2 }] }), want: [`${F}.ports[1].name: Duplicate value: "a"`] },
    { name: 'with two ways to one variable',         spec: only({ env: [{ name: 'A', value: 'b', valueFrom: { fieldRef: { fieldPath: 'metadata.name' } } }] }), want: [`${F}.env[0].valueFrom: Invalid value: "": may not be specified when \`value\` is not empty`] },
    { name: 'with a volume that is not there',       spec: only({ volumeMounts: [{ name: 'nope', mountPath: '/a' }] }),     want: [`${F}.volumeMounts[0].name: Not found: "nope"`] },
    { name: 'with a probe of nothing',               spec: only({ livenessProbe: {} }),                                     want: [`${F}.livenessProbe: Required value: must specify a handler type`] },
    { name: 'with a probe of two kinds',             spec: only({ livenessProbe: { tcpSocket: { port: 1 }, exec: { command: ['a'] } } }), want: [`${F}.livenessProbe.tcpSocket: Forbidden: may not specify more than 1 handler type`] },
    { name: 'with a probe of a container that ends', spec: { containers: [C], initContainers: [{ name: 'i', image: 'x', livenessProbe: { tcpSocket: { port: 1 } } }] }, want: ['spec.initContainers[0].livenessProbe: Forbidden: may not be set for init containers without restartPolicy=Always'] },
    { name: 'with unknown policies',                 spec: { containers: [C], restartPolicy: 'X', dnsPolicy: 'Y' },         want: ['spec.restartPolicy: Unsupported value: "X": supported values: "Always", "OnFailure", "Never"', 'spec.dnsPolicy: Unsupported value: "Y": supported values: "ClusterFirstWithHostNet", "ClusterFirst", "Default", "None"'] },
    { name: 'with another port on the host',         spec: { hostNetwork: true, ...only({ ports: [{ containerPort: 81, hostPort: 82 }] }) }, want: [`${F}.ports[0].hostPort: Invalid value: 82: must match \`containerPort\` when \`hostNetwork\` is true`] },
  ];
  for (const { name, spec, want } of cases) {
    it(name, () => assert.deepEqual(refusals(create(pods, { spec })), want));
  }
});

describe('a changed Pod', () => {
  const old = made(create(pods, { spec: { containers: [C], activeDeadlineSeconds: 100 } }));
  const container = old['spec'].containers[0];
  const MUTABLE = 'pod updates may not change fields other than `spec.containers[*].image`,';

  it('may have another image and a shorter time', () => {
    const patch = { spec: { containers: [{ ...container, image: 'nginx:2' }], activeDeadlineSeconds: 50 } };
    assert.deepEqual(refusals(change(pods, old, patch)), []);
  });
  it('has no longer time', () => {
    assert.deepEqual(refusals(change(pods, old, { spec: { activeDeadlineSeconds: 200 } })), [
      'spec.activeDeadlineSeconds: Invalid value: 200: must be less than or equal to previous value',
    ]);
  });
  it('has no other containers', () => {
    assert.deepEqual(refusals(change(pods, old, { spec: { containers: [container, { ...C, name: 'b' }] } })), [
      'spec.containers: Forbidden: pod updates may not add or remove containers',
    ]);
  });
  it('changes in nothing else', () => {
    const [refusal] = refusals(change(pods, old, { spec: { nodeSelector: { a: 'b' } } }));
    assert.ok(refusal?.startsWith(`spec: Forbidden: ${MUTABLE}`), refusal);
  });
  it('keeps its quality of service', () => {
    assert.deepEqual(refusals(changeStatus(pods, old, { phase: 'Running', qosClass: 'Guaranteed' })), [
      'status.qosClass: Invalid value: "Guaranteed": field is immutable',
    ]);
    assert.equal(made(changeStatus(pods, old, { phase: 'Running' }))['status'].qosClass, 'BestEffort');
  });
});

describe('a deleted Pod', () => {
  const grace = (spec: JsonObject, asked?: number, phase = 'Running') =>
    pods.strategy.graceSeconds?.(objectOf(pods, { spec, status: { phase } }), asked);
  // biome-ignore format: table
  const cases = [
    { name: 'has the seconds of its spec',       spec: { nodeName: 'n', terminationGracePeriodSeconds: 30 }, asked: undefined, phase: 'Running',   want: 30 },
    { name: 'has those that are asked for',      spec: { nodeName: 'n', terminationGracePeriodSeconds: 30 }, asked: 5,         phase: 'Running',   want: 5 },
    { name: 'has one where less than none is asked for', spec: { nodeName: 'n' },                            asked: -1,        phase: 'Running',   want: 1 },
    { name: 'has none where it is on no node',   spec: { terminationGracePeriodSeconds: 30 },                asked: 5,         phase: 'Pending',   want: 0 },
    { name: 'has none where it has ended',       spec: { nodeName: 'n', terminationGracePeriodSeconds: 30 }, asked: 5,         phase: 'Succeeded', want: 0 },
  ];
  for (const { name, spec, asked, phase, want } of cases) it(name, () => assert.equal(grace(spec, asked, phase), want));
});
