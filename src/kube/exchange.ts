/**
 * One request and what comes of it: its answer whole or as a stream, or why there is none.
 * @module
 */
import type { IncomingHttpHeaders } from 'node:http';
import { Readable } from 'node:stream';
import type { Dispatcher } from 'undici';
import { ApiError } from './api-error.js';

export interface Outgoing {
  readonly method: Dispatcher.HttpMethod;
  /** Path and query. */
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | undefined;
  /** Gives it up: before it is sent, while it is answered, or in the middle of the stream. */
  readonly signal: AbortSignal;
  /** Asked in the last moment: once there is a connection, before anything is written to it. */
  readonly mayBeSent: () => boolean;
}

interface Head {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
}

export interface Answer extends Head {
  readonly text: string;
}

export interface StreamedAnswer extends Head {
  /** Rejects when it breaks off. Whoever reads no further gives the connection up. */
  readonly body: AsyncIterable<Uint8Array>;
}

/** It was closed before anything was answered. */
export class BrokenConnection extends Error {
  override readonly name = 'BrokenConnection';
}

/** Of a socket that was closed or reset, by undici's name for it and the system's. */
const BROKEN = new Set(['UND_ERR_SOCKET', 'ECONNRESET', 'EPIPE']);

/** Resolves with the whole answer. Rejects with the signal's reason, an ApiError `Withheld`, or what broke the connection. */
export const answerOf = (dispatcher: Dispatcher, outgoing: Outgoing): Promise<Answer> =>
  new Promise((resolve, reject) => new WholeExchange(outgoing, resolve, reject).begin(dispatcher));

/** As {@link answerOf}, but resolves with the answer's head. `onEnd` is called when its body has ended, however. */
export const streamOf = (dispatcher: Dispatcher, outgoing: Outgoing, onEnd: () => void): Promise<StreamedAnswer> =>
  new Promise((resolve, reject) => new StreamedExchange(outgoing, resolve, reject, onEnd).begin(dispatcher));

/** A class, not closures: thousands are made while a controller starts. */
abstract class Exchange<T> implements Dispatcher.DispatchHandler {
  protected readonly resolve: (answer: T) => void;
  protected head: Head = { status: 0, headers: {} };
  /** From when it is written to a connection. */
  protected controller: Dispatcher.DispatchController | undefined;
  readonly #outgoing: Outgoing;
  readonly #reject: (error: unknown) => void;

  constructor(outgoing: Outgoing, resolve: (answer: T) => void, reject: (error: unknown) => void) {
    this.#outgoing = outgoing;
    this.resolve = resolve;
    this.#reject = reject;
  }

  begin(dispatcher: Dispatcher): void {
    const { method, url, headers, body, signal } = this.#outgoing;
    signal.throwIfAborted();
    signal.addEventListener('abort', this);
    dispatcher.dispatch({ method, path: url, headers, body: body ?? null }, this);
  }

  /** Its signal aborts. */
  handleEvent(): void {
    const { reason } = this.#outgoing.signal;
    this.controller?.abort(reason);
    this.end();
    this.#reject(reason);
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    const { signal, mayBeSent } = this.#outgoing;
    signal.throwIfAborted();
    if (!mayBeSent()) throw new ApiError(0, 'Withheld', 'not sent: it came to its turn too late');
    this.controller = controller;
  }

  onResponseStart(_controller: Dispatcher.DispatchController, status: number, headers: IncomingHttpHeaders): void {
    // Before the answer there may be news of it, such as `103 Early Hints`.
    if (status >= 200) this.head = { status, headers };
  }

  abstract onResponseData(controller: Dispatcher.DispatchController, chunk: Buffer): void;
  abstract onResponseEnd(): void;

  onResponseError(_controller: Dispatcher.DispatchController, error: Error): void {
    this.end();
    const isUnanswered = this.controller !== undefined && this.head.status === 0;
    const isBroken = isUnanswered && BROKEN.has(String((error as NodeJS.ErrnoException).code));
    this.#reject(isBroken ? new BrokenConnection(error.message, { cause: error }) : error);
  }

  /** Nothing more comes of it. */
  protected end(): void {
    this.#outgoing.signal.removeEventListener('abort', this);
  }
}

class WholeExchange extends Exchange<Answer> {
  readonly #chunks: Buffer[] = [];

  onResponseData(_controller: Dispatcher.DispatchController, chunk: Buffer): void {
    this.#chunks.push(chunk);
  }

  onResponseEnd(): void {
    this.end();
    const [first, second] = this.#chunks;
    const bytes = first !== undefined && second === undefined ? first : Buffer.concat(this.#chunks);
    this.resolve({ ...this.head, text: bytes.toString() });
  }
}

class StreamedExchange extends Exchange<StreamedAnswer> {
  readonly #body: Readable;
  /** By its head, the connection ends with it. */
  #isLast = false;

  constructor(
    outgoing: Outgoing,
    resolve: (answer: StreamedAnswer) => void,
    reject: (error: unknown) => void,
    onEnd: () => void,
  ) {
    super(outgoing, resolve, reject);
    this.#body = new Readable({ read: () => this.controller?.resume() });
    // What goes wrong is for whoever reads it: nobody does before its head is there.
    this.#body.on('error', () => {});
    this.#body.on('close', () => {
      this.end();
      onEnd();
    });
  }

  override onResponseStart(
    controller: Dispatcher.DispatchController,
    status: number,
    headers: IncomingHttpHeaders,
  ): void {
    super.onResponseStart(controller, status, headers);
    if (status < 200) return;
    // Several headers of one name come as a list.
    this.#isLast = String(headers.connection).toLowerCase().includes('close');
    this.resolve({ ...this.head, body: this.#body });
  }

  onResponseData(controller: Dispatcher.DispatchController, chunk: Buffer): void {
    // undici fails an assertion when such a connection is reset while it is paused.
    if (!this.#body.push(chunk) && !this.#isLast) controller.pause();
  }

  onResponseEnd(): void {
    this.#body.push(null);
  }

  override onResponseError(controller: Dispatcher.DispatchController, error: Error): void {
    super.onResponseError(controller, error);
    this.#body.destroy(error);
  }
}
