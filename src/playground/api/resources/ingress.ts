/**
 * Ingresses of networking.k8s.io, as data: nothing here serves them.
 * @module
 */
import type { ApiObject, JsonObject } from '../object.js';
import type { Resource } from '../resource.js';
import type { Cause } from '../status.js';
import { parseLoosely, validateAddress } from './addresses.js';
import { invalid, invalidEach, notSupported, required } from './causes.js';
import { AGE, NAME, text } from './columns.js';
import { dnsLabel, dnsSubdomain, portName, portNumber, wildcardDnsSubdomain } from './formats.js';
import { ingressTexts } from './service/columns.js';

const PATH_TYPES = ['Exact', 'ImplementationSpecific', 'Prefix'];
/** What a path must not hold when it is compared as it stands. */
const FORBIDDEN_PARTS = ['//', '/./', '/../', '%2f', '%2F'];
const FORBIDDEN_ENDS = ['/..', '/.'];
const CLASS_ANNOTATION = 'kubernetes.io/ingress.class';
const MAX_HOSTS_SHOWN = 3;

export const ingresses: Resource = {
  group: 'networking.k8s.io',
  version: 'v1',
  kind: 'Ingress',
  plural: 'ingresses',
  singular: 'ingress',
  shortNames: ['ing'],
  categories: [],
  namespaced: true,
  subresources: ['status'],
  counted: true,
  names: 'dns-subdomain',
  strategy: {
    setDefaults(ingress) {
      ingress['spec'] ??= {};
      ingress['status'] = { ...ingress['status'], loadBalancer: ingress['status']?.loadBalancer ?? {} };
    },
    prepare(ingress, old) {
      ingress['status'] = old === undefined ? { loadBalancer: {} } : old['status'];
    },
    validate: (ingress, old) => [
      ...validateIngress(ingress['spec']),
      ...(old === undefined ? validateClass(ingress) : []),
    ],
    prepareStatus(ingress, old) {
      ingress['spec'] = old['spec'];
    },
    validateStatus: validateStatus,
    warnings: ({ metadata, spec }, old) =>
      old === undefined && metadata.annotations?.[CLASS_ANNOTATION] !== undefined && spec.ingressClassName == null
        ? [`annotation "${CLASS_ANNOTATION}" is deprecated, please use 'spec.ingressClassName' instead`]
        : [],
  },
  columns: [
    NAME,
    text('Class', 'Which controller serves it.', ({ spec }) => spec.ingressClassName ?? '<none>'),
    text('Hosts', 'Hosts that it serves.', ({ spec }) => hostsText(spec.rules ?? [])),
    text('Address', 'Where it can be reached.', ({ status }) => ingressTexts(status?.loadBalancer?.ingress).join(',')),
    text('Ports', 'Ports that it opens.', ({ spec }) => ((spec.tls ?? []).length > 0 ? '80, 443' : '80')),
    AGE,
  ],
};

function hostsText(rules: readonly JsonObject[]): string {
  const hosts = rules.map(({ host }): string => host ?? '').filter((host) => host !== '');
  if (hosts.length === 0) return '*';
  const shown = hosts.slice(0, MAX_HOSTS_SHOWN).join(',');
  return hosts.length > MAX_HOSTS_SHOWN ? `${shown} + ${rules.length - MAX_HOSTS_SHOWN} more...` : shown;
}

function validateIngress({ rules = [], defaultBackend, tls = [], ingressClassName }: JsonObject): readonly Cause[] {
  return [
    ...(rules.length === 0 && defaultBackend == null
      ? [invalid('spec', undefined, 'either `defaultBackend` or `rules` must be specified')]
      : []),
    ...(defaultBackend == null ? [] : validateBackend('spec.defaultBackend', defaultBackend)),
    ...(rules as readonly JsonObject[]).flatMap((rule, at) => validateRule(`spec.rules[${at}]`, rule)),
    ...(tls as readonly JsonObject[]).flatMap((each, at) => validateTls(`spec.tls[${at}]`, each)),
    ...(ingressClassName == null
      ? []
      : invalidEach('spec.ingressClassName', ingressClassName, dnsSubdomain(ingressClassName))),
  ];
}

function validateClass({ metadata, spec }: ApiObject): readonly Cause[] {
  const annotation = metadata.annotations?.[CLASS_ANNOTATION];
  if (annotation === undefined || spec.ingressClassName == null || annotation === spec.ingressClassName) return [];
  const rule = 'must match `ingressClassName` when both are specified';
  return [invalid(`annotations.${CLASS_ANNOTATION}`, annotation, rule)];
}

const hostForm = (host: string) => (host.includes('*') ? wildcardDnsSubdomain(host) : dnsSubdomain(host));

function validateTls(field: string, { hosts = [], secretName = '' }: JsonObject): readonly Cause[] {
  return [
    ...(hosts as readonly string[]).flatMap((host, at) => invalidEach(`${field}.hosts[${at}]`, host, hostForm(host))),
    ...(secretName === '' ? [] : invalidEach(`${field}.secretName`, secretName, dnsSubdomain(secretName))),
  ];
}

function validateRule(field: string, { host = '', http }: JsonObject): readonly Cause[] {
  const paths: readonly JsonObject[] = http?.paths ?? [];
  return [
    ...(host !== '' && parseLoosely(host) !== undefined
      ? [invalid(`${field}.host`, host, 'must be a DNS name, not an IP address')]
      : []),
    ...(host === '' ? [] : invalidEach(`${field}.host`, host, hostForm(host))),
    ...(http != null && paths.length === 0 ? [required(`${field}.http.paths`)] : []),
    ...paths.flatMap((path, at) => validatePath(`${field}.http.paths[${at}]`, path)),
  ];
}

function validatePath(field: string, { path = '', pathType, backend = {} }: JsonObject): readonly Cause[] {
  if (pathType == null) return [required(`${field}.pathType`, 'pathType must be specified')];
  const wrong = (rule: string) => invalid(`${field}.path`, path, rule);
  const isLiteral = pathType === 'Exact' || pathType === 'Prefix';
  return [
    ...(PATH_TYPES.includes(pathType) ? [] : [notSupported(`${field}.pathType`, pathType, PATH_TYPES)]),
    ...(!path.startsWith('/') && (isLiteral || (pathType === 'ImplementationSpecific' && path !== ''))
      ? [wrong('must be an absolute path')]
      : []),
    ...(isLiteral
      ? [
          ...FORBIDDEN_PARTS.filter((part) => path.includes(part)).map((part) => wrong(`must not contain '${part}'`)),
          ...FORBIDDEN_ENDS.filter((end) => path.endsWith(end)).map((end) => wrong(`cannot end with '${end}'`)),
        ]
      : []),
    ...validateBackend(`${field}.backend`, backend),
  ];
}

function validateBackend(field: string, { resource, service }: JsonObject): readonly Cause[] {
  if (resource != null && service != null) return [invalid(field, '', 'cannot set both resource and service backends')];
  if (resource != null) {
    return ['kind', 'name'].filter((key) => !resource[key]).map((key) => required(`${field}.resource.${key}`));
  }
  if (service == null) return [invalid(field, '', 'resource or service backend is required')];
  const { name = '', port = {} } = service;
  return [
    ...(name === '' ? [required(`${field}.service.name`)] : invalidEach(`${field}.service.name`, name, dnsLabel(name))),
    ...validateBackendPort(field, port),
  ];
}

function validateBackendPort(field: string, { name, number }: JsonObject): readonly Cause[] {
  if (name && number) return [invalid(field, '', 'cannot set both port name & port number')];
  if (name) return invalidEach(`${field}.service.port.name`, name, portName(name));
  if (number) return invalidEach(`${field}.service.port.number`, number, portNumber(number));
  return [required(field, 'port name or number is required')];
}

function validateStatus({ status }: ApiObject, old: ApiObject): readonly Cause[] {
  const entries = (of: JsonObject | undefined): readonly JsonObject[] => of?.['loadBalancer']?.ingress ?? [];
  const known = entries(old['status']).map(({ ip }): string => ip ?? '');
  return entries(status).flatMap(({ ip, hostname }, at) => {
    const field = `status.loadBalancer.ingress[${at}]`;
    return [
      ...(ip ? validateAddress(`${field}.ip`, ip, known) : []),
      ...(hostname ? invalidEach(`${field}.hostname`, hostname, dnsSubdomain(hostname)) : []),
      ...(hostname && parseLoosely(hostname) !== undefined
        ? [invalid(`${field}.hostname`, hostname, 'must be a DNS name, not an IP address')]
        : []),
    ];
  });
}
