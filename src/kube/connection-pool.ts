/**
 * A bounded number of connections to one server, each with one request at a time.
 *
 * undici's `Client` has the connection; which one is used, and which are given up, is decided here. Its `Pool` is not for
 * daemons that run for months: a client of it that has refused a request is never chosen again, one that could not connect
 * serves on outside the limit, and a request that is given up while it waits for a connection keeps its place.
 * @module
 */
import type { Client } from 'undici';
import { BrokenConnection } from './exchange.js';

export interface ConnectionPoolOptions {
  /** A client that has not connected yet. */
  readonly open: () => Client;
  readonly max: number;
}

export interface Use<T> {
  readonly signal: AbortSignal;
  /** May be done again when the connection turns out to be closed. */
  readonly isRepeatable: boolean;
  /** Has the client for itself until it settles. */
  readonly work: (client: Client) => Promise<T>;
}

interface Connection {
  readonly client: Client;
  /** Since it was connected. */
  hasServed: boolean;
}

export class ConnectionPool {
  readonly #options: ConnectionPoolOptions;
  /** The one that was used last is used next, so that the others rest and end. */
  readonly #idle: Connection[] = [];
  readonly #busy = new Set<Connection>();
  /** In the order in which they came. */
  readonly #waiting = new Set<(connection: Connection) => void>();
  #isRetired = false;

  constructor(options: ConnectionPoolOptions) {
    this.#options = options;
  }

  /** What `work` answers. Where it rejects, its connection is closed. Rejects with the signal's reason while it waits for one. */
  async use<T>({ signal, isRepeatable, work }: Use<T>): Promise<T> {
    while (true) {
      const connection = this.#take() ?? (await this.#turn(signal));
      try {
        const answer = await work(connection.client);
        connection.hasServed = true;
        this.#giveBack(connection);
        return answer;
      } catch (error) {
        this.#drop(connection);
        // An idle one that the server closed in the moment we chose it.
        const isStale = error instanceof BrokenConnection && connection.hasServed;
        if (!isStale || !isRepeatable || signal.aborted) throw error;
      }
    }
  }

  /** What was asked for already, waiting or under way, may end; then the connections are closed. Nothing new is to be asked for. */
  retire(): void {
    this.#isRetired = true;
    for (const { client } of this.#idle.splice(0)) void client.destroy();
  }

  /** Closes all of them, those in use as well. */
  close(): void {
    this.retire();
    for (const { client } of this.#busy) void client.destroy();
  }

  #take(): Connection | undefined {
    const connection = this.#idle.pop() ?? (this.#busy.size < this.#options.max ? this.#open() : undefined);
    if (connection !== undefined) this.#busy.add(connection);
    return connection;
  }

  #open(): Connection {
    const connection = { client: this.#options.open(), hasServed: false };
    connection.client.on('connect', () => {
      connection.hasServed = false;
    });
    return connection;
  }

  #turn(signal: AbortSignal): Promise<Connection> {
    return new Promise((resolve, reject) => {
      const leave = () => {
        this.#waiting.delete(come);
        reject(signal.reason);
      };
      const come = (connection: Connection) => {
        signal.removeEventListener('abort', leave);
        resolve(connection);
      };
      this.#waiting.add(come);
      signal.addEventListener('abort', leave, { once: true });
    });
  }

  #giveBack(connection: Connection): void {
    this.#busy.delete(connection);
    if (this.#isRetired) void connection.client.destroy();
    else this.#idle.push(connection);
    this.#serve();
  }

  #drop(connection: Connection): void {
    this.#busy.delete(connection);
    void connection.client.destroy();
    this.#serve();
  }

  #serve(): void {
    const [come] = this.#waiting;
    const connection = come && this.#take();
    if (come === undefined || connection === undefined) return;
    this.#waiting.delete(come);
    come(connection);
  }
}
