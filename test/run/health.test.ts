import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'mocha';
import { Health, type HealthServer, serveHealth } from '../../src/run/health.js';
import { openMetrics } from '../../src/run/metrics.js';

describe('serveHealth', () => {
  let health: Health;
  let server: HealthServer;

  beforeEach(async () => {
    health = new Health();
    server = await serveHealth(
      { host: '127.0.0.1', port: 0 },
      health,
      openMetrics({ version: '1.2.3', daemon: 'speaker' }),
    );
  });
  afterEach(() => server.close());
  const get = async (path: string, method = 'GET') => {
    const { host, port } = server.address;
    const response = await fetch(`http://${host}:${port}${path}`, { method });
    return { status: response.status, text: await response.text() };
  };

  it('is well when nobody complains', async () => {
    health.live('loop', () => undefined);
    health.ready('config', () => undefined);
    assert.deepEqual(await get('/healthz'), { status: 200, text: 'ok\n' });
    assert.deepEqual(await get('/readyz'), { status: 200, text: 'ok\n' });
  });

  it('lives while it is not ready, and says why it is not', async () => {
    health.ready('services', () => 'the first list is not in');
    health.ready('config', () => 'ConfigMap cairn-config has no key "config"');
    assert.equal((await get('/healthz')).status, 200);
    assert.deepEqual(await get('/readyz'), {
      status: 503,
      text: 'services: the first list is not in\nconfig: ConfigMap cairn-config has no key "config"\n',
    });
  });

  it('is not ready when it does not live', async () => {
    health.live('link side', () => 'no word for 10 s');
    const problem = { status: 503, text: 'link side: no word for 10 s\n' };
    assert.deepEqual(await get('/healthz'), problem);
    assert.deepEqual(await get('/readyz?verbose'), problem);
  });

  it('asks again each time', async () => {
    let problem: string | undefined = 'not yet';
    health.ready('config', () => problem);
    assert.equal((await get('/readyz')).status, 503);
    problem = undefined;
    assert.equal((await get('/readyz')).status, 200);
  });

  it('takes a probe that throws for a complaint', async () => {
    health.live('loop', () => {
      throw new Error('a bug');
    });
    assert.deepEqual(await get('/healthz'), { status: 503, text: 'loop: cannot tell: a bug\n' });
  });

  it('serves the metrics', async () => {
    const { status, text } = await get('/metrics');
    assert.equal(status, 200);
    assert.match(text, /^cairn_build_info\{version="1\.2\.3",daemon="speaker",node="v\d+.*"\} 1$/m);
    assert.match(text, /^process_resident_memory_bytes \d+$/m);
    assert.match(text, /^process_cpu_seconds_total \d/m);
  });

  it('serves nothing else, and to readers only', async () => {
    assert.equal((await get('/')).status, 404);
    assert.equal((await get('/healthz', 'POST')).status, 405);
  });

  it('says when its address is taken', async () => {
    await assert.rejects(serveHealth(server.address, health, openMetrics({ version: '1', daemon: 'speaker' })), {
      code: 'EADDRINUSE',
    });
  });
});
