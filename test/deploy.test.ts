/**
 * The manifests of `deploy/`, held to what they promise. That an API server takes them is shown end to end.
 * @module
 */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { describe, it } from 'mocha';
import { parse, parseAllDocuments } from 'yaml';
import { parseConfig } from '../src/config/parse.js';
import { CONTROLLER_FLAGS, type Flag, readFlags, speakerFlags, variableOf } from '../src/run/flags.js';

/** JSON of any shape: a path that is not there is undefined, and the assertion on it then fails. */
interface Json {
  readonly [key: string]: Json;
}
type Manifest = Json & {
  readonly kind: string & Json;
  readonly metadata: { readonly name: string; readonly namespace?: string } & Json;
};
interface Rule {
  readonly apiGroups: readonly string[];
  readonly resources: readonly string[];
  readonly verbs: readonly string[];
  readonly resourceNames?: readonly string[];
}
interface EnvVar {
  readonly name: string;
  readonly value?: string;
  readonly valueFrom?: {
    readonly fieldRef?: { readonly fieldPath: string };
    readonly secretKeyRef?: { readonly name: string; readonly optional?: boolean };
  };
}
interface Container {
  readonly image: string;
  readonly args: readonly string[];
  readonly env: readonly EnvVar[];
  readonly securityContext: object;
  readonly livenessProbe: { readonly httpGet: object };
  readonly readinessProbe: { readonly httpGet: object };
  readonly ports: readonly { readonly name: string; readonly containerPort: number }[];
  readonly resources: { readonly limits: { readonly cpu?: string; readonly memory: string } };
}
interface Pod {
  readonly serviceAccountName: string;
  readonly containers: readonly [Container];
  readonly tolerations: readonly object[];
  readonly hostNetwork?: boolean;
  readonly dnsPolicy?: string;
  readonly securityContext: { readonly runAsNonRoot?: boolean };
  readonly terminationGracePeriodSeconds: number;
  readonly volumes?: readonly { readonly secret: object }[];
}

const FILES = readdirSync('deploy').filter((name) => name !== 'kustomization.yaml' && name.endsWith('.yaml'));
const MANIFESTS: ReadonlyMap<string, readonly Manifest[]> = new Map(
  FILES.map((name) => [
    name,
    parseAllDocuments(readFileSync(`deploy/${name}`, 'utf8'), { version: '1.1' }).map((document) => {
      assert.deepEqual(document.errors, [], name);
      return document.toJS() as Manifest;
    }),
  ]),
);
const all = [...MANIFESTS.values()].flat();
const only = (kind: string, name: string): Manifest => {
  const found = all.filter((manifest) => manifest.kind === kind && manifest.metadata.name === name);
  assert.equal(found.length, 1, `${found.length} of ${kind} ${name}`);
  return found[0] as Manifest;
};
const podOf = (kind: string, name: string): Pod =>
  (only(kind, name) as unknown as { spec: { template: { spec: Pod } } }).spec.template.spec;
const rulesOf = (kind: 'Role' | 'ClusterRole', name: string): readonly Rule[] =>
  (only(kind, name) as unknown as { rules: readonly Rule[] }).rules;

const DAEMONS = [
  { kind: 'Deployment', name: 'cairn-controller', command: 'controller', flags: CONTROLLER_FLAGS },
  { kind: 'DaemonSet', name: 'cairn-speaker', command: 'speaker', flags: speakerFlags('node-1') },
] as const;

describe('deploy', () => {
  // biome-ignore format: table
  const families = {
    'namespace.yaml':  ['Namespace'],
    'config.yaml':     ['ConfigMap'],
    'rbac.yaml':       ['ClusterRole', 'ClusterRoleBinding', 'Role', 'RoleBinding', 'ServiceAccount'],
    'admission.yaml':  ['ValidatingAdmissionPolicy', 'ValidatingAdmissionPolicyBinding'],
    'controller.yaml': ['Deployment'],
    'speaker.yaml':    ['DaemonSet'],
  };

  it('has one family of objects in each file', () => {
    const found = [...MANIFESTS].map(([name, each]) => [name, [...new Set(each.map(({ kind }) => kind))].sort()]);
    assert.deepEqual(Object.fromEntries(found), families);
  });

  it('lists every file in its kustomization', () => {
    const { resources } = parse(readFileSync('deploy/kustomization.yaml', 'utf8')) as { resources: string[] };
    assert.deepEqual(resources.toSorted(), Object.keys(families).sort());
  });

  it('puts everything that has a namespace into cairn-system', () => {
    const namespaces = new Set(all.map(({ metadata }) => metadata.namespace));
    assert.deepEqual([...namespaces].sort(), ['cairn-system', undefined]);
    assert.equal(only('Namespace', 'cairn-system').metadata.namespace, undefined);
  });

  it('has an example configuration without a problem', () => {
    const { data } = only('ConfigMap', 'cairn-config') as unknown as { data: { config: string } };
    const parsed = parseConfig(data.config);
    assert.ok(parsed.ok, JSON.stringify(parsed));
  });
});

for (const { kind, name, command, flags } of DAEMONS) {
  const pod = podOf(kind, name);
  const [container] = pod.containers;

  describe(`the pod of ${name}`, () => {
    it('runs the image of this version', () => {
      const { version } = JSON.parse(readFileSync('package.json', 'utf8')) as { version: string };
      assert.equal(container.image, `cairn:${version}`);
    });

    it('has a command line and variables that the command understands', () => {
      assert.equal(container.args[0], command);
      assert.equal(container.args.length, 1, 'flags are given as variables');
      const known = new Set([...Object.values<Flag<unknown>>(flags).map(variableOf), 'NODE_OPTIONS']);
      assert.deepEqual(
        container.env.map((each) => each.name).filter((each) => !known.has(each)),
        [],
      );
      const read = readFlags<unknown>(
        flags,
        {},
        Object.fromEntries(container.env.map((each) => [each.name, each.value])),
      );
      assert.deepEqual(read.ok, true, JSON.stringify(read));
    });

    it('selects itself', () => {
      const { selector, template } = (only(kind, name) as unknown as { spec: Record<string, Json> }).spec as never;
      assert.deepEqual(
        (selector as { matchLabels: object }).matchLabels,
        (template as { metadata: { labels: object } }).metadata.labels,
      );
    });

    it('has a heap that ends before its memory limit does', () => {
      const options = container.env.find((each) => each.name === 'NODE_OPTIONS')?.value ?? '';
      const heapMi = Number(/--max-old-space-size=(\d+)/.exec(options)?.[1]);
      const limitMi = Number(/^(\d+)Mi$/.exec(container.resources.limits.memory)?.[1]);
      // Young generation, code, and the speaker's second thread come on top.
      assert.ok(heapMi + 128 <= limitMi, `${heapMi} of ${limitMi}`);
      assert.equal(container.resources.limits.cpu, undefined, 'a CPU limit delays heartbeats');
    });

    it('is asked for its health where it serves it', () => {
      assert.deepEqual(container.livenessProbe.httpGet, { path: '/healthz', port: 'metrics' });
      assert.deepEqual(container.readinessProbe.httpGet, { path: '/readyz', port: 'metrics' });
      const metrics = container.ports.find((port) => port.name === 'metrics');
      const address = container.env.find((each) => each.name === variableOf(CONTROLLER_FLAGS.metricsAddress))?.value;
      const read = readFlags(CONTROLLER_FLAGS, { 'metrics-address': address }, {});
      assert.ok(read.ok);
      assert.equal(metrics?.containerPort, read.value.metricsAddress.port);
    });

    it('has longer to stop than it needs', () => assert.ok(pod.terminationGracePeriodSeconds > 2));

    it('uses a ServiceAccount that exists', () => only('ServiceAccount', pod.serviceAccountName));

    it('runs on control-plane nodes too', () => {
      const tolerated = pod.tolerations.some(
        (each) =>
          (each as { operator: string }).operator === 'Exists' &&
          [undefined, 'node-role.kubernetes.io/control-plane'].includes((each as { key?: string }).key) &&
          (each as { effect: string }).effect === 'NoSchedule',
      );
      assert.ok(tolerated);
    });
  });
}

describe('the privileges of a pod', () => {
  it('are none for the controller', () => {
    const pod = podOf('Deployment', 'cairn-controller');
    assert.equal(pod.securityContext.runAsNonRoot, true);
    assert.equal(pod.hostNetwork, undefined);
    assert.deepEqual(pod.containers[0].securityContext, {
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ['ALL'] },
    });
  });

  it('are raw sockets on the host network for the speaker, and no more', () => {
    const pod = podOf('DaemonSet', 'cairn-speaker');
    assert.equal(pod.hostNetwork, true);
    assert.equal(pod.dnsPolicy, 'ClusterFirstWithHostNet');
    assert.deepEqual(pod.containers[0].securityContext, {
      runAsUser: 0,
      runAsGroup: 0,
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ['ALL'], add: ['NET_RAW'] },
    });
  });
});

describe('the speaker everywhere', () => {
  const pod = podOf('DaemonSet', 'cairn-speaker');

  it('tolerates every taint that would keep it off a node', () => {
    assert.deepEqual(pod.tolerations, [
      { operator: 'Exists', effect: 'NoSchedule' },
      { operator: 'Exists', effect: 'NoExecute' },
    ]);
  });

  it('takes no port of the node from a speaker of MetalLB, which it would evict', () => {
    const ofMetalLB = [7472, 7473, 7946];
    const taken = pod.containers[0].ports.map(({ containerPort }) => containerPort);
    assert.deepEqual(
      taken.filter((port) => ofMetalLB.includes(port)),
      [],
    );
  });

  it('knows its node', () => {
    const env = pod.containers[0].env.find((each) => each.name === 'CAIRN_NODE_NAME');
    assert.equal(env?.valueFrom?.fieldRef?.fieldPath, 'spec.nodeName');
  });

  it('starts without the Secret, and has no secret file then', () => {
    const env = pod.containers[0].env.find((each) => each.name === 'CAIRN_SECRET_FILE');
    assert.deepEqual(env?.valueFrom?.secretKeyRef, { name: 'cairn-heartbeat', key: 'secret-file', optional: true });
    assert.deepEqual(
      pod.volumes?.map(({ secret }) => secret),
      [{ secretName: 'cairn-heartbeat', optional: true, defaultMode: 0o400 }],
    );
  });
});

describe('the rights of', () => {
  // biome-ignore format: table
  const cases = [
    { name: 'the controller in the cluster', role: ['ClusterRole', 'cairn-controller'], want: [
      'get list watch services namespaces nodes', 'patch services/status', 'create events'] },
    { name: 'the controller at home',        role: ['Role', 'cairn-controller'],        want: [
      'get list watch configmaps pods', 'create configmaps', 'update patch configmaps: cairn-state',
      'create leases', 'get update leases: cairn-controller'] },
    { name: 'a speaker in the cluster',      role: ['ClusterRole', 'cairn-speaker'],    want: [
      'get list watch services nodes', 'get list watch endpointslices'] },
    { name: 'a speaker at home',             role: ['Role', 'cairn-speaker'],           want: [
      'get list watch configmaps', 'create patch configmaps'] },
  ] as const;
  for (const { name, role, want } of cases) {
    it(name, () => {
      const rights = rulesOf(role[0], role[1]).map(({ verbs, resources, resourceNames }) =>
        [[...verbs, ...resources].join(' '), ...(resourceNames ?? [])].join(': '),
      );
      assert.deepEqual(rights, want);
    });
  }

  it('each role belong to the ServiceAccount of its name', () => {
    const bindings = all.filter(({ kind }) => kind === 'RoleBinding' || kind === 'ClusterRoleBinding');
    assert.equal(bindings.length, 4);
    for (const binding of bindings) {
      const { metadata, roleRef, subjects } = binding as unknown as {
        metadata: { name: string };
        roleRef: object;
        subjects: object;
      };
      const kind = binding.kind.replace('Binding', '');
      assert.deepEqual(roleRef, { apiGroup: 'rbac.authorization.k8s.io', kind, name: metadata.name });
      assert.deepEqual(subjects, [{ kind: 'ServiceAccount', name: metadata.name, namespace: 'cairn-system' }]);
    }
  });
});

describe('the admission policy of the speakers', () => {
  const { spec } = only('ValidatingAdmissionPolicy', 'cairn-speaker') as unknown as {
    spec: {
      failurePolicy: string;
      matchConstraints: { resourceRules: { operations: string[]; resources: string[] }[] };
      matchConditions: { expression: string }[];
    };
  };

  it('is asked for every write that RBAC grants them', () => {
    const [rule] = spec.matchConstraints.resourceRules;
    assert.deepEqual(rule?.operations, ['CREATE', 'UPDATE']);
    assert.deepEqual(rule?.resources, ['configmaps']);
    assert.equal(spec.failurePolicy, 'Fail');
  });

  it('is about the ServiceAccount that the speakers use', () => {
    const account = podOf('DaemonSet', 'cairn-speaker').serviceAccountName;
    assert.match(spec.matchConditions[0]?.expression ?? '', new RegExp(`:${account}'$`));
  });

  it('denies', () => {
    const binding = only('ValidatingAdmissionPolicyBinding', 'cairn-speaker') as unknown as { spec: object };
    assert.deepEqual(binding.spec, { policyName: 'cairn-speaker', validationActions: ['Deny'] });
  });
});
