import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { describe, it } from 'mocha';
import { LogLines } from '../../src/run/log-lines.js';
import { FakeClock } from '../support/clock.js';

describe('LogLines', () => {
  const lines = () => {
    const clock = new FakeClock();
    const writes: string[] = [];
    return { clock, writes, log: new LogLines({ write: (text) => writes.push(text) }, clock) };
  };

  it('writes a line after some silence at once', async () => {
    const { clock, writes, log } = lines();
    for (const line of ['a\n', 'b\n']) {
      log.write(line);
      assert.equal(writes.at(-1), line);
      await clock.step(1_000);
    }
    assert.equal(clock.pending, 0, 'a timer is left over');
  });

  it('writes together what comes together, in order, and none twice', async () => {
    const { clock, writes, log } = lines();
    for (let n = 0; n < 500; n++) {
      log.write(`${n}\n`);
      if (n % 10 === 9) await clock.step(5);
    }
    await clock.step(1_000);
    const all = Array.from({ length: 500 }, (_, n) => `${n}\n`);
    assert.equal(writes.join(''), all.join(''));
    assert.ok(writes.length < 20, `${writes.length} writes`);
    assert.equal(clock.pending, 0, 'a timer is left over');
  });

  it('holds nothing back when it is flushed', () => {
    const { clock, writes, log } = lines();
    for (const line of ['a\n', 'b\n', 'c\n']) log.write(line);
    log.flush();
    assert.deepEqual(writes, ['a\n', 'b\nc\n']);
    log.flush();
    assert.equal(writes.length, 2);
    assert.equal(clock.pending, 0);
  });

  it('is a terminal where that is one', () => {
    for (const isTTY of [true, false]) {
      assert.equal(new LogLines({ write() {}, isTTY }, new FakeClock()).isTTY, isTTY);
    }
  });

  const daemon = (end: string) => `
    import { runDaemon } from './src/run/daemon.ts';
    const flags = { logLevel: 'info', metricsAddress: { host: '127.0.0.1', port: 0 } };
    const code = await runDaemon('controller', flags, async (_, { log, signal }) => {
      for (let n = 0; n < 100; n++) log.info({ n }, 'line');
      ${end}
    });
    process.exit(code);`;
  // biome-ignore format: table
  const ends = [
    { name: 'ends by itself',              end: '' },
    { name: 'fails',                       end: `throw new Error('no');` },
    { name: 'is told to stop',             end: `process.kill(process.pid, 'SIGTERM'); await new Promise((done) => signal.addEventListener('abort', done)); for (let n = 100; n < 200; n++) log.info({ n }, 'line');` },
    { name: 'is told to stop a second time, and blocks', end: `process.kill(process.pid, 'SIGTERM'); await new Promise((done) => signal.addEventListener('abort', done)); process.kill(process.pid, 'SIGTERM'); for (let n = 100; n < 200; n++) log.info({ n }, 'line'); await new Promise(() => {});` },
    { name: 'dies of what nobody caught',  end: `setImmediate(() => { for (let n = 100; n < 200; n++) log.info({ n }, 'line'); throw new Error('no'); }); await new Promise(() => {});` },
  ];
  for (const { name, end } of ends) {
    it(`loses no line of a daemon that ${name}`, function () {
      this.timeout(30_000);
      const args = ['--import', 'tsx', '--input-type=module', '-e', daemon(end)];
      const { stdout, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8' });
      const seen = [...stdout.matchAll(/"n":(\d+)/g)].map((match) => Number(match[1]));
      assert.deepEqual(
        seen,
        Array.from({ length: end.includes('200') ? 200 : 100 }, (_, n) => n),
        stderr,
      );
    });
  }
});
