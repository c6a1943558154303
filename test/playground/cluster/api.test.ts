import assert from 'node:assert/strict';
import fs from 'node:fs';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { after, before, describe, it } from 'mocha';
import { Api, ApiStatusError, writeKubeconfig } from '../../../src/playground/cluster/api.js';

describe("the lab's client of an API server without certificate", () => {
  const seen: http.IncomingHttpHeaders[] = [];
  const server = http.createServer((request, response) => {
    seen.push(request.headers);
    const lines = request.url?.includes('watch=true') ? '{"type":"ADDED","object":{"n":1}}\n' : '{"kind":"Node"}';
    response.writeHead(request.url?.startsWith('/missing') ? 404 : 200).end(lines);
  });
  let api: Api;
  before(async () => {
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    api = new Api({ host: '127.0.0.1', port: (server.address() as AddressInfo).port });
  });
  after(() => {
    api.disconnect();
    server.closeAllConnections();
    server.close();
  });

  it('asks over plain HTTP, as nobody', async () => {
    assert.deepEqual(await api.get('/api/v1/nodes/n1'), { kind: 'Node' });
    assert.equal(seen.at(-1)?.authorization, undefined);
  });

  it('tells what was refused by its status', async () => {
    const isMissing = (error: unknown) => error instanceof ApiStatusError && error.status === 404;
    await assert.rejects(api.get('/missing'), isMissing);
    assert.equal(await api.find('/missing'), undefined);
  });

  it('watches, and goes on after it was disconnected', async () => {
    api.disconnect();
    const events = [];
    for await (const event of api.watch('/api/v1/nodes', {}, new AbortController().signal)) events.push(event);
    assert.deepEqual(events, [{ type: 'ADDED', object: { n: 1 } }]);
  });
});

describe('a kubeconfig of the lab', () => {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'kubeconfig-'));
  after(() => fs.rmSync(folder, { recursive: true }));
  const written = (access: Parameters<typeof writeKubeconfig>[1]) =>
    JSON.parse(fs.readFileSync(writeKubeconfig(path.join(folder, 'config'), access), 'utf8'));

  it('leads to a server without certificate over plain HTTP, which client libraries and kubectl both take', () => {
    const { clusters, users } = written({ host: '127.0.0.1', port: 8080 });
    assert.deepEqual(clusters[0].cluster, { server: 'http://127.0.0.1:8080', 'insecure-skip-tls-verify': true });
    assert.deepEqual(users[0].user, { token: 'nobody' });
  });

  it("leads to one with a certificate over HTTPS, with the user's token", () => {
    const { clusters, users } = written({ host: '2001:db8::1', port: 6443, ca: 'PEM', token: 'secret' });
    assert.deepEqual(clusters[0].cluster, {
      server: 'https://[2001:db8::1]:6443',
      'certificate-authority-data': Buffer.from('PEM').toString('base64'),
      'tls-server-name': 'kubernetes.default.svc',
    });
    assert.deepEqual(users[0].user, { token: 'secret' });
  });
});
