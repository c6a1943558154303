/**
 * What a controller sends and hears, with the means to stop it in the middle: frozen as by SIGSTOP, or cut as by SIGKILL.
 *
 * A frozen process has decided to write and sends it when it is thawed, or has written and hears of it then.
 * @module
 */
import { ApiError } from '../../../src/kube/api-error.js';
import type { ApiClient, Method, RequestOptions, WatchEvent, WatchOptions } from '../../../src/kube/client.js';
import type { Time, TimeView } from './time.js';

export interface WireOptions {
  readonly time: Time;
  /** Waits on `view` alone, and nobody else does. */
  readonly client: ApiClient;
  readonly view: TimeView;
  /** Before a request leaves. */
  readonly onRequest: (method: Method, path: string, body: unknown) => void;
}

export class Wire implements ApiClient {
  readonly #options: WireOptions;
  readonly #release: () => void;
  #requests = 0;
  #watches = 0;
  #isDead = false;
  #thawed: Promise<void> | undefined;
  #thaw: () => void = () => {};

  constructor(options: WireOptions) {
    this.#options = options;
    // Each request and each watch has one timer, its deadline; a further one is a pause that the server asked for.
    this.#release = options.time.awaits(() => {
      const pauses = options.view.pending - this.#requests - this.#watches;
      return this.#thawed !== undefined ? 0 : this.#requests - pauses;
    });
  }

  async request<T>(method: Method, path: string, options: RequestOptions = {}): Promise<T> {
    const { client, onRequest, time } = this.#options;
    onRequest(method, path, options.body);
    await this.#pass();
    this.#requests++;
    try {
      time.tick();
      return await client.request<T>(method, path, options);
    } finally {
      this.#requests--;
      time.tick();
      await this.#pass();
    }
  }

  async *watch(path: string, options: WatchOptions): AsyncIterable<WatchEvent> {
    const { client, time } = this.#options;
    await this.#pass();
    this.#watches++;
    try {
      for await (const event of client.watch(path, options)) {
        time.tick();
        await this.#pass();
        yield event;
      }
    } finally {
      this.#watches--;
      time.tick();
    }
  }

  freeze(): void {
    this.#options.view.freeze();
    this.#thawed ??= new Promise((resolve) => {
      this.#thaw = resolve;
    });
  }

  thaw(): void {
    this.#options.view.thaw();
    this.#thawed = undefined;
    this.#thaw();
  }

  /** Nothing goes out any more, and nothing is heard. Whoever cuts it stops the controller, which ends what it waits for. */
  cut(): void {
    this.#isDead = true;
    this.#options.client.close();
    this.thaw();
  }

  close(): void {
    this.#options.client.close();
    this.#release();
  }

  async #pass(): Promise<void> {
    if (this.#thawed !== undefined) await this.#thawed;
    if (this.#isDead) throw new ApiError(0, 'Unreachable', 'this process was killed');
  }
}
