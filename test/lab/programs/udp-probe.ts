/**
 * A client of a UDP echo server: one datagram every 5 ms, and the longest time without an answer.
 *
 *   udp-probe --address 192.0.2.240 --port 7 [--every-ms 5] [--for-ms 10000]
 *
 * Every datagram carries its own number, so a late answer is no new one. Lines on stdout: `answering` for the first answer,
 * `gap` when answers come again after more than 50 ms, `summary` at the end. Times are CLOCK_BOOTTIME milliseconds.
 * @module
 */
import { createSocket } from 'node:dgram';
import { parseArgs } from 'node:util';
import { boottimeMs } from '../../../src/linux/clock.js';
import { quantile, rounded, say, untilStopped } from '../../../src/playground/programs/lines.js';

const { values } = parseArgs({
  options: {
    address: { type: 'string' },
    port: { type: 'string' },
    'every-ms': { type: 'string', default: '5' },
    'for-ms': { type: 'string' },
  },
});
const { address } = values;
if (address === undefined || values.port === undefined) throw new Error('udp-probe needs --address and --port');
const port = Number(values.port);

/** A silence shorter than this is a busy machine. */
const GAP_MS = 50;
const NUMBER_BYTES = 4;

const sentMs: number[] = [];
const answered = new Set<number>();
const roundTripsMs: number[] = [];
let unsent = 0;
let lastAnswerMs: number | undefined;
let longestGap = { ms: 0, fromMs: 0 };

const socket = createSocket('udp4');
socket.on('message', (message) => {
  const nowMs = boottimeMs();
  if (message.length < NUMBER_BYTES) return;
  const number = message.readUInt32BE(0);
  const askedMs = sentMs[number];
  if (askedMs === undefined || answered.has(number)) return;
  answered.add(number);
  roundTripsMs.push(nowMs - askedMs);
  if (lastAnswerMs === undefined) say({ event: 'answering', atMs: rounded(nowMs) });
  else {
    const ms = nowMs - lastAnswerMs;
    if (ms > longestGap.ms) longestGap = { ms, fromMs: lastAnswerMs };
    if (ms > GAP_MS) say({ event: 'gap', fromMs: rounded(lastAnswerMs), ms: rounded(ms) });
  }
  lastAnswerMs = nowMs;
});
// EHOSTUNREACH of an address that nobody answers ARP for arrives here too: the datagram counts as unanswered.
socket.on('error', () => {});

const timer = setInterval(() => {
  const datagram = Buffer.alloc(NUMBER_BYTES);
  datagram.writeUInt32BE(sentMs.length);
  sentMs.push(boottimeMs());
  socket.send(datagram, port, address, (error) => {
    if (error !== null) unsent++;
  });
}, Number(values['every-ms']));

untilStopped(values['for-ms'] === undefined ? undefined : Number(values['for-ms'])).addEventListener('abort', () => {
  clearInterval(timer);
  const endMs = boottimeMs();
  say({
    event: 'summary',
    atMs: rounded(endMs),
    sent: sentMs.length,
    unsent,
    answered: answered.size,
    longestGapMs: rounded(longestGap.ms),
    longestGapFromMs: rounded(longestGap.fromMs),
    sinceLastAnswerMs: lastAnswerMs === undefined ? null : rounded(endMs - lastAnswerMs),
    roundTripP50Us: Math.round((quantile(roundTripsMs, 0.5) ?? 0) * 1_000),
  });
  process.exit(0);
});
