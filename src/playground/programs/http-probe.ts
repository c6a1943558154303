/**
 * A client that fetches a URL anew every 20 ms, each time over a connection of its own, and tells its longest wait for an answer.
 *
 *   http-probe --url http://192.0.2.240/ [--every-ms 20] [--for-ms 10000]
 *
 * Lines on stdout: `answering` for the first answer, `summary` at the end. Times are CLOCK_BOOTTIME milliseconds.
 * @module
 */
import http from 'node:http';
import { parseArgs } from 'node:util';
import { boottimeMs } from '../../linux/clock.js';
import { rounded, say, untilStopped } from './lines.js';

const { values } = parseArgs({
  options: { url: { type: 'string' }, 'every-ms': { type: 'string', default: '20' }, 'for-ms': { type: 'string' } },
});
const { url } = values;
if (url === undefined) throw new Error('http-probe needs --url');

/** Below the 1 s after which a lost SYN is repeated (RFC 6298 §2): a repeated one would tell nothing about the moment it was sent. */
const PATIENCE_MS = 900;

let asked = 0;
let answered = 0;
let lastAnswerMs: number | undefined;
let longestGap = { ms: 0, fromMs: 0 };

function ask(): void {
  asked++;
  const request = http.get(url as string, { agent: false, timeout: PATIENCE_MS }, (response) => {
    response.resume();
    response.on('end', heard);
  });
  request.on('timeout', () => request.destroy());
  request.on('error', () => {}); // counts as not answered
}

function heard(): void {
  const nowMs = boottimeMs();
  answered++;
  if (lastAnswerMs === undefined) say({ event: 'answering', atMs: rounded(nowMs) });
  else if (nowMs - lastAnswerMs > longestGap.ms) longestGap = { ms: nowMs - lastAnswerMs, fromMs: lastAnswerMs };
  lastAnswerMs = nowMs;
}

const timer = setInterval(ask, Number(values['every-ms']));
untilStopped(values['for-ms'] === undefined ? undefined : Number(values['for-ms'])).addEventListener('abort', () => {
  clearInterval(timer);
  say({ event: 'summary', asked, answered, longestGapMs: rounded(longestGap.ms), fromMs: rounded(longestGap.fromMs) });
  process.exit(0);
});
