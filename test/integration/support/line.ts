/**
 * The server's end and the client's end of a watch without a network: lines arrive in order, each a little later.
 * @module
 */
import type { WatchSink } from '../../../src/playground/api/watch-stream.js';
import type { Time } from './time.js';

/** `broken`: the connection was cut, with half of a line on it or not. */
type Part = { readonly text: string } | 'end' | 'broken';

export class Line implements WatchSink {
  readonly #time: Time;
  readonly #sent: Part[] = [];
  readonly #arrived: Part[] = [];
  #isCarrying = false;
  #isHungUp = false;
  #wake: () => void = () => {};
  #hangUp: () => void = () => {};

  constructor(time: Time) {
    this.#time = time;
  }

  write(text: string): boolean {
    this.#send({ text });
    return true;
  }

  end(): void {
    this.#send('end');
  }

  destroy(): void {
    this.#send('broken');
  }

  breakOffAfter(): void {
    this.#send('broken');
  }

  /** What the server does when the client went away. */
  onHangUp(act: () => void): void {
    this.#hangUp = act;
  }

  /** The client goes away. May be called twice. */
  hangUp(): void {
    if (this.#isHungUp) return;
    this.#isHungUp = true;
    this.#hangUp();
    this.#wake();
  }

  /** Throws when the line breaks or `signal` aborts. */
  async *lines(signal: AbortSignal): AsyncGenerator<string> {
    const wake = () => this.#wake();
    signal.addEventListener('abort', wake);
    try {
      while (true) {
        if (signal.aborted) throw signal.reason;
        const part = this.#arrived.shift();
        if (part === 'end') return;
        if (part === 'broken') throw new Error('the stream ended in the middle of a line');
        if (part !== undefined) yield part.text;
        else {
          await new Promise<void>((resolve) => {
            this.#wake = resolve;
          });
        }
      }
    } finally {
      signal.removeEventListener('abort', wake);
    }
  }

  #send(part: Part): void {
    if (this.#isHungUp) return;
    this.#sent.push(part);
    if (!this.#isCarrying) void this.#carry();
  }

  async #carry(): Promise<void> {
    this.#isCarrying = true;
    while (this.#sent.length > 0 && !this.#isHungUp) {
      await this.#time.travel();
      this.#arrived.push(...this.#sent.splice(0));
      this.#wake();
    }
    this.#isCarrying = false;
  }
}
