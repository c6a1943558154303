import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { createServer as createHttpServer, type IncomingMessage } from 'node:http';
import { type AddressInfo, createServer, connect as dial, type Server, type Socket } from 'node:net';
import { afterEach, describe, it } from 'mocha';
import { type ApiClient, connect } from '../../src/kube/client.js';
import { ApiServer, type ApiServerOptions } from '../support/api-server.js';

const PATH = '/api/v1/services';
const SOCKS_VERSION = 5;
const SOCKS_OK = Uint8Array.of(SOCKS_VERSION, 0, 0, 1, 0, 0, 0, 0, 0, 0);

const begun: { close(): void }[] = [];
afterEach(() => {
  for (const each of begun.splice(0).reverse()) each.close();
});

async function cluster(options: ApiServerOptions): Promise<{ api: ApiServer; client: ApiClient }> {
  const api = await ApiServer.start(options);
  const client = connect({ kubeconfig: api.kubeconfig });
  begun.push(api, client);
  return { api, client };
}

/** A proxy, and how many connections went through it. */
interface Proxy {
  readonly url: string;
  readonly through: number;
}

/** By CONNECT (RFC 9110 §9.3.6). */
async function httpProxy(): Promise<Proxy> {
  const server = createHttpServer();
  let through = 0;
  server.on('connect', (request: IncomingMessage, socket: Socket) => {
    const { hostname, port } = new URL(`http://${request.url}`);
    join(socket, dial(Number(port), hostname), () => {
      through++;
      socket.write('HTTP/1.1 200 Connection established\r\n\r\n');
    });
  });
  const port = await listen(server);
  return {
    url: `http://127.0.0.1:${port}`,
    get through() {
      return through;
    },
  };
}

/** SOCKS 5 without a login, for IPv4 addresses alone (RFC 1928). */
async function socksProxy(): Promise<Proxy> {
  let through = 0;
  const server = createServer((socket) => {
    socket.once('data', () => {
      socket.write(Uint8Array.of(SOCKS_VERSION, 0));
      socket.once('data', (request: Buffer) => {
        const host = request.subarray(4, 8).join('.');
        join(socket, dial(request.readUInt16BE(8), host), () => {
          through++;
          socket.write(SOCKS_OK);
        });
      });
    });
  });
  const port = await listen(server);
  return {
    url: `socks5://127.0.0.1:${port}`,
    get through() {
      return through;
    },
  };
}

function join(near: Socket, far: Socket, onJoined: () => void): void {
  far.once('connect', () => {
    onJoined();
    near.pipe(far);
    far.pipe(near);
  });
  for (const [one, other] of [
    [near, far],
    [far, near],
  ] as const) {
    one.on('error', () => other.destroy());
    one.on('close', () => other.destroy());
  }
}

async function listen(server: Server): Promise<number> {
  const open = new Set<Socket>();
  server.on('connection', (socket: Socket) => open.add(socket));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  begun.push({
    close() {
      server.close();
      for (const socket of open) socket.destroy();
    },
  });
  return (server.address() as AddressInfo).port;
}

describe('a connection to the API server', () => {
  it('is made over TLS to whom the kubeconfig trusts', async () => {
    const { client } = await cluster({ secure: true, trusts: 'itself' });
    assert.deepEqual(await client.request('GET', PATH), {});
  });

  it('is not made to somebody else', async () => {
    const { api, client } = await cluster({ secure: true, trusts: 'known' });
    await assert.rejects(client.request('GET', PATH), { reason: 'Unreachable', message: /certificate/ });
    assert.equal(api.heard.length, 0);
  });

  it('says who we are by name and password, too', async () => {
    const { api } = await cluster({});
    const config = JSON.parse(readFileSync(api.kubeconfig, 'utf8'));
    config.users[0].user = { username: 'admin', password: 'für:mich' };
    writeFileSync(api.kubeconfig, JSON.stringify(config));
    const client = connect({ kubeconfig: api.kubeconfig });
    begun.push(client);
    await client.request('GET', PATH);
    const said = api.heard[0]?.headers.authorization ?? '';
    assert.equal(Buffer.from(said.replace(/^Basic /, ''), 'base64').toString(), 'admin:für:mich');
  });

  for (const [kind, begin] of [
    ['an HTTP', httpProxy],
    ['a SOCKS', socksProxy],
  ] as const) {
    for (const secure of [false, true]) {
      const how = secure ? 'with TLS to the API server in it' : 'in the clear';
      it(`goes through ${kind} proxy that the kubeconfig names, ${how}`, async () => {
        const proxy = await begin();
        const { client } = await cluster({ secure, proxyUrl: proxy.url, ...(secure ? { trusts: 'itself' } : {}) });
        assert.deepEqual(await client.request('GET', PATH), {});
        assert.equal(proxy.through, 1);
      });
    }
  }

  it('says that a proxy is not there', async () => {
    const { client } = await cluster({ secure: true, proxyUrl: 'http://127.0.0.1:1' });
    await assert.rejects(client.request('GET', PATH), { reason: 'Unreachable', message: /ECONNREFUSED/ });
  });
});
