import assert from 'node:assert/strict';
import { once } from 'node:events';
import net from 'node:net';
import { describe, it } from 'mocha';
import { breakOff } from '../../../src/playground/api/reset.js';

describe('breaking a connection off', () => {
  it('resets one that is in use, so that the peer sees ECONNRESET', async () => {
    const { near, far } = await connected();
    const failed = once(far, 'error');
    breakOff(near);
    const [error] = await failed;
    assert.equal(error.code, 'ECONNRESET');
  });

  it('closes one that is being shut down, without an error', async () => {
    const { near, far } = await connected();
    far.resume();
    const errors: Error[] = [];
    near.on('error', (error) => errors.push(error));
    const closed = Promise.all([once(near, 'close'), once(far, 'close')]);
    near.end();
    breakOff(near);
    await closed;
    assert.deepEqual(errors, []);
  });
});

async function connected(): Promise<{ near: net.Socket; far: net.Socket }> {
  const server = net.createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const far = net.connect((server.address() as net.AddressInfo).port, '127.0.0.1');
  const [[near]] = (await Promise.all([once(server, 'connection'), once(far, 'connect')])) as [[net.Socket], unknown];
  server.close();
  return { near, far };
}
