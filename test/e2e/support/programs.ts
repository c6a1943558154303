/**
 * The lab's measuring programs as a test holds them: started on a host, read line by line, stopped for their summary.
 * @module
 */
import type { Host } from '../../lab/host.js';
import type { LabProcess } from '../../lab/process.js';
import { waitFor } from '../../lab/wait.js';

/** One JSON line of a program; `event` says which kind. Times are milliseconds of CLOCK_BOOTTIME. */
// biome-ignore lint/suspicious/noExplicitAny: each program documents its own lines, and a wrong field shows as a failed assertion
export type Line = any;

export class Watcher {
  readonly #process: LabProcess;
  readonly #lines: Line[] = [];
  readonly #read: Promise<void>;

  private constructor(process: LabProcess) {
    this.#process = process;
    this.#read = this.#follow();
  }

  /** Starts a program below test/lab/programs and waits for its first line. */
  static async start(host: Host, program: string, args: readonly string[]): Promise<Watcher> {
    const watcher = new Watcher(await host.spawnProgram(`programs/${program}.ts`, args, { stdout: 'pipe' }));
    await waitFor(`${program} on ${host.name} has started`, () => watcher.#lines.length > 0);
    return watcher;
  }

  /** What it has said so far, of one kind. */
  events(kind: string): readonly Line[] {
    return this.#lines.filter(({ event }) => event === kind);
  }

  /** Ends the program and answers its summary. */
  async summary(): Promise<Line> {
    await this.#process.stop();
    await this.#read;
    const summary = this.events('summary').at(-1);
    if (summary === undefined) throw new Error(`no summary from ${this.#process.name}: ${this.#process.log()}`);
    return summary;
  }

  async #follow(): Promise<void> {
    for await (const line of this.#process.lines()) this.#lines.push(JSON.parse(line));
  }
}

/** Asks for the addresses every 5 ms and records who answers; see arp-watch. */
export const watchArp = (host: Host, ...addresses: readonly string[]): Promise<Watcher> =>
  Watcher.start(
    host,
    'arp-watch',
    addresses.flatMap((address) => ['--address', address]),
  );
