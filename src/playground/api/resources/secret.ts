/**
 * Secrets of the core group.
 *
 * `stringData` is written and never read: it becomes `data` before anything else looks at it.
 * @module
 */
import type { ApiObject } from '../object.js';
import type { Resource } from '../resource.js';
import type { Cause } from '../status.js';
import { immutable, invalidEach, required, tooLong } from './causes.js';
import { AGE, count, NAME, text } from './columns.js';
import { dropEmptyData, MAX_DATA_BYTES, sizeOf, validateUnchanged } from './config-map.js';
import { configKey } from './formats.js';

/** Keys without which a Secret of the type is of no use. */
const NEEDED: Readonly<Record<string, readonly string[]>> = {
  'kubernetes.io/dockercfg': ['.dockercfg'],
  'kubernetes.io/dockerconfigjson': ['.dockerconfigjson'],
  'kubernetes.io/ssh-auth': ['ssh-privatekey'],
  'kubernetes.io/tls': ['tls.crt', 'tls.key'],
};
const BASIC_AUTH_KEYS = ['username', 'password'];
const ACCOUNT_NAME = 'kubernetes.io/service-account.name';

export const secrets: Resource = {
  group: '',
  version: 'v1',
  kind: 'Secret',
  plural: 'secrets',
  singular: 'secret',
  shortNames: [],
  categories: [],
  namespaced: true,
  subresources: [],
  counted: false,
  names: 'dns-subdomain',
  strategy: {
    setDefaults(secret) {
      const entries = Object.entries<string>(secret['stringData'] ?? {});
      const encoded = entries.map(([key, value]) => [key, Buffer.from(value).toString('base64')]);
      if (encoded.length > 0) secret['data'] = { ...secret['data'], ...Object.fromEntries(encoded) };
      delete secret['stringData'];
      dropEmptyData(secret);
      secret['type'] ||= 'Opaque';
    },
    validate: (secret, old) => [
      ...(old === undefined ? [] : validateSecretChange(secret, old)),
      ...validateSecret(secret),
    ],
    warnings: certificateWarnings,
    fields: (secret) => ({ type: secret['type'] ?? '' }),
  },
  columns: [
    NAME,
    text('Type', 'What it is for.', (secret) => secret['type'] ?? ''),
    count('Data', 'How many keys it holds.', ({ data }) => sizeOf(data)),
    AGE,
  ],
};

/** Upstream loads the pair with Go's own TLS; whether the two belong together is not looked at here. */
function certificateWarnings({ type, data }: ApiObject): readonly string[] {
  if (type !== 'kubernetes.io/tls') return [];
  const isPem = (key: string) => Buffer.from(data?.[key] ?? '', 'base64').includes('-----BEGIN ');
  if (!isPem('tls.crt')) return ['tls: failed to find any PEM data in certificate input'];
  return isPem('tls.key') ? [] : ['tls: failed to find any PEM data in key input'];
}

function validateSecretChange(secret: ApiObject, old: ApiObject): readonly Cause[] {
  const changed = immutable('type', secret['type'], old['type']);
  return [...(changed === undefined ? [] : [changed]), ...validateUnchanged(secret, old, ['data'])];
}

function validateSecret({ data, type, metadata }: ApiObject): readonly Cause[] {
  const entries = Object.entries<string>(data ?? {});
  const total = entries.reduce((sum, [, value]) => sum + Buffer.byteLength(value, 'base64'), 0);
  const lacks = (key: string) => !Object.hasOwn(data ?? {}, key);
  return [
    ...entries.flatMap(([key]) => invalidEach(`data[${key}]`, key, configKey(key))),
    ...(total > MAX_DATA_BYTES ? [tooLong('data', MAX_DATA_BYTES)] : []),
    ...(type === 'kubernetes.io/service-account-token' && !metadata.annotations?.[ACCOUNT_NAME]
      ? [required(`metadata.annotations[${ACCOUNT_NAME}]`)]
      : []),
    ...(type === 'kubernetes.io/basic-auth' && BASIC_AUTH_KEYS.every(lacks)
      ? BASIC_AUTH_KEYS.map((key) => required(`data[${key}]`))
      : []),
    ...(NEEDED[type] ?? []).filter(lacks).map((key) => required(`data[${key}]`)),
  ];
}
