/**
 * Nodes of the core group.
 * @module
 */
import { compareText } from '../../../values/text.js';
import type { ApiObject, JsonObject } from '../object.js';
import type { Resource } from '../resource.js';
import type { Cause } from '../status.js';
import { validateBlock } from './addresses.js';
import { duplicate, forbidden, invalid, invalidEach, notSupported, required, sameJson } from './causes.js';
import { AGE, NAME, text } from './columns.js';
import { completeConditions } from './conditions.js';
import { labelValue, qualifiedName } from './formats.js';
import { TAINT_EFFECTS } from './pod/validation.js';

const ROLE_PREFIX = 'node-role.kubernetes.io/';
const ROLE_LABEL = 'kubernetes.io/role';
/** What a kubelet says of itself; empty until it does. */
const SYSTEM_INFO = [
  'machineID',
  'systemUUID',
  'bootID',
  'kernelVersion',
  'osImage',
  'containerRuntimeVersion',
  'kubeletVersion',
  'kubeProxyVersion',
  'operatingSystem',
  'architecture',
];

export const nodes: Resource = {
  group: '',
  version: 'v1',
  kind: 'Node',
  plural: 'nodes',
  singular: 'node',
  shortNames: ['no'],
  categories: [],
  namespaced: false,
  subresources: ['status'],
  counted: false,
  names: 'dns-subdomain',
  strategy: {
    setDefaults: setNodeDefaults,
    // A kubelet that registers its node sends the status along.
    prepare(node, old) {
      if (old !== undefined) node['status'] = old['status'];
    },
    validate: (node, old) => [
      ...validateTaints(node['spec'].taints ?? []),
      ...validatePodCidrs(node['spec'].podCIDRs ?? []),
      ...(old === undefined ? [] : validateNodeChange(node, old)),
    ],
    prepareStatus(node, old) {
      node['spec'] = old['spec'];
    },
    validateStatus: validateNodeChange,
    fields: ({ spec }) => ({ 'spec.unschedulable': String(spec.unschedulable === true) }),
  },
  columns: [
    NAME,
    text('Status', 'Whether it is ready, and takes pods.', statusText),
    text('Roles', 'What it is there for.', rolesText),
    AGE,
    text('Version', 'Of its kubelet.', ({ status }) => status?.nodeInfo?.kubeletVersion ?? ''),
    text('Internal-IP', 'Its address inside the cluster.', (node) => addressText(node, 'InternalIP'), 1),
    text('External-IP', 'Its address outside the cluster.', (node) => addressText(node, 'ExternalIP'), 1),
    text('OS-Image', 'Its operating system.', ({ status }) => status?.nodeInfo?.osImage || '<unknown>', 1),
    text('Kernel-Version', 'Its kernel, and for which machine.', kernelText, 1),
    text(
      'Container-Runtime',
      'What runs its containers.',
      ({ status }) => status?.nodeInfo?.containerRuntimeVersion || '<unknown>',
      1,
    ),
  ],
};

function setNodeDefaults(node: ApiObject): void {
  node['spec'] ??= {};
  node['status'] ??= {};
  const { status } = node;
  if (status.allocatable == null && status.capacity != null) status.allocatable = { ...status.capacity };
  status.daemonEndpoints ??= { kubeletEndpoint: { Port: 0 } };
  status.nodeInfo = { ...Object.fromEntries(SYSTEM_INFO.map((key) => [key, ''])), ...status.nodeInfo };
  completeConditions(node, ['lastHeartbeatTime', 'lastTransitionTime']);
  const { podCIDR, podCIDRs } = node['spec'];
  if (podCIDR && podCIDRs == null) node['spec'].podCIDRs = [podCIDR];
  if (podCIDRs?.length > 0) node['spec'].podCIDR = podCIDRs[0];
}

function validateTaints(taints: readonly JsonObject[]): readonly Cause[] {
  return taints.flatMap((taint, at) => {
    // Upstream looks for them in the metadata.
    const field = `metadata.taints[${at}]`;
    const { key = '', value = '', effect = '' } = taint;
    const twin = taints.slice(0, at).some((each) => each['key'] === key && each['effect'] === effect);
    const defects = labelValue(value);
    return [
      ...invalidEach(`${field}.key`, key, qualifiedName(key)),
      ...(defects.length > 0 ? [invalid(`${field}.value`, value, defects.join(';'))] : []),
      ...(effect === ''
        ? [required(`${field}.effect`)]
        : TAINT_EFFECTS.includes(effect)
          ? []
          : [notSupported(`${field}.effect`, effect, TAINT_EFFECTS)]),
      ...(twin ? [duplicateTaint(field, taint)] : []),
    ];
  });
}

function duplicateTaint(field: string, { key, value = '', effect }: JsonObject): Cause {
  const cause = duplicate(field, { Key: key, Value: value, Effect: effect, TimeAdded: null });
  return { ...cause, message: `${cause.message}: taints must be unique by key and effect pair` };
}

function validatePodCidrs(cidrs: readonly string[]): readonly Cause[] {
  const field = 'spec.podCIDRs';
  const [first, second] = cidrs.map((cidr) => cidr.includes(':'));
  const isPair = cidrs.length === 2 && first !== second;
  return [
    ...cidrs.flatMap((cidr, at) => validateBlock(`${field}[${at}]`, cidr)),
    ...(cidrs.length > 1 && !isPair
      ? [invalid(field, cidrs, 'may specify no more than one CIDR for each IP family')]
      : []),
  ];
}

function validateNodeChange(node: ApiObject, old: ApiObject): readonly Cause[] {
  const addresses: readonly JsonObject[] = node['status']?.addresses ?? [];
  const [now, before] = [node['spec'], old['spec']];
  const fixed = (name: string) => `node updates may not change ${name} except from "" to valid`;
  return [
    ...addresses.flatMap((address, at) =>
      addresses.slice(0, at).some((each) => sameJson(each, address))
        ? [duplicate(`status.addresses[${at}]`, { Type: address['type'], Address: address['address'] })]
        : [],
    ),
    ...((before.podCIDRs ?? []).length > 0 && !sameJson(now.podCIDRs, before.podCIDRs)
      ? [forbidden('spec.podCIDRs', fixed('podCIDR'))]
      : []),
    ...(before.providerID && now.providerID !== before.providerID
      ? [forbidden('spec.providerID', fixed('providerID'))]
      : []),
  ];
}

function statusText({ spec, status }: ApiObject): string {
  const conditions: readonly JsonObject[] = status?.conditions ?? [];
  const ready = conditions.findLast((each) => each['type'] === 'Ready')?.['status'];
  const word = ready === undefined ? 'Unknown' : ready === 'True' ? 'Ready' : 'NotReady';
  return spec.unschedulable === true ? `${word},SchedulingDisabled` : word;
}

function rolesText({ metadata: { labels = {} } }: ApiObject): string {
  const roles = Object.entries(labels).flatMap(([key, value]) => {
    if (key.startsWith(ROLE_PREFIX)) return [key.slice(ROLE_PREFIX.length)];
    return key === ROLE_LABEL ? [value] : [];
  });
  const named = new Set(roles.filter((role) => role !== ''));
  return [...named].sort(compareText).join(',') || '<none>';
}

function addressText({ status }: ApiObject, type: string): string {
  const addresses: readonly JsonObject[] = status?.addresses ?? [];
  return addresses.find((each) => each['type'] === type)?.['address'] ?? '<none>';
}

function kernelText({ status }: ApiObject): string {
  const { kernelVersion, architecture } = status?.nodeInfo ?? {};
  return `${kernelVersion || '<unknown>'}${architecture ? ` (${architecture})` : ''}`;
}
