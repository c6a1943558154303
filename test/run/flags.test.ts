import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it } from 'mocha';
import { duration, hostPort, loadBalancerClass } from '../../src/run/flag-values.js';
import {
  CONTROLLER_FLAGS,
  controllerProblems,
  type Flag,
  MOVE_FLAGS,
  PLAYGROUND_FLAGS,
  readFlags,
  speakerFlags,
  type Texts,
  variableOf,
} from '../../src/run/flags.js';
import { err, ok } from '../../src/values/result.js';

const SPEAKER_FLAGS = speakerFlags('Worker-1');
const speaker = (given: Texts, env: Texts = {}) => readFlags(SPEAKER_FLAGS, given, env);

describe('readFlags', () => {
  it('gives the controller its defaults', () => {
    assert.deepEqual(
      readFlags(CONTROLLER_FLAGS, {}, {}),
      ok({
        kubeconfig: undefined,
        namespace: 'cairn-system',
        configMap: 'cairn-config',
        loadBalancerClass: 'cairn.dev/lb',
        defaultClass: true,
        metricsAddress: { host: '0.0.0.0', port: 7472 },
        logLevel: 'info',
        leaderElect: true,
        leaseDurationMs: 15_000,
        renewDeadlineMs: 10_000,
        retryPeriodMs: 2_000,
      }),
    );
  });

  it('gives the speaker its defaults, the host’s name in the form of kubelet', () => {
    const read = speaker({});
    assert.ok(read.ok);
    const { nodeName, heartbeatIntervalMs, heartbeatMisses, secretFile, ignoreExcludeLabel } = read.value;
    assert.deepEqual(
      { nodeName, heartbeatIntervalMs, heartbeatMisses, secretFile, ignoreExcludeLabel },
      {
        nodeName: 'worker-1',
        heartbeatIntervalMs: 100,
        heartbeatMisses: 3,
        secretFile: undefined,
        ignoreExcludeLabel: false,
      },
    );
  });

  it('takes the flag before the variable before the default', () => {
    const level = (given: Texts, env: Texts) => {
      const read = speaker(given, env);
      return read.ok && read.value.logLevel;
    };
    assert.equal(level({ 'log-level': 'warn' }, { CAIRN_LOG_LEVEL: 'error' }), 'warn');
    assert.equal(level({}, { CAIRN_LOG_LEVEL: 'error' }), 'error');
    assert.equal(level({}, { CAIRN_LOG_LEVEL: '' }), 'info');
  });

  it('says every mistake at once: which flag, what was wanted, what came and from where', () => {
    assert.deepEqual(
      speaker({ 'metrics-address': 'here', 'default-class': 'yes' }, { CAIRN_HEARTBEAT_MISSES: '0' }),
      err([
        '--default-class: want true or false, got "yes"',
        '--metrics-address: want host:port such as 0.0.0.0:7472 or [::]:7472, got "here"',
        '--heartbeat-misses: want a whole number from 2 to 100, got "0" from CAIRN_HEARTBEAT_MISSES',
      ]),
    );
  });

  for (const name of ['cairn-state', 'cairn-speaker-node-a']) {
    it(`refuses Cairn’s own ConfigMap ${name} as the configuration, in both daemons`, () => {
      const refused = err([
        `--config-map: want the name of a ConfigMap (lower-case letters, digits, "-" and ".") that is not Cairn's own cairn-state or a speaker's report, got "${name}"`,
      ]);
      assert.deepEqual(readFlags(CONTROLLER_FLAGS, { 'config-map': name }, {}), refused);
      assert.deepEqual(speaker({ 'config-map': name }), refused);
    });
  }

  it('refuses a host whose name no Node can have', () => {
    assert.deepEqual(
      readFlags(speakerFlags('my_host'), {}, {}),
      err(['--node-name: want the name of a Node: lower-case letters, digits, "-" and ".", got "my_host" by default']),
    );
  });
});

describe('controllerProblems', () => {
  const DURATION = 'leader-elect-lease-duration';
  const DEADLINE = 'leader-elect-renew-deadline';
  const PERIOD = 'leader-elect-retry-period';
  // biome-ignore format: table
  const cases = [
    { name: 'is content with the defaults',             given: {},                    want: [] },
    { name: 'is content with three short times',        given: { [DURATION]: '2s', [DEADLINE]: '1500ms', [PERIOD]: '300ms' }, want: [] },
    { name: 'refuses a lease no longer than the deadline',  given: { [DURATION]: '10s' },
      want: ['--leader-elect-lease-duration: want more than --leader-elect-renew-deadline (10s), got 10s'] },
    { name: 'refuses a deadline without room for a second try', given: { [DEADLINE]: '2400ms' },
      want: ['--leader-elect-renew-deadline: want more than 1.2 times --leader-elect-retry-period (2s), got 2.4s'] },
    { name: 'says both at once',                        given: { [DURATION]: '2s', [DEADLINE]: '2s' },
      want: [
        '--leader-elect-lease-duration: want more than --leader-elect-renew-deadline (2s), got 2s',
        '--leader-elect-renew-deadline: want more than 1.2 times --leader-elect-retry-period (2s), got 2s',
      ] },
    { name: 'asks nothing of a replica that elects nobody', given: { [DURATION]: '1s', 'leader-elect': 'false' }, want: [] },
  ];
  for (const { name, given, want } of cases) {
    it(name, () => {
      const read = readFlags(CONTROLLER_FLAGS, given, {});
      assert.ok(read.ok);
      assert.deepEqual(controllerProblems(read.value), want);
    });
  }

  it('is asked after each flag by itself: the Lease has whole seconds', () => {
    const want = '--leader-elect-lease-duration: want a duration of whole seconds, from 1s to 1h, such as 15s';
    assert.deepEqual(readFlags(CONTROLLER_FLAGS, { [DURATION]: '2500ms' }, {}), err([`${want}, got "2500ms"`]));
  });
});

describe('duration', () => {
  const { parse } = duration({ minMs: 20, maxMs: 7_200_000, as: '' });
  // biome-ignore format: table
  const cases = [
    { name: 'reads milliseconds',            text: '100ms',    want: 100 },
    { name: 'reads seconds',                 text: '2s',       want: 2_000 },
    { name: 'reads minutes',                 text: '5m',       want: 300_000 },
    { name: 'reads parts of a unit',         text: '0.5s',     want: 500 },
    { name: 'adds units up',                 text: '1h30m',    want: 5_400_000 },
    { name: 'refuses a bare number',         text: '100',      want: undefined },
    { name: 'refuses an unknown unit',       text: '3d',       want: undefined },
    { name: 'refuses a sign',                text: '-5s',      want: undefined },
    { name: 'refuses white space',           text: '5 s',      want: undefined },
    { name: 'refuses nothing at all',        text: '',         want: undefined },
    { name: 'refuses less than the least',   text: '19ms',     want: undefined },
    { name: 'takes the least',               text: '20ms',     want: 20 },
    { name: 'takes the most',                text: '2h',       want: 7_200_000 },
    { name: 'refuses more than the most',    text: '2h1ms',    want: undefined },
  ];
  for (const { name, text, want } of cases) it(name, () => assert.equal(parse(text), want));
});

describe('hostPort', () => {
  // biome-ignore format: table
  const cases = [
    { name: 'reads an IPv4 address',          text: '127.0.0.1:7472',  want: { host: '127.0.0.1', port: 7472 } },
    { name: 'reads a name',                   text: 'localhost:0',     want: { host: 'localhost', port: 0 } },
    { name: 'reads an IPv6 address',          text: '[::1]:7472',      want: { host: '::1', port: 7472 } },
    { name: 'refuses a bare IPv6 address',    text: '::1:7472',        want: undefined },
    { name: 'refuses odd brackets',           text: '[host]:7472',     want: undefined },
    { name: 'refuses a port alone',           text: ':7472',           want: undefined },
    { name: 'refuses a host alone',           text: '127.0.0.1',       want: undefined },
    { name: 'refuses a port out of range',    text: 'localhost:65536', want: undefined },
  ];
  for (const { name, text, want } of cases) it(name, () => assert.deepEqual(hostPort.parse(text), want));
});

describe('loadBalancerClass', () => {
  // biome-ignore format: table
  const cases = [
    { name: 'takes a name with a domain',     text: 'cairn.dev/lb', is: true },
    { name: 'takes a bare name',              text: 'internal_lb',  is: true },
    { name: 'refuses nothing at all',         text: '',             is: false },
    { name: 'refuses a domain alone',         text: 'cairn.dev/',   is: false },
    { name: 'refuses two slashes',            text: 'a/b/c',        is: false },
    { name: 'refuses an upper-case domain',   text: 'Cairn.dev/lb', is: false },
  ];
  for (const { name, text, is } of cases) {
    it(name, () => assert.equal(loadBalancerClass.parse(text), is ? text : undefined));
  }
});

describe('docs/cli.md', () => {
  const text = readFileSync(new URL('../../docs/cli.md', import.meta.url), 'utf8');
  const section = (command: string) => text.split(/^## /m).find((part) => part.startsWith(`\`cairn ${command}`)) ?? '';
  const tables: Readonly<Record<string, readonly Flag<unknown>[]>> = {
    controller: Object.values<Flag<unknown>>(CONTROLLER_FLAGS),
    speaker: Object.values<Flag<unknown>>(SPEAKER_FLAGS),
    move: Object.values<Flag<unknown>>(MOVE_FLAGS),
    playground: Object.values<Flag<unknown>>(PLAYGROUND_FLAGS),
  };
  for (const [command, flags] of Object.entries(tables)) {
    it(`has a row for each flag of ${command}, with its variable and default, and no other`, () => {
      const rows = section(command)
        .split('\n')
        .filter((line) => line.startsWith('| `--'));
      assert.deepEqual(
        rows.map((row) =>
          row
            .split('|')
            .slice(1, 4)
            .map((cell) => cell.trim()),
        ),
        flags.map((flag) => {
          const fallback =
            flag.name === 'node-name'
              ? "the host's name"
              : flag.fallback === undefined
                ? 'none'
                : `\`${flag.fallback}\``;
          return [`\`--${flag.name}\``, `\`${variableOf(flag)}\``, fallback];
        }),
      );
    });
  }
});
