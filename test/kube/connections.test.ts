import assert from 'node:assert/strict';
import { setMaxListeners } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { createServer as createHttpServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { Agent } from 'node:https';
import { type AddressInfo, createServer, connect as dial, type Server, type Socket } from 'node:net';
import { getDefaultHighWaterMark } from 'node:stream';
import { afterEach, describe, it } from 'mocha';
import { type ApiClient, connect } from '../../src/kube/client.js';
import { Connections } from '../../src/kube/connections.js';
import { type Access, loadCredentials } from '../../src/kube/credentials.js';
import type { Outgoing } from '../../src/kube/exchange.js';
import { textOf } from '../../src/kube/lines.js';
import { connectThrough } from '../../src/kube/proxy.js';
import { ApiServer, type ApiServerOptions, json, until } from '../support/api-server.js';

const PATH = '/api/v1/services';
const ACCESS: Access = {
  secure: false,
  host: '127.0.0.1',
  port: '',
  basePath: '',
  headers: {},
  tls: {},
  proxy: undefined,
};
const SOCKS_VERSION = 5;
const SOCKS_OK = Uint8Array.of(SOCKS_VERSION, 0, 0, 1, 0, 0, 0, 0, 0, 0);

const begun: { close(): void }[] = [];
/** What each case of a suite began. */
function closeAfterEach(): void {
  afterEach(() => {
    for (const each of begun.splice(0).reverse()) each.close();
  });
}

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

/** SOCKS 5 without a login, for IPv4 addresses alone (RFC 1928). Says nothing more than hello before `ready`. */
async function socksProxy(ready = Promise.resolve()): Promise<Proxy> {
  let through = 0;
  const server = createServer((socket) => {
    socket.once('data', () => {
      socket.write(Uint8Array.of(SOCKS_VERSION, 0));
      socket.once('data', async (request: Buffer) => {
        await ready;
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
  closeAfterEach();

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

  /** A server that hears and says nothing, and the connections to it that are open. */
  async function mute() {
    const open = new Set<Socket>();
    const server = createServer((socket) => {
      open.add(socket);
      // What is read by nobody never ends.
      socket.on('close', () => open.delete(socket)).resume();
    });
    return { open, port: String(await listen(server)) };
  }

  /** Why there is no connection to this port through the proxy. */
  async function refusedThrough(proxyUrl: string, port: string): Promise<string> {
    const { api } = await cluster({ secure: true, proxyUrl });
    const access = await loadCredentials({ kubeconfig: api.kubeconfig }).access();
    const dial = connectThrough(access.proxy as Agent, { ...access, port }, { timeoutMs: 300, keepAliveMs: 1_000 });
    const [error] = await new Promise<unknown[]>((resolve) =>
      dial({ hostname: '', protocol: 'https:', port: '' }, (...said) => resolve(said)),
    );
    return String(error);
  }

  for (const [kind, begin] of [
    ['an HTTP', httpProxy],
    ['a SOCKS', socksProxy],
  ] as const) {
    it(`leaves nothing open where the handshake through ${kind} proxy does not end`, async () => {
      const { open, port } = await mute();
      const proxy = await begin();
      assert.match(await refusedThrough(proxy.url, port), /within 0.3 s/);
      assert.equal(proxy.through, 1);
      await until(() => open.size === 0);
    });
  }

  it('leaves nothing open where a proxy lets it through too late', async () => {
    const { open, port } = await mute();
    let letThrough = () => {};
    const ready = new Promise<void>((resolve) => {
      letThrough = resolve;
    });
    const proxy = await socksProxy(ready);
    assert.match(await refusedThrough(proxy.url, port), /within 0.3 s/);
    letThrough();
    await until(() => proxy.through === 1 && open.size === 0);
  });

  it('says that a proxy is not there', async () => {
    const { client } = await cluster({ secure: true, proxyUrl: 'http://127.0.0.1:1' });
    await assert.rejects(client.request('GET', PATH), { reason: 'Unreachable', message: /ECONNREFUSED/ });
  });

  it('is given up where a proxy lets it in and says nothing, and whatever comes of it later is closed', async () => {
    const held: Socket[] = [];
    const port = await listen(createServer((socket) => held.push(socket)));
    const { api } = await cluster({ secure: true, proxyUrl: `http://127.0.0.1:${port}` });
    const access = await loadCredentials({ kubeconfig: api.kubeconfig }).access();
    const dial = connectThrough(access.proxy as Agent, access, { timeoutMs: 50, keepAliveMs: 1_000 });
    const [error] = await new Promise<unknown[]>((resolve) =>
      dial({ hostname: '', protocol: 'https:', port: '' }, (...said) => resolve(said)),
    );
    assert.match(String(error), /within 0.05 s|Proxy timeout/);
    await until(() => held.length === 1 && held[0]?.readableEnded === false);
    held[0]?.resume();
    await until(() => held[0]?.destroyed === true);
  });
});

describe('connections', () => {
  closeAfterEach();

  const ask: Outgoing = {
    method: 'GET',
    url: PATH,
    headers: {},
    body: undefined,
    signal: new AbortController().signal,
    mayBeSent: () => true,
  };

  setMaxListeners(0, ask.signal);

  async function to(api: ApiServer) {
    const { port } = new URL(JSON.parse(readFileSync(api.kubeconfig, 'utf8')).clusters[0].cluster.server);
    const connections = new Connections();
    begun.push(connections);
    return { connections, access: { ...ACCESS, port } };
  }

  /** A server whose TLS handshake never ends. */
  async function silence() {
    const connections = new Connections();
    begun.push(connections);
    return { connections, port: String(await listen(createServer(() => {}))) };
  }

  it('serve others after requests that cannot be sent', async () => {
    const { connections, access } = await to((await cluster({})).api);
    for (let n = 0; n < 20; n++) {
      await assert.rejects(connections.exchange(access, { ...ask, headers: { Authorization: 'Bearer token\n' } }));
    }
    assert.equal((await connections.exchange(access, ask)).status, 200);
  });

  it('give up who waits for one, and nobody else', async () => {
    const { api } = await cluster({});
    const { connections, access } = await to(api);
    const held: ServerResponse[] = [];
    api.answer = (response) => held.push(response);
    const before = Array.from({ length: 16 }, () => connections.exchange(access, ask));
    const stop = new AbortController();
    const gone = assert.rejects(connections.exchange(access, { ...ask, signal: stop.signal }), /enough/);
    const after = connections.exchange(access, ask);
    await until(() => held.length === 16);
    stop.abort(new Error('enough'));
    await gone;
    api.answer = (response) => json(response, 200, {});
    for (const response of held) json(response, 200, {});
    await Promise.all([...before, after]);
    assert.equal(api.heard.length, 17);
  });

  it('are not made for who gave up before', async () => {
    const { port, connections } = await silence();
    const outgoing = { ...ask, signal: AbortSignal.abort(new Error('enough')) };
    for (const way of ['exchange', 'open'] as const) {
      await assert.rejects(connections[way]({ ...ACCESS, secure: true, port }, outgoing), /enough/);
    }
  });

  it('are free again at once when requests are given up in the middle of the handshake', async () => {
    const { api } = await cluster({ secure: true });
    const { connections, access } = await to(api);
    let held = 0;
    const door = await listen(
      createServer((socket) => {
        if (held < 16) held++;
        else join(socket, dial(Number(access.port), access.host), () => {});
      }),
    );
    const through = { ...access, secure: true, port: String(door), tls: { rejectUnauthorized: false } };
    const stop = new AbortController();
    setMaxListeners(0, stop.signal);
    const given = Array.from({ length: 16 }, () =>
      assert.rejects(connections.exchange(through, { ...ask, signal: stop.signal }), /enough/),
    );
    await until(() => held === 16);
    stop.abort(new Error('enough'));
    await Promise.all(given);
    assert.equal((await connections.exchange(through, ask)).status, 200);
  });

  it('are closed, those in use as well', async () => {
    const { api } = await cluster({});
    const { connections, access } = await to(api);
    let open = 0;
    api.answer = (response, { query }) => {
      open++;
      response.socket?.once('close', () => open--);
      if (query['watch'] === undefined) json(response, 200, {});
      else response.write('{}\n');
    };
    await connections.exchange(access, ask);
    await connections.open(access, { ...ask, url: `${PATH}?watch=true` });
    api.answer = () => {
      open++;
    };
    const underWay = assert.rejects(connections.exchange(access, ask));
    await until(() => open === 3);
    connections.close();
    await underWay;
    await until(() => open === 1);
  });

  it('are made anew for other credentials, and those that rest on the old ones are closed', async () => {
    const { api } = await cluster({});
    const { connections, access } = await to(api);
    let closed = 0;
    api.answer = (response) => {
      response.socket?.once('close', () => closed++);
      json(response, 200, {});
    };
    await connections.exchange(access, ask);
    await connections.exchange({ ...access, tls: { ca: 'another' } }, ask);
    await until(() => closed === 1);
    assert.equal(new Set(api.heard.map(({ port }) => port)).size, 2);
  });

  it('hear an answer behind early hints', async () => {
    const { api } = await cluster({});
    const { connections, access } = await to(api);
    api.answer = (response) => {
      response.writeEarlyHints({ link: '</style.css>; rel=preload' });
      json(response, 200, {});
    };
    assert.equal((await connections.exchange(access, ask)).status, 200);
    const { status, body } = await connections.open(access, ask);
    assert.equal(status, 200);
    assert.equal(await textOf(body), '{}');
  });

  it('say of a stream nobody reads that it was reset, to who reads it', async () => {
    const { api } = await cluster({});
    const { connections, access } = await to(api);
    let socket: Socket | null = null;
    api.answer = (response) => {
      socket = response.socket;
      response.setHeader('Connection', ['close', 'close']);
      // Enough for the reader to be held up, and so little that the socket reads on.
      response.write('x'.repeat(getDefaultHighWaterMark(false) + 1_000));
    };
    const { body } = await connections.open(access, ask);
    const arrive = async () => {
      for (let turns = 0; turns < 50; turns++) await new Promise(setImmediate);
    };
    await arrive();
    (socket as Socket | null)?.resetAndDestroy();
    await arrive();
    await assert.rejects(textOf(body));
  });
});
