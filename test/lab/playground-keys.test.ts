/**
 * The live picture on a terminal, played by its keys: what each of them does is seen in the picture, from where it is true.
 * @module
 */
import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { after, before, describe, it } from 'mocha';
import { waitFor } from '../../src/playground/network/wait.js';
import { Installed } from './installed.js';

const LEAVE_SCREEN = '\x1b[?1049l';
// biome-ignore lint/suspicious/noControlCharactersInRegex: what a terminal is told begins with Escape
const STYLES = /\x1b\[[\d;]*m/g;
// biome-ignore lint/suspicious/noControlCharactersInRegex: what a terminal is told begins with Escape
const MOVES = /\x1b\[[?\d;]*[A-Za-z]/g;

/** Each line as it was drawn, one after the other. */
const linesOf = (output: string): string => output.replace(STYLES, '').replace(MOVES, '\n');

/** A playground on a pseudoterminal, which script(1) of util-linux makes. */
class Terminal {
  readonly child: ChildProcess;
  #output = '';

  constructor(installed: Installed, flags: readonly string[]) {
    const command = `stty columns 140 rows 40; exec ${installed.command(flags).join(' ')}`;
    this.child = spawn('script', ['--quiet', '--return', '--flush', '--command', command, '/dev/null'], {
      env: installed.environment({ env: { TERM: 'xterm' } }),
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    this.child.stdout?.setEncoding('utf8').on('data', (text) => {
      this.#output += text;
    });
  }

  /** Everything written so far, with its escape sequences. */
  get output(): string {
    return this.#output;
  }

  /**
   * Presses the keys, then waits until what is drawn from then on matches all of `wants`, in whatever order: what is drawn is not
   * drawn again before it changes, so that a wait which begins later may miss it.
   */
  async press(keys: string, ...wants: readonly RegExp[]): Promise<void> {
    const from = this.#output.length;
    const drawn = () => linesOf(this.#output.slice(from));
    this.child.stdin?.write(keys);
    const what = `${wants.join(' and ')} after ${JSON.stringify(keys)}`;
    await waitFor(what, () => wants.every((want) => want.test(drawn())), { timeoutMs: 30_000 }).catch((error) =>
      assert.fail(`${error.message}\n${drawn().slice(-3_000)}`),
    );
  }
}

describe('the keys of the playground', function () {
  this.timeout(60_000);
  let installed: Installed;
  let terminal: Terminal;
  before(async () => {
    installed = Installed.create();
    terminal = new Terminal(installed, ['--forwarding', 'nftables']);
    await terminal.press('', /answers for 192\.0\.2\.240/);
  });
  after(() => {
    terminal?.child.kill('SIGKILL');
    installed?.remove();
  });

  it('shows a pool, a Service with its address and its owner, and requests that pods answer', async () => {
    await terminal.press('', /answered by web-\S+ on node-[123]/);
    const text = linesOf(terminal.output);
    assert.match(text, /192\.0\.2\.240-192\.0\.2\.250/);
    assert.match(text, /1 of 11/);
    assert.match(text, /embedded API server answers/);
    assert.match(text, /forwarding by nftables/);
  });

  it('cuts a cable', async () => {
    await terminal.press('c', /Cut the cable of which node\?/);
    await terminal.press('1', /node-1 .*cable cut/);
  });

  it('plugs it in again', () => terminal.press('p', /is plugged in/));

  it('kills a speaker, which is started again', async () => {
    await terminal.press('k', /Kill the speaker of which node\?/);
    await terminal.press('2', /node-2 .*speaker dead[\s\S]*node-2 .*speaker runs/);
  });

  it('makes a Service, which gets an address and an owner', () =>
    terminal.press('n', /a new Service web-2/, /answers for .*192\.0\.2\.241/, /Announced: 192\.0\.2\.241/));

  it('starts an address conflict, which ARP shows, and ends it', async () => {
    await terminal.press('x', /Let a stranger answer for which Service\?/);
    await terminal.press('1', /\+ stranger|stranger \+/);
    await terminal.press('x', /the stranger answers no more/);
  });

  it('stops the API server and starts it again', async () => {
    await terminal.press('a', /does not answer/);
    await terminal.press('a', /answers/);
  });

  it('deletes a Service', async () => {
    await terminal.press('d', /Delete which Service\?/);
    await terminal.press('2', /Service web-2 is deleted/, /1 of 11/);
  });

  it('quits with 0, and gives the terminal back', async () => {
    terminal.child.stdin?.write('q');
    await waitFor('it has ended', () => terminal.child.exitCode !== null, { timeoutMs: 15_000 });
    assert.equal(terminal.child.exitCode, 0);
    assert.ok(terminal.output.trimEnd().includes(LEAVE_SCREEN));
  });
});
