/**
 * A client that fetches some pages again and again, each time over a connection of its own, and tells every outcome.
 *
 *   visitor [--every-ms 100]          (needs an IPC channel)
 *
 * Takes messages `{ pages: [{ key: "default/web", url: "http://192.0.2.240/" }] }`, each of which replaces the one before. Says `answer` (key,
 * atMs, tookMs, status, body) or `no-answer` (key, atMs, why). Times are CLOCK_BOOTTIME milliseconds.
 * @module
 */
import http from 'node:http';
import { parseArgs } from 'node:util';
import { boottimeMs } from '../../linux/clock.js';
import { rounded, say, untilStopped } from './lines.js';

/** Below the 1 s after which a lost SYN is repeated (RFC 6298 §2): a repeated one would tell nothing about the moment it was sent. */
const PATIENCE_MS = 900;
const BODY_CHARACTERS = 300;

const { values } = parseArgs({ options: { 'every-ms': { type: 'string', default: '100' } } });

interface Page {
  readonly key: string;
  readonly url: string;
}

let pages: readonly Page[] = [];
process.on('message', (message) => {
  pages = (message as { readonly pages: readonly Page[] }).pages;
});

function visit({ key, url }: Page): void {
  const askedMs = boottimeMs();
  const failed = (error: Error) =>
    say({ event: 'no-answer', key, atMs: rounded(boottimeMs()), why: error.message || error.name });
  const request = http.get(url, { agent: false, timeout: PATIENCE_MS }, (response) => {
    let body = '';
    response.setEncoding('utf8').on('data', (text: string) => {
      body = (body + text).slice(0, BODY_CHARACTERS);
    });
    response.on('error', failed);
    response.on('end', () => {
      const nowMs = boottimeMs();
      const tookMs = rounded(nowMs - askedMs);
      say({ event: 'answer', key, atMs: rounded(nowMs), tookMs, status: response.statusCode, body });
    });
  });
  request.on('timeout', () => request.destroy(new Error(`no answer within ${PATIENCE_MS} ms`)));
  request.on('error', failed);
}

say({ event: 'visiting' });
const timer = setInterval(() => pages.forEach(visit), Number(values['every-ms']));
untilStopped().addEventListener('abort', () => {
  clearInterval(timer);
  process.exit(0);
});
