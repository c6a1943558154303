/**
 * What goes on while something takes its time: one line that is rewritten on a terminal, a line now and then elsewhere.
 * @module
 */
const QUIET_MS = 10_000;

export class ProgressLine {
  private readonly terminal = process.stderr.isTTY === true;
  private shown = false;
  private lastKind = '';
  private lastMs = Number.NEGATIVE_INFINITY;

  /** May be called as often as one likes. */
  readonly show = (message: string): void => {
    if (this.terminal) {
      const width = (process.stderr.columns || 80) - 1;
      process.stderr.write(`\r\x1b[2K${message.slice(0, width)}`);
      this.shown = true;
      return;
    }
    // Messages that differ in their numbers only are one kind, such as a count that goes up.
    const kind = message.replace(/\d+/g, '#');
    const nowMs = performance.now();
    if (kind === this.lastKind && nowMs - this.lastMs < QUIET_MS) return;
    this.lastKind = kind;
    this.lastMs = nowMs;
    process.stderr.write(`${message}\n`);
  };

  /** Takes the line away, so that what is printed next stands at the beginning of one. */
  readonly done = (): void => {
    if (this.shown) process.stderr.write('\r\x1b[2K');
    this.shown = false;
  };
}
