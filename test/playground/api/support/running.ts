/**
 * An embedded API server in the test's own process, and bare HTTP to it: what goes over the wire, with nothing in between.
 * @module
 */
import assert from 'node:assert/strict';
import http from 'node:http';
import { after, before } from 'mocha';
import type { JsonObject } from '../../../../src/playground/api/object.js';
import { EmbeddedApiServer, type ServerOptions } from '../../../../src/playground/api/server.js';

export interface Reply {
  readonly code: number;
  readonly headers: http.IncomingHttpHeaders;
  readonly text: string;
  /** Parsed, where it is JSON. */
  readonly body: JsonObject;
}

export interface Sent {
  readonly headers?: http.OutgoingHttpHeaders;
  readonly body?: unknown;
}

/** A server for one `describe`, without controllers unless told: what happens is then what the test does. */
export function running(options: ServerOptions = {}): Running {
  const it = new Running(options);
  before(() => it.start());
  after(() => it.stop());
  return it;
}

export class Running {
  readonly #options: ServerOptions;
  #server: EmbeddedApiServer | undefined;
  readonly #watches = new Set<Watching>();

  constructor(options: ServerOptions) {
    this.#options = options;
  }

  get server(): EmbeddedApiServer {
    assert.ok(this.#server !== undefined, 'the server runs');
    return this.#server;
  }

  async start(): Promise<void> {
    this.#server = await EmbeddedApiServer.start({ controllers: false, seed: 1, ...this.#options });
  }

  async stop(): Promise<void> {
    for (const watching of this.#watches) watching.close();
    await this.#server?.stop();
  }

  /** Rejects when the connection is reset. */
  ask(method: string, path: string, { headers = {}, body }: Sent = {}): Promise<Reply> {
    return new Promise((resolve, reject) => {
      const text = body === undefined ? undefined : typeof body === 'string' ? body : JSON.stringify(body);
      const type = text === undefined ? {} : { 'Content-Type': 'application/json' };
      const request = http.request(
        `${this.server.url}${path}`,
        { method, headers: { 'User-Agent': 'a-test/1.0', ...type, ...headers }, agent: false },
        (response) => {
          const chunks: Buffer[] = [];
          response.on('data', (chunk: Buffer) => chunks.push(chunk));
          response.on('error', reject);
          response.on('end', () => resolve(replyOf(response, Buffer.concat(chunks).toString())));
        },
      );
      request.on('error', reject);
      request.end(text);
    });
  }

  get = (path: string, sent?: Sent) => this.ask('GET', path, sent);
  post = (path: string, body: unknown, sent?: Sent) => this.ask('POST', path, { ...sent, body });
  put = (path: string, body: unknown, sent?: Sent) => this.ask('PUT', path, { ...sent, body });
  delete = (path: string, body?: unknown) => this.ask('DELETE', path, body === undefined ? {} : { body });
  merge = (path: string, body: unknown) =>
    this.ask('PATCH', path, { body, headers: { 'Content-Type': 'application/merge-patch+json' } });

  watch(path: string, headers: http.OutgoingHttpHeaders = {}): Watching {
    const watching = new Watching(`${this.server.url}${path}`, headers);
    this.#watches.add(watching);
    return watching;
  }
}

function replyOf(response: http.IncomingMessage, text: string): Reply {
  const isJson = (response.headers['content-type'] ?? '').startsWith('application/json');
  const body = isJson && text !== '' ? (JSON.parse(text) as JsonObject) : {};
  return { code: response.statusCode ?? 0, headers: response.headers, text, body };
}

export interface Line {
  readonly type: string;
  readonly object: JsonObject;
}

/** The lines of a watch as they come, and how it ended. */
export class Watching {
  readonly #lines: Line[] = [];
  readonly #request: http.ClientRequest;
  #rest = '';
  #end: 'ended' | 'reset' | undefined;
  #wake = () => {};

  constructor(url: string, headers: http.OutgoingHttpHeaders) {
    this.#request = http.get(url, { headers: { 'User-Agent': 'a-test/1.0', ...headers }, agent: false }, (response) => {
      response.on('data', (chunk: Buffer) => this.#take(chunk.toString()));
      response.on('end', () => this.#finish('ended'));
      response.on('error', () => this.#finish('reset'));
    });
    this.#request.on('error', () => this.#finish('reset'));
  }

  /** What was left of a line when the watch ended. */
  get rest(): string {
    return this.#rest;
  }

  /** The next line; fails when the watch ended before it. */
  async next(): Promise<Line> {
    while (this.#lines.length === 0) {
      if (this.#end !== undefined) assert.fail(`the watch ${this.#end} before the next line; left: ${this.#rest}`);
      await this.#woken();
    }
    return this.#lines.shift() as Line;
  }

  /** The next lines as `ADDED web`. */
  async told(count: number): Promise<string[]> {
    const told: string[] = [];
    while (told.length < count) {
      const { type, object } = await this.next();
      told.push(`${type} ${object['metadata']?.name ?? object['message'] ?? ''}`.trim());
    }
    return told;
  }

  async ended(): Promise<'ended' | 'reset'> {
    while (this.#end === undefined) await this.#woken();
    return this.#end;
  }

  /** Lines that came and were not read. */
  get unread(): number {
    return this.#lines.length;
  }

  close(): void {
    this.#request.destroy();
  }

  #woken(): Promise<void> {
    return new Promise((resolve) => {
      this.#wake = resolve;
    });
  }

  #take(text: string): void {
    const lines = `${this.#rest}${text}`.split('\n');
    this.#rest = lines.pop() ?? '';
    this.#lines.push(...lines.map((line) => JSON.parse(line) as Line));
    this.#wake();
  }

  #finish(how: 'ended' | 'reset'): void {
    this.#end ??= how;
    this.#wake();
  }
}
