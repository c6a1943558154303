/**
 * Loaded into a daemon with `NODE_OPTIONS=--import=<this file>`: SIGUSR2 then blocks its main thread for two seconds, as a
 * long garbage collection or a huge list would, and leaves its worker threads alone. The product itself knows nothing of
 * it.
 *
 * `CAIRN_TEST_STALL_MS` gives another span.
 */
import { isMainThread } from 'node:worker_threads';

if (isMainThread) {
  const spanMs = Number(process.env['CAIRN_TEST_STALL_MS'] ?? 2_000);
  process.on('SIGUSR2', () => {
    process.stderr.write(`main thread stalls for ${spanMs} ms\n`);
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, spanMs);
    process.stderr.write('main thread goes on\n');
  });
}
