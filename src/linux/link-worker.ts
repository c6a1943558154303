/**
 * The worker thread of a speaker: opens what the link loop needs, and runs it until the main thread says stop.
 *
 * Its event loop never turns: messages are taken with receiveMessageOnPort after a byte in the pipe. Nothing is logged from
 * here, as a worker's output waits for the main thread; what is worth telling is an observation or a thrown error.
 * @module
 */
import { randomBytes } from 'node:crypto';
import { parentPort, receiveMessageOnPort, workerData } from 'node:worker_threads';
import { Engine } from '../speaker/engine.js';
import { boottimeMs } from './clock.js';
import { close, openPipe } from './libc.js';
import { LinkLoop } from './link-loop.js';
import type { FromWorker, ToWorker, WorkerStart } from './link-messages.js';
import { checkNetRaw } from './packet-socket.js';

/** Runs the link side in this thread. */
function runLinkSide({ options, lastTurn }: WorkerStart): void {
  const port = parentPort;
  if (port === null) throw new Error('the link side runs in a worker thread only');
  const post = (message: FromWorker) => port.postMessage(message);
  const turns = new BigInt64Array(lastTurn);
  checkNetRaw();
  // The main thread closes the end that it writes to: this thread may be gone when it does for the last time.
  const { readEnd, writeEnd } = openPipe();
  const loop = new LinkLoop({
    engine: new Engine({ ...options, randomBytes }, boottimeMs()),
    wakeFd: readEnd,
    nextMessage: () => receiveMessageOnPort(port)?.message as ToWorker | undefined,
    post,
    onReady: () => post({ kind: 'ready', wakeFd: writeEnd }),
    onTurn: () => Atomics.store(turns, 0, process.hrtime.bigint()),
  });
  try {
    loop.run();
  } finally {
    close(readEnd);
  }
}

runLinkSide(workerData as WorkerStart);
