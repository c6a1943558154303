import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { ApiError } from '../../src/kube/api-error.js';
import { openLog } from '../../src/run/log.js';

async function logTo(isTTY: boolean, level: 'debug' | 'info' = 'info') {
  let text = '';
  const destination = { isTTY, write: (part: string) => (text += part) };
  const log = await openLog({ level, daemon: 'controller', destination });
  return { log, text: () => text };
}

describe('openLog', () => {
  it('writes one JSON object a line, at once', async () => {
    const { log, text } = await logTo(false);
    log.info({ service: 'shop/web' }, 'assigned');
    const { time, ...rest } = JSON.parse(text());
    assert.deepEqual(rest, { level: 'info', daemon: 'controller', service: 'shop/web', message: 'assigned' });
    assert.ok(!Number.isNaN(Date.parse(time)));
    assert.ok(text().endsWith('\n'));
  });

  it('leaves out what is less important than its level', async () => {
    const { log, text } = await logTo(false);
    log.debug('detail');
    assert.equal(text(), '');
  });

  it('tells an error by its parts and causes, without the stack of one we foresaw', async () => {
    const { log, text } = await logTo(false);
    const cause = Object.assign(new Error('refused'), { code: 'ECONNREFUSED' });
    log.warn({ err: new ApiError(0, 'Unreachable', 'GET /x: refused', { cause }) }, 'trying again');
    assert.deepEqual(JSON.parse(text()).err, {
      name: 'ApiError',
      message: 'GET /x: refused',
      status: 0,
      reason: 'Unreachable',
      cause: { name: 'Error', message: 'refused', code: 'ECONNREFUSED' },
    });
  });

  it('shows where a bug was', async () => {
    const { log, text } = await logTo(false);
    log.error({ err: new TypeError('x is not a function') }, 'a listener failed');
    assert.match(JSON.parse(text()).err.stack, /log\.test/);
  });

  it('ends with a chain of causes that has no end', async () => {
    const { log, text } = await logTo(false);
    const error: Error = new Error('round');
    error.cause = error;
    log.error({ err: error }, 'odd');
    assert.ok(text().length < 1_000);
  });

  it('writes for people where that is a terminal', async () => {
    const { log, text } = await logTo(true);
    log.warn({ service: 'shop/web' }, 'no address');
    assert.ok(!text().startsWith('{'));
    assert.match(text(), /WARN/);
    assert.match(text(), /no address/);
    assert.match(text(), /shop\/web/);
  });
});
