import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import type { JsonObject } from '../../../src/playground/api/object.js';
import { EmbeddedApiServer } from '../../../src/playground/api/server.js';
import { running } from './support/running.js';

const MAPS = '/api/v1/namespaces/default/configmaps';
const map = (name: string, labels: Record<string, string> = {}, data: Record<string, string> = {}) => ({
  metadata: { name, labels },
  data,
});
const TABLE = { Accept: 'application/json;as=Table;v=v1;g=meta.k8s.io' };
const METADATA = { Accept: 'application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io' };

describe('the embedded API server', () => {
  const api = running();

  it('has the namespaces and the Service of every cluster', async () => {
    const names = (path: string) =>
      api.get(path).then(({ body }) => body['items'].map((one: JsonObject) => one['metadata'].name));
    assert.deepEqual(await names('/api/v1/namespaces'), ['default', 'kube-node-lease', 'kube-public', 'kube-system']);
    assert.deepEqual(await names('/api/v1/services'), ['kubernetes']);
    const { body: slice } = await api.get('/apis/discovery.k8s.io/v1/namespaces/default/endpointslices/kubernetes');
    assert.deepEqual(slice['endpoints'][0].addresses, ['127.0.0.1']);
    assert.equal(slice['ports'][0].port, api.server.port);
    assert.equal((await api.get('/api/v1/namespaces/default/services/kubernetes')).body['spec'].clusterIP, '10.96.0.1');
  });

  it('creates, reads, changes and deletes', async () => {
    const made = await api.post(MAPS, map('crud', {}, { a: '1' }));
    assert.deepEqual([made.code, made.body['kind'], made.body['apiVersion']], [201, 'ConfigMap', 'v1']);
    assert.equal(made.body['metadata'].managedFields[0].manager, 'a-test');
    const put = await api.put(`${MAPS}/crud`, { ...made.body, data: { a: '2' } });
    assert.deepEqual([put.code, put.body['data'].a], [200, '2']);
    assert.equal((await api.put(`${MAPS}/crud`, { ...made.body, data: { a: '3' } })).code, 409);
    const patched = await api.merge(`${MAPS}/crud`, { data: { b: '4' } });
    assert.deepEqual(patched.body['data'], { a: '2', b: '4' });
    const gone = await api.delete(`${MAPS}/crud`);
    assert.deepEqual(gone.body['details'], { name: 'crud', kind: 'configmaps', uid: made.body['metadata'].uid });
    assert.equal((await api.get(`${MAPS}/crud`)).code, 404);
  });

  it('reads YAML, and writes it', async () => {
    const yaml = { 'Content-Type': 'application/yaml', Accept: 'application/yaml' };
    const made = await api.ask('POST', MAPS, { headers: yaml, body: 'metadata: {name: in-yaml}\ndata:\n  a: "1"\n' });
    assert.equal(made.code, 201);
    assert.match(made.text, /^apiVersion: v1\ndata:\n {2}a: "1"\nkind: ConfigMap\n/);
  });

  it('tells whoever asks for a deprecated kind, also where nothing is found', async () => {
    for (const path of ['endpoints', 'endpoints/nobody'])
      assert.match(
        String((await api.get(`/api/v1/namespaces/default/${path}`)).headers['warning']),
        /^299 - "v1 Endpoints is deprecated/,
      );
  });

  it('leaves out what the client did not want to be told', async () => {
    const one = await api.post(`${MAPS}?fieldValidation=Ignore`, { ...map('ignored'), foo: 1 });
    assert.equal(one.headers['warning'], undefined);
    const two = await api.post(MAPS, { ...map('warned'), foo: 1 });
    assert.equal(two.headers['warning'], '299 - "unknown field \\"foo\\""');
  });

  it('starts in milliseconds, and gives its port back', async () => {
    const startMs = performance.now();
    const other = await EmbeddedApiServer.start({ controllers: false });
    const tookMs = performance.now() - startMs;
    await other.stop();
    assert.ok(tookMs < 500, `${tookMs} ms`);
    await assert.rejects(fetch(`${other.url}/healthz`));
  });

  it('gives its port back also when it cannot start', async () => {
    const first = await EmbeddedApiServer.start({ controllers: false });
    const { port } = first;
    await first.stop();
    await assert.rejects(EmbeddedApiServer.start({ port, serviceCidrs: ['nowhere'] }), /not a service CIDR/);
    const second = await EmbeddedApiServer.start({ port, controllers: false });
    await second.stop();
  });
});

describe('a list', () => {
  const api = running({ watchWindow: 50 });
  const make = async (prefix: string, count: number) => {
    for (let at = 0; at < count; at++) await api.post(MAPS, map(`${prefix}-${at}`, { set: prefix }));
  };
  const named = (body: JsonObject) => body['items'].map((one: JsonObject) => one['metadata'].name);

  it('comes in pages of one moment, with how many are left', async () => {
    await make('page', 5);
    const first = await api.get(`${MAPS}?limit=2`);
    assert.deepEqual([named(first.body), first.body['metadata'].remainingItemCount], [['page-0', 'page-1'], 3]);
    await api.delete(`${MAPS}/page-2`);
    await api.post(MAPS, map('page-9'));
    const second = await api.get(`${MAPS}?limit=2&continue=${first.body['metadata'].continue}`);
    assert.deepEqual(named(second.body), ['page-2', 'page-3']);
    const third = await api.get(`${MAPS}?limit=2&continue=${second.body['metadata'].continue}`);
    assert.deepEqual([named(third.body), third.body['metadata'].continue], [['page-4'], undefined]);
    assert.equal(third.body['metadata'].resourceVersion, first.body['metadata'].resourceVersion);
  });

  it('that takes too long goes on with another moment, if the client wants', async () => {
    await make('slow', 3);
    const first = await api.get(`${MAPS}?limit=1&labelSelector=set%3Dslow`);
    assert.equal(first.body['metadata'].remainingItemCount, undefined);
    await make('meanwhile', 1);
    api.server.store.compact();
    const late = await api.get(`${MAPS}?limit=1&labelSelector=set%3Dslow&continue=${first.body['metadata'].continue}`);
    assert.deepEqual([late.code, late.body['reason']], [410, 'Expired']);
    const rest = await api.get(`${MAPS}?labelSelector=set%3Dslow&continue=${late.body['metadata'].continue}`);
    assert.deepEqual(named(rest.body), ['slow-1', 'slow-2']);
  });

  it('of an older version is what it was', async () => {
    const { body: then } = await api.get(MAPS);
    await make('later', 1);
    const version = then['metadata'].resourceVersion;
    const exact = await api.get(`${MAPS}?resourceVersion=${version}&resourceVersionMatch=Exact`);
    assert.deepEqual(named(exact.body), named(then));
    const newer = await api.get(`${MAPS}?resourceVersion=${version}`);
    assert.ok(named(newer.body).includes('later-0'));
  });

  it('of a version that is not yet is refused for now', async () => {
    const { code, body, headers } = await api.get(`${MAPS}?resourceVersion=999999`);
    assert.deepEqual([code, body['reason'], headers['retry-after']], [504, 'Timeout', '1']);
  });

  it('says kind and apiVersion once, and is a Table or metadata when asked for', async () => {
    const { body } = await api.get(MAPS);
    assert.deepEqual([body['kind'], body['items'][0].kind], ['ConfigMapList', undefined]);
    const { body: table } = await api.get(MAPS, { headers: TABLE });
    assert.deepEqual([table['kind'], table['rows'][0].object.kind], ['Table', 'PartialObjectMetadata']);
    const { body: metadata } = await api.get(MAPS, { headers: METADATA });
    assert.deepEqual(Object.keys(metadata['items'][0]), ['kind', 'apiVersion', 'metadata']);
  });

  it('is deleted as a whole', async () => {
    await make('away', 2);
    const { body } = await api.delete(`${MAPS}?labelSelector=set%3Daway`);
    assert.deepEqual(named(body), ['away-0', 'away-1']);
    assert.equal((await api.get(`${MAPS}?labelSelector=set%3Daway`)).body['items'].length, 0);
  });
});

describe('a watch', () => {
  const api = running({ watchWindow: 20, bookmarkMs: 20 });
  const version = async () => (await api.get(MAPS)).body['metadata'].resourceVersion as string;

  it('tells every change in order', async () => {
    const watch = api.watch(`${MAPS}?watch=1&resourceVersion=${await version()}`);
    await api.post(MAPS, map('a'));
    await api.merge(`${MAPS}/a`, { data: { x: '1' } });
    await api.delete(`${MAPS}/a`);
    assert.deepEqual(await watch.told(3), ['ADDED a', 'MODIFIED a', 'DELETED a']);
  });

  it('begins with what there is when no version is named', async () => {
    await api.post(MAPS, map('there'));
    const watch = api.watch(`${MAPS}?watch=1&fieldSelector=metadata.name%3Dthere`);
    assert.deepEqual(await watch.told(1), ['ADDED there']);
    const any = api.watch(`${MAPS}?watch=1&resourceVersion=0&fieldSelector=metadata.name%3Dthere`);
    assert.deepEqual(await any.told(1), ['ADDED there']);
  });

  it('says where the beginning ends, when asked', async () => {
    const query = 'watch=1&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=1';
    const watch = api.watch(`${MAPS}?${query}&fieldSelector=metadata.name%3Dthere`);
    assert.deepEqual(await watch.told(1), ['ADDED there']);
    const { type, object } = await watch.next();
    assert.deepEqual([type, object['metadata'].annotations], ['BOOKMARK', { 'k8s.io/initial-events-end': 'true' }]);
  });

  it('tells what comes into its selection, and what leaves it', async () => {
    const watch = api.watch(`${MAPS}?watch=1&resourceVersion=${await version()}&labelSelector=on`);
    await api.post(MAPS, map('moving'));
    await api.merge(`${MAPS}/moving`, { metadata: { labels: { on: '' } } });
    await api.merge(`${MAPS}/moving`, { data: { x: '1' } });
    const { body: left } = await api.merge(`${MAPS}/moving`, { metadata: { labels: { on: null } } });
    await api.delete(`${MAPS}/moving`);
    assert.deepEqual(await watch.told(2), ['ADDED moving', 'MODIFIED moving']);
    const { type, object } = await watch.next();
    assert.equal(type, 'DELETED');
    assert.deepEqual(object['metadata'].labels, { on: '' });
    assert.equal(object['metadata'].resourceVersion, left['metadata'].resourceVersion);
    assert.equal(watch.unread, 0);
  });

  it('of one namespace hears nothing of another', async () => {
    const watch = api.watch(`/api/v1/namespaces/kube-system/configmaps?watch=1&resourceVersion=${await version()}`);
    await api.post(MAPS, map('elsewhere'));
    await api.post('/api/v1/namespaces/kube-system/configmaps', map('here'));
    assert.deepEqual(await watch.told(1), ['ADDED here']);
  });

  it('from a version that is forgotten is told so', async () => {
    const old = await version();
    for (let at = 0; at < 25; at++) await api.merge(`${MAPS}/there`, { data: { x: String(at) } });
    const watch = api.watch(`${MAPS}?watch=1&resourceVersion=${old}`);
    const { type, object } = await watch.next();
    assert.deepEqual([type, object['code'], object['reason']], ['ERROR', 410, 'Expired']);
    assert.equal(await watch.ended(), 'ended');
  });

  it('gets bookmarks when it asked for them, which tell of other kinds as well', async () => {
    const watch = api.watch(`/api/v1/nodes?watch=1&allowWatchBookmarks=true&resourceVersion=${await version()}`);
    await api.post(MAPS, map('bookmarked'));
    const now = await version();
    for (let told = ''; told !== now; ) {
      const { type, object } = await watch.next();
      assert.equal(type, 'BOOKMARK');
      told = object['metadata'].resourceVersion;
    }
  });

  it('ends when its time is over', async () => {
    const watch = api.watch(`${MAPS}?watch=1&timeoutSeconds=1&resourceVersion=${await version()}`);
    assert.equal(await watch.ended(), 'ended');
  });

  it('is a Table when asked for, with its columns told once', async () => {
    const watch = api.watch(`${MAPS}?watch=1&resourceVersion=${await version()}`, TABLE);
    await api.post(MAPS, map('table-1'));
    await api.post(MAPS, map('table-2'));
    const columns = [await watch.next(), await watch.next()].map(
      ({ object }) => (object['columnDefinitions'] ?? []).length > 0,
    );
    assert.deepEqual(columns, [true, false]);
  });

  it('that does not read is cut, and not remembered', async () => {
    const before = api.server.store.storage.version;
    const response = await fetch(`${api.server.url}${MAPS}?watch=1&resourceVersion=${before}`);
    await api.post(MAPS, map('big', {}, { x: 'x'.repeat(900_000) }));
    for (let at = 0; at < 40; at++) await api.merge(`${MAPS}/big`, { data: { n: String(at) } });
    // What the connection itself had taken in still comes; then it breaks.
    await assert.rejects(async () => {
      for await (const _chunk of response.body ?? []);
    });
    await api.delete(`${MAPS}/big`);
  });
});
