/**
 * A client of a TCP echo server: a new connection every so often, and one that stays open all the while.
 *
 *   tcp-probe --address 192.0.2.240 --port 7 [--every-ms 20] [--for-ms 10000]
 *
 * Lines on stdout: `held-ended` when the connection that stays was closed or reset, `refused` for a new one that failed, `summary`
 * at the end. Times are CLOCK_BOOTTIME milliseconds.
 * @module
 */
import net from 'node:net';
import { parseArgs } from 'node:util';
import { boottimeMs } from '../../../src/linux/clock.js';
import { quantile, rounded, say, untilStopped } from '../../../src/playground/programs/lines.js';

const { values } = parseArgs({
  options: {
    address: { type: 'string' },
    port: { type: 'string' },
    'every-ms': { type: 'string', default: '20' },
    'for-ms': { type: 'string' },
  },
});
const { address } = values;
if (address === undefined || values.port === undefined) throw new Error('tcp-probe needs --address and --port');
const port = Number(values.port);

/** A SYN is repeated after 1 s (RFC 6298 §2): whoever needed a second one was refused by the network for a while. */
const CONNECT_PATIENCE_MS = 900;
const PING = Buffer.from('ping');

const connectedMs: number[] = [];
let tried = 0;
let failed = 0;
let pings = 0;
let pongs = 0;

function connectOnce(): void {
  tried++;
  const startMs = boottimeMs();
  const socket = net.connect({ host: address, port, noDelay: true });
  const fail = (why: string) => {
    failed++;
    say({ event: 'refused', atMs: rounded(startMs), why });
    socket.destroy();
  };
  const patience = setTimeout(() => fail('no answer'), CONNECT_PATIENCE_MS);
  socket.once('connect', () => socket.write(PING));
  socket.once('data', () => {
    clearTimeout(patience);
    connectedMs.push(boottimeMs() - startMs);
    socket.destroy();
  });
  socket.once('error', (error: NodeJS.ErrnoException) => {
    clearTimeout(patience);
    fail(error.code ?? error.message);
  });
}

const held = net.connect({ host: address, port, noDelay: true });
held.on('data', (data) => {
  pongs += data.length / PING.length;
});
held.on('error', (error: NodeJS.ErrnoException) =>
  say({ event: 'held-ended', atMs: rounded(boottimeMs()), why: error.code }),
);
held.on('end', () => say({ event: 'held-ended', atMs: rounded(boottimeMs()), why: 'closed by the server' }));

const timer = setInterval(() => {
  connectOnce();
  if (held.readyState !== 'open') return;
  pings++;
  held.write(PING);
}, Number(values['every-ms']));

untilStopped(values['for-ms'] === undefined ? undefined : Number(values['for-ms'])).addEventListener('abort', () => {
  clearInterval(timer);
  say({
    event: 'summary',
    atMs: rounded(boottimeMs()),
    tried,
    failed,
    answered: connectedMs.length,
    connectP50Us: Math.round((quantile(connectedMs, 0.5) ?? 0) * 1_000),
    held: { open: held.readyState === 'open', pings, pongs },
  });
  process.exit(0);
});
