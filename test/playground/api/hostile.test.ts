import assert from 'node:assert/strict';
import net from 'node:net';
import { describe, it } from 'mocha';
import { running } from './support/running.js';

const MAPS = '/api/v1/namespaces/default/configmaps';
const JSON_BODY = { 'Content-Type': 'application/json' };

describe('a hostile request', () => {
  const api = running();

  const bodies: readonly [name: string, body: string, code: number][] = [
    ['nothing', '', 400],
    ['half an object', '{', 400],
    ['a list', '[]', 400],
    ['a text', '"x"', 400],
    ['a number', '1e999', 400],
    ['null', 'null', 422],
    ['no text', '\u0000\u0001', 400],
    ['another kind', '{"kind":"Pod","apiVersion":"v1"}', 400],
    ['an unknown kind', '{"kind":"Foo","apiVersion":"v1"}', 400],
    ['a kind that is a list', '{"kind":[],"apiVersion":{}}', 400],
    ['a name that is a number', '{"metadata":{"name":7}}', 400],
    ['metadata that is a list', '{"metadata":[]}', 400],
    ['a field named __proto__', '{"metadata":{"name":"proto"},"__proto__":{"a":1}}', 201],
    ['a label named __proto__', '{"metadata":{"name":"p","labels":{"__proto__":"x"}}}', 201],
    ['a namespace of its own', '{"metadata":{"name":"a","namespace":"other"}}', 400],
    ['a name that goes up', '{"metadata":{"name":".."}}', 422],
    ['ten thousand brackets', `{"metadata":{"name":"deep"},"data":${'['.repeat(10_000)}${']'.repeat(10_000)}}`, 400],
  ];
  for (const [name, body, want] of bodies) {
    it(`with ${name} is answered with ${want}`, async () => {
      const { code, body: status } = await api.ask('POST', MAPS, { body, headers: JSON_BODY });
      assert.equal(code, want, JSON.stringify(status));
      if (want !== 201) assert.equal(status['kind'], 'Status');
      assert.equal(({} as Record<string, unknown>)['a'], undefined);
    });
  }

  const nested = (levels: number) => `${'{"f:a":'.repeat(levels)}{}${'}'.repeat(levels)}`;
  const managedBy = (fields: string) =>
    `{"manager":"x","operation":"Update","apiVersion":"v1","fieldsType":"FieldsV1","fieldsV1":${fields}}`;
  const owner = { apiVersion: 'v1', kind: 'Pod', name: 'x', controller: true };
  const heavy: readonly {
    readonly name: string;
    readonly path?: string;
    readonly type?: string;
    readonly body: string;
    readonly code: number;
  }[] = [
    {
      name: 'a thousand levels where any JSON may stand',
      body: `{"metadata":{"name":"deep","managedFields":[${managedBy(nested(1_000))}]}}`,
      code: 400,
    },
    {
      name: 'steps of managedFields that are none',
      body: `{"metadata":{"name":"steps","managedFields":[${managedBy('{"i:x":{},"i:y":{}}')}]}}`,
      code: 201,
    },
    {
      name: 'escapes that YAML alone knows',
      type: 'application/yaml',
      body: '{"metadata": {"name": "\\x61"}, data: {}}',
      code: 201,
    },
    {
      name: 'a million zeros for an address',
      path: '/api/v1/namespaces/default/services',
      body: JSON.stringify({
        metadata: { name: 'zeros' },
        spec: { ports: [{ port: 80 }], externalIPs: [`${'0'.repeat(1_000_000)}x`] },
      }),
      code: 422,
    },
    {
      name: 'a quantity of a billion digits',
      path: '/api/v1/nodes',
      body: JSON.stringify({ metadata: { name: 'vast' }, status: { capacity: { cpu: '1e999999999' } } }),
      code: 201,
    },
    {
      name: 'a time in no zone',
      path: '/apis/coordination.k8s.io/v1/namespaces/default/leases',
      body: JSON.stringify({ metadata: { name: 'late' }, spec: { renewTime: '2026-01-01T00:00:00.000000+99:99' } }),
      code: 400,
    },
    {
      name: 'ten thousand controllers',
      body: JSON.stringify({
        metadata: {
          name: 'owned',
          ownerReferences: Array.from({ length: 10_000 }, (_, n) => ({ ...owner, uid: `${n}` })),
        },
      }),
      code: 422,
    },
  ];
  for (const { name, path = MAPS, type = 'application/json', body, code } of heavy)
    it(`with ${name} is answered with ${code}`, async () =>
      assert.equal((await api.ask('POST', path, { body, headers: { 'Content-Type': type } })).code, code));

  it('with copies of copies is refused before they fill the memory', async () => {
    await api.ask('POST', MAPS, { body: '{"metadata":{"name":"copied"},"data":{"a":"b"}}', headers: JSON_BODY });
    const copies = Array.from({ length: 60 }, (_, n) => ({ op: 'copy', from: '/data', path: `/data/${n}` }));
    const { code } = await api.ask('PATCH', `${MAPS}/copied`, {
      body: JSON.stringify(copies),
      headers: { 'Content-Type': 'application/json-patch+json' },
    });
    assert.equal(code, 422);
  });

  const queries: readonly [query: string, code: number][] = [
    ['limit=x', 400],
    ['limit=99999999999999999999', 400],
    ['limit=-1', 200],
    ['continue=abc', 400],
    ['continue=e30', 400],
    ['continue=bnVsbA', 400],
    [`continue=${Buffer.from('{"v":"meta.k8s.io/v1","rv":1e400,"start":"a"}').toString('base64url')}`, 400],
    [`continue=${Buffer.from('{"v":"meta.k8s.io/v1","rv":1,"start":{}}').toString('base64url')}`, 400],
    [`continue=${Buffer.from('{"v":"meta.k8s.io/v1","rv":1,"start":"a"}').toString('base64url')}`, 410],
    ['resourceVersion=x', 400],
    ['resourceVersion=-1', 400],
    ['resourceVersion=99999999999999999999999', 400],
    ['resourceVersion=x&watch=1', 500],
    ['labelSelector=%28%28%28', 400],
    ['fieldSelector=%3D%3D', 400],
    ['resourceVersionMatch=Exact', 422],
    ['timeoutSeconds=99999999999&watch=0', 200],
    ['%zz=%zz', 200],
  ];
  for (const [query, want] of queries)
    it(`?${query.slice(0, 60)} is answered with ${want}`, async () =>
      assert.equal((await api.get(`${MAPS}?${query}`)).code, want));

  it('of more than 3 MiB is refused before it is read', async () => {
    const reply = await api
      .ask('POST', MAPS, { body: 'x'.repeat(3_500_000), headers: JSON_BODY })
      .catch((error) => error);
    // The rest of the body is on its way when the answer comes: the client may see the one or the other.
    if (!(reply instanceof Error)) assert.deepEqual([reply.code, reply.body['reason']], [413, 'RequestEntityTooLarge']);
    else assert.match(String((reply as NodeJS.ErrnoException).code), /ECONNRESET|EPIPE/);
    assert.equal((await api.get('/healthz')).text, 'ok');
  });

  for (const [name, bytes] of [
    ['no HTTP', '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03'],
    ['a line that does not end', 'GET /'.padEnd(100_000, 'a')],
    ['two lengths', 'POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello'],
    ['a body that breaks off', `POST ${MAPS} HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n{"a"`],
    ['an upgrade', 'GET / HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n'],
    ['a URL of another server', 'GET http://example.com/api HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n'],
    ['a CONNECT', 'CONNECT example.com:443 HTTP/1.1\r\nHost: x\r\n\r\n'],
  ] as const) {
    it(`with ${name} does no harm`, async () => {
      const socket = net.connect(api.server.port, '127.0.0.1');
      socket.on('error', () => {});
      socket.end(bytes);
      socket.resume();
      await new Promise((resolve) => socket.once('close', resolve));
      assert.equal((await api.get('/healthz')).text, 'ok');
    });
  }

  it('that is all of these at once, at random, does no harm', async () => {
    const words = [
      'api',
      'apis',
      'v1',
      'namespaces',
      'default',
      'services',
      'apps',
      'deployments',
      'x',
      'status',
      'scale',
      '..',
      '%2e',
      '',
      'watch',
      'pods',
      'binding',
      'openapi',
      'v3',
    ];
    const methods = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'HEAD', 'OPTIONS'];
    const types = [
      'application/json',
      'application/yaml',
      'application/merge-patch+json',
      'application/json-patch+json',
      'application/apply-patch+yaml',
      'application/strategic-merge-patch+json',
      'x',
    ];
    const sent = [
      '',
      '{}',
      '[]',
      '{"metadata":{}}',
      '{"spec":{"replicas":"x"}}',
      'a: [',
      '{"metadata":{"name":"x"}}',
      '[{"op":"add","path":"/a/b","value":1}]',
      '&a [*a]',
    ];
    let state = 12345;
    const one = <T>(from: readonly T[]): T => {
      state = (state * 1_103_515_245 + 12_345) % 2 ** 31;
      return from[state % from.length] as T;
    };
    for (let n = 0; n < 400; n++) {
      const path = `/${Array.from({ length: 1 + (n % 7) }, () => one(words)).join('/')}`;
      const method = one(methods);
      const body = method === 'GET' || method === 'HEAD' ? undefined : one(sent);
      const { code, text } = await api.ask(method, path, {
        headers: { 'Content-Type': one(types) },
        ...(body === undefined ? {} : { body }),
      });
      assert.ok(
        code < 500 || /strconv|resourceVersion should|failed to create typed/.test(text),
        `${method} ${path} ${body}: ${code} ${text}`,
      );
    }
  });
});
