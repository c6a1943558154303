import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it } from 'mocha';
import { type Surroundings, understand } from '../../src/run/cli.js';
import { VERSION } from '../../src/run/version.js';
import { address } from '../support/values.js';

const cairn = (args: string, more: Partial<Surroundings> = {}) =>
  understand(
    args.split(' ').filter((arg) => arg !== ''),
    { env: {}, hostName: 'worker-1', version: '1.2.3', ...more },
  );

const flagsOf = (args: string, env: Surroundings['env'] = {}) => {
  const invocation = cairn(args, { env });
  assert.ok(invocation.command !== 'say', invocation.command === 'say' ? invocation.text : '');
  return invocation.flags as unknown as Readonly<Record<string, unknown>>;
};
const saidBy = (args: string, env: Surroundings['env'] = {}) => {
  const invocation = cairn(args, { env });
  assert.ok(invocation.command === 'say', `it would run ${invocation.command}`);
  return invocation;
};

describe('understand', () => {
  for (const command of ['controller', 'speaker', 'check x.yaml', 'move web', 'playground']) {
    it(`runs ${command}`, () => assert.equal(cairn(command).command, command.split(' ')[0]));
  }

  // biome-ignore format: table
  const values = [
    { name: 'takes a value after =',                 args: 'controller --namespace=lb',          field: 'namespace',    want: 'lb' },
    { name: 'takes a value after a space',           args: 'controller --namespace lb',          field: 'namespace',    want: 'lb' },
    { name: 'takes a yes that stands alone',         args: 'controller --default-class',         field: 'defaultClass', want: true },
    { name: 'takes a yes before another flag',       args: 'controller --default-class --namespace lb', field: 'defaultClass', want: true },
    { name: 'takes a written yes',                   args: 'controller --default-class=true',    field: 'defaultClass', want: true },
    { name: 'takes a written no',                    args: 'controller --default-class=false',   field: 'defaultClass', want: false },
    { name: 'takes a no after a space',              args: 'controller --leader-elect false',    field: 'leaderElect',  want: false },
    { name: 'takes a count',                         args: 'playground --nodes 5',              field: 'nodes',        want: 5 },
    { name: 'leaves open who forwards',              args: 'playground --once',                 field: 'forwarding',   want: undefined },
    { name: 'takes who forwards',                    args: 'playground --forwarding nftables',  field: 'forwarding',   want: 'nftables' },
    { name: 'takes a Service',                       args: 'move web',                           field: 'service',      want: 'web' },
    { name: 'takes a Service as kubectl writes it',  args: 'move svc/web -n shop -o json',       field: 'service',      want: 'web' },
    { name: 'takes one letter for the namespace',    args: 'move web -n shop',                   field: 'namespace',    want: 'shop' },
    { name: 'takes one letter for the output',       args: 'move web -ojson',                    field: 'output',       want: 'json' },
    { name: 'leaves the namespace to the context',   args: 'move web',                           field: 'namespace',    want: undefined },
    { name: 'takes an address',                      args: 'move web --address 192.0.2.7',       field: 'address',      want: address('192.0.2.7') },
    { name: 'takes files, and - for standard input', args: 'check a.yaml -',                     field: 'files',        want: ['a.yaml', '-'] },
  ];
  for (const { name, args, field, want } of values) {
    it(name, () => assert.deepEqual(flagsOf(args)[field], want));
  }

  it('takes a yes that stands alone before a variable that says no', () => {
    assert.equal(flagsOf('controller --default-class', { CAIRN_DEFAULT_CLASS: 'false' })['defaultClass'], true);
  });

  it('takes the namespace of a Service not from the daemons’ variable', () => {
    assert.equal(flagsOf('move web', { CAIRN_NAMESPACE: 'cairn-system' })['namespace'], undefined);
    assert.equal(flagsOf('move web', { CAIRN_SERVICE_NAMESPACE: 'shop' })['namespace'], 'shop');
  });

  it('takes the node’s name from its variable', () => {
    assert.equal(flagsOf('speaker', { CAIRN_NODE_NAME: 'node-7' })['nodeName'], 'node-7');
    assert.equal(flagsOf('speaker')['nodeName'], 'worker-1');
  });

  it('says its version', () => {
    const { text, exitCode } = saidBy('--version');
    assert.deepEqual([text, exitCode], ['1.2.3\n', 0]);
  });

  for (const args of ['--help', 'help', 'controller --help', 'help speaker']) {
    it(`helps with: cairn ${args}`, () => {
      const { text, exitCode } = saidBy(args);
      assert.match(text, /^Usage: cairn/);
      assert.equal(exitCode, 0);
    });
  }

  it('says in its help what each flag is when it is not given', () => {
    assert.match(saidBy('speaker --help').text.replace(/\s+/g, ' '), /\(default 100ms, env CAIRN_HEARTBEAT_INTERVAL\)/);
  });

  // biome-ignore format: table
  const mistakes = [
    { name: 'no command',                 args: '',                                says: /^Usage: cairn/ },
    { name: 'an unknown command',         args: 'dashboard',                       says: /unknown command 'dashboard'/ },
    { name: 'an unknown flag',            args: 'controller --no-such',            says: /unknown option '--no-such'/ },
    { name: 'a slip in a flag',           args: 'controller --namespce x',         says: /Did you mean --namespace/ },
    { name: 'a flag of the other daemon', args: 'controller --node-name x',        says: /unknown option '--node-name'/ },
    { name: 'a missing value',            args: 'controller --namespace',          says: /--namespace <namespace>.*argument missing/ },
    { name: 'an argument too many',       args: 'controller extra',                says: /too many arguments/ },
    { name: 'no file to check',           args: 'check',                           says: /missing required argument 'files'/ },
    { name: 'no Service to move',         args: 'move',                            says: /missing required argument 'service'/ },
    { name: 'two Services to move',       args: 'move web db',                     says: /too many arguments/ },
    { name: 'a Service of no name',       args: 'move pod/web',                    says: /^error: SERVICE: want the name of a Service, got "pod\/web"\n/ },
    { name: 'an address that is none',    args: 'move web --address 192.0.2.010',  says: /--address: want an IP address, such as 192\.0\.2\.10, got "192\.0\.2\.010"/ },
    { name: 'an output of no kind',       args: 'move web -o yaml',                says: /--output: want text or json, got "yaml"/ },
    { name: 'a value that is none',       args: 'speaker --heartbeat-interval 5',  says: /^error: --heartbeat-interval: want a duration from 20ms to 10s, such as 100ms, got "5"\nSee 'cairn speaker --help'\.\n$/ },
    { name: 'a story and a shell at once', args: 'playground --once --shell',      says: /^error: --once and --shell: want one of the two, got both\n/ },
    { name: 'a single node',              args: 'playground --nodes 1',            says: /--nodes: want a whole number from 2 to 9, got "1"/ },
    { name: 'a forwarding of no kind',    args: 'playground --forwarding ipvs',    says: /--forwarding: want kube-proxy or nftables, got "ipvs"/ },
    { name: 'Cairn’s own ConfigMap',      args: 'controller --config-map=cairn-state', says: /^error: --config-map: want .* not Cairn's own cairn-state .*, got "cairn-state"\n/ },
  ];
  for (const { name, args, says } of mistakes) {
    it(`refuses ${name}, with exit code 2`, () => {
      const { text, exitCode } = saidBy(args);
      assert.match(text, says);
      assert.equal(exitCode, 2);
    });
  }
});

describe('VERSION', () => {
  it('is that of package.json', () => {
    const manifest = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'));
    assert.equal(VERSION, manifest.version);
  });
});
