import assert from 'node:assert/strict';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { afterEach, describe, it } from 'mocha';
import { connect } from '../../src/kube/client.js';
import { json, refuse, until } from '../support/api-server.js';
import { PATH, refusal, withApi } from './with-api.js';

const on = withApi();

/** Beside the kubeconfig. */
const file = (name: string): string => join(dirname(on.api.kubeconfig), name);

/** Connects anew as this user of the kubeconfig. */
function connectAs(user: object): void {
  const config = JSON.parse(readFileSync(on.api.kubeconfig, 'utf8'));
  config.users[0].user = user;
  writeFileSync(on.api.kubeconfig, JSON.stringify(config));
  on.client.close();
  on.client = connect({ kubeconfig: on.api.kubeconfig, clock: on.clock });
}

const said = (): readonly unknown[] => on.api.heard.map(({ headers }) => headers.authorization);

describe('a credentials plugin', () => {
  /** Does this each time before it gives the token in the file `token`, and leaves a line with its process id in `runs`. */
  function plugin(script: string): void {
    writeFileSync(file('token'), 'first');
    writeFileSync(file('runs'), '');
    writeFileSync(
      file('plugin'),
      `#!/bin/sh
cd ${dirname(on.api.kubeconfig)}
echo $$ >> runs
${script}
echo '{"status":{"token":"'$(cat token)'"}}'
`,
    );
    chmodSync(file('plugin'), 0o755);
    connectAs({ exec: { apiVersion: 'client.authentication.k8s.io/v1', command: file('plugin') } });
  }
  const runs = (): readonly number[] => readFileSync(file('runs'), 'utf8').split('\n').filter(Boolean).map(Number);
  const watch = async (idleMs: number) => {
    for await (const _ of on.client.watch(PATH, { signal: new AbortController().signal, idleMs }));
  };
  const isAlive = (pid: number | undefined): boolean => existsSync(`/proc/${pid}`);
  const lateFor = (what: RegExp) => (error: Error) => {
    assert.match(error.message, what);
    return refusal({ status: 0, reason: 'Timeout' })(error);
  };

  it('that is slow is given up by a request and by a watch when their time is up, and serves who asks later', async () => {
    plugin('while [ -e runs ] && ! [ -e go ]; do sleep 0.01; done');
    const request = assert.rejects(
      on.client.request('GET', PATH, { timeoutMs: 1_000 }),
      lateFor(/^credentials for GET .* within 1 s$/),
    );
    const watched = assert.rejects(watch(2_000), lateFor(/^credentials for GET .* within 2 s$/));
    await until(() => runs().length === 1);
    await on.clock.step(1_000);
    await request;
    await on.clock.step(1_000);
    await watched;
    const later = on.client.request('GET', PATH);
    writeFileSync(file('go'), '');
    await later;
    assert.equal(runs().length, 1);
    assert.deepEqual(said(), ['Bearer first']);
  });

  it('that hangs is given up when the caller says so', async () => {
    plugin('while [ -e runs ] && ! [ -e go ]; do sleep 0.01; done');
    const stop = new AbortController();
    const request = assert.rejects(
      on.client.request('GET', PATH, { signal: stop.signal }),
      refusal({ reason: 'Aborted' }),
    );
    stop.abort();
    await request;
    await assert.rejects(on.client.request('GET', PATH, { signal: stop.signal }), refusal({ reason: 'Aborted' }));
    writeFileSync(file('go'), '');
    await on.client.request('GET', PATH);
  });

  it('that hangs is not the one that is asked 15 s later, and is ended after a minute', async () => {
    plugin('[ -e once ] || { touch once; exec sleep 60; }');
    const ask = () => on.client.request('GET', PATH, { timeoutMs: 10_000 });
    const given = [assert.rejects(ask(), refusal({ reason: 'Timeout' }))];
    await until(() => existsSync(file('once')));
    await on.clock.step(14_999);
    given.push(assert.rejects(ask(), refusal({ reason: 'Timeout' })));
    await on.clock.step(1);
    await ask();
    assert.deepEqual(said(), ['Bearer first']);
    const [first] = runs();
    await on.clock.step(44_999);
    await Promise.all(given);
    assert.ok(isAlive(first));
    await on.clock.step(1);
    await until(() => !isAlive(first));
    assert.equal(runs().length, 2);
  });

  it('that leaves something behind which holds its output is not waited for either', async () => {
    plugin('[ -e once ] || { touch once; sleep 3 & sleep 3; }');
    const request = assert.rejects(
      on.client.request('GET', PATH, { timeoutMs: 100_000 }),
      /^ApiError: credentials for GET .*: no reason given$/,
    );
    await until(() => existsSync(file('once')));
    await on.clock.step(60_000);
    await request;
    await on.client.request('GET', PATH);
  });

  it('that asks for a password is told that nobody answers', async () => {
    plugin('read password || { echo "no password" >&2; exit 1; }');
    await assert.rejects(on.client.request('GET', PATH), /credentials for GET .*: no password/);
    assert.equal(on.api.heard.length, 0);
  });

  it('that failed is asked again by the next request', async () => {
    plugin('[ -e once ] || { touch once; exit 1; }');
    await assert.rejects(on.client.request('GET', PATH), refusal({ status: 0, reason: 'Unreachable' }));
    await on.client.request('GET', PATH);
    assert.deepEqual(said(), ['Bearer first']);
  });

  it('is asked once more when the token that it gave is refused, by all who were refused together', async () => {
    plugin('');
    on.api.answer = (response, heard) => {
      if (heard.headers.authorization !== 'Bearer second') refuse(401, 'Unauthorized', 'who?')(response, heard);
      else if (heard.query['watch'] === undefined) json(response, 200, {});
      else response.end();
    };
    await assert.rejects(on.client.request('GET', PATH), refusal({ status: 401 }));
    const before = runs().length;
    writeFileSync(file('token'), 'second');
    await Promise.all([...Array.from({ length: 5 }, () => on.client.request('GET', PATH)), watch(60_000)]);
    assert.equal(runs().length, before + 1);
  });
});

describe('a token file', () => {
  const ask = () => on.client.request('GET', PATH);

  it('has the token, whatever white space surrounds it', async () => {
    writeFileSync(file('token'), ' from-file\n');
    connectAs({ tokenFile: file('token') });
    await ask();
    assert.deepEqual(said(), ['Bearer from-file']);
  });

  it('is found beside its kubeconfig', async () => {
    writeFileSync(file('token'), 'from-file');
    connectAs({ tokenFile: 'token' });
    await ask();
    assert.deepEqual(said(), ['Bearer from-file']);
  });

  it('comes before a token in the kubeconfig', async () => {
    writeFileSync(file('token'), 'from-file');
    connectAs({ token: 'as-text', tokenFile: file('token') });
    await ask();
    assert.deepEqual(said(), ['Bearer from-file']);
  });

  it('is read again, also where a link leads to another one', async () => {
    for (const token of ['first', 'second']) {
      mkdirSync(file(token));
      writeFileSync(join(file(token), 'token'), token);
      symlinkSync(token, file(`to-${token}`));
    }
    renameSync(file('to-first'), file('data'));
    connectAs({ tokenFile: 'data/token' });
    await ask();
    renameSync(file('to-second'), file('data'));
    await on.clock.step(10_000);
    await ask();
    await on.clock.step(1);
    await ask();
    assert.deepEqual(said(), ['Bearer first', 'Bearer first', 'Bearer second']);
  });

  it('is read again at once after a 401', async () => {
    writeFileSync(file('token'), 'first');
    connectAs({ tokenFile: 'token' });
    await ask();
    writeFileSync(file('token'), 'second');
    on.api.answers(refuse(401, 'Unauthorized', 'who?'), (response) => json(response, 200, {}));
    await ask();
    assert.deepEqual(said(), ['Bearer first', 'Bearer first', 'Bearer second']);
  });

  it('that is away for a while leaves what it had in use', async () => {
    writeFileSync(file('token'), 'from-file');
    connectAs({ token: 'as-text', tokenFile: 'token' });
    await ask();
    rmSync(file('token'));
    await on.clock.step(10_001);
    await ask();
    assert.deepEqual(said(), ['Bearer from-file', 'Bearer from-file']);
  });

  it('that is not there leaves a token of the kubeconfig in use', async () => {
    connectAs({ token: 'as-text', tokenFile: 'token' });
    await ask();
    assert.deepEqual(said(), ['Bearer as-text']);
  });

  it('that is not there is named where nothing else says who we are', () => {
    const message = `cannot read the token file ${file('token')}: ENOENT: no such file or directory, open '${file('token')}'`;
    assert.throws(() => connectAs({ tokenFile: 'token' }), { code: 'KUBECONFIG', message });
  });

  it('that is empty is named, too', () => {
    writeFileSync(file('token'), '\n');
    const message = `cannot read the token file ${file('token')}: it is empty`;
    assert.throws(() => connectAs({ tokenFile: 'token' }), { code: 'KUBECONFIG', message });
  });

  describe('of a kubeconfig that the environment names', () => {
    const kept = { KUBECONFIG: process.env['KUBECONFIG'], HOME: process.env['HOME'] };
    afterEach(() => {
      for (const [name, value] of Object.entries(kept)) {
        if (value === undefined) delete process.env[name];
        else process.env[name] = value;
      }
    });
    const connectByDefault = () => {
      on.client.close();
      on.client = connect({ clock: on.clock });
    };

    it('is read where the user is in the second of two', async () => {
      writeFileSync(file('token'), 'from-file');
      const { users, ...others } = JSON.parse(readFileSync(on.api.kubeconfig, 'utf8'));
      mkdirSync(file('more'));
      writeFileSync(
        file('more/users'),
        JSON.stringify({ users: [{ name: users[0].name, user: { tokenFile: '../token' } }] }),
      );
      writeFileSync(on.api.kubeconfig, JSON.stringify(others));
      process.env['KUBECONFIG'] = `${on.api.kubeconfig}:${file('more/users')}`;
      connectByDefault();
      await ask();
      assert.deepEqual(said(), ['Bearer from-file']);
    });

    it('is read where that is the one at home', async () => {
      mkdirSync(file('.kube'));
      writeFileSync(file('.kube/token'), 'from-file');
      const config = JSON.parse(readFileSync(on.api.kubeconfig, 'utf8'));
      config.users[0].user = { tokenFile: 'token' };
      writeFileSync(file('.kube/config'), JSON.stringify(config));
      delete process.env['KUBECONFIG'];
      process.env['HOME'] = dirname(on.api.kubeconfig);
      connectByDefault();
      await ask();
      assert.deepEqual(said(), ['Bearer from-file']);
    });
  });
});
