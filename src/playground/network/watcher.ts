/**
 * A measuring program as its reader holds it: started on a host, read line by line, stopped for its summary.
 * @module
 */
import type { Host } from './host.js';
import type { Command, LabProcess } from './process.js';
import { waitFor } from './wait.js';

/** One JSON line of a program; `event` says which kind. Times are milliseconds of CLOCK_BOOTTIME. */
// biome-ignore lint/suspicious/noExplicitAny: each program documents its own lines, and a wrong field shows at once
export type Line = any;

export class Watcher {
  readonly #process: LabProcess;
  readonly #lines: Line[] = [];
  readonly #read: Promise<void>;

  private constructor(process: LabProcess) {
    this.#process = process;
    this.#read = this.#follow();
  }

  /** Starts the program and waits for its first line. `name` names its log. */
  static async start(host: Host, name: string, command: Command): Promise<Watcher> {
    const watcher = new Watcher(host.spawn(command, { name, stdout: 'pipe' }));
    await waitFor(`${name} on ${host.name} has started`, () => watcher.#lines.length > 0);
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
