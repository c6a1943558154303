/**
 * The worker thread when Cairn runs from its sources, as tests do; the bundle starts `link-worker.js` itself.
 *
 * tsx hooks itself into the main thread only, also when `--import tsx` is handed on to a worker, so it is registered here.
 * @module
 */
import { register } from 'tsx/esm/api';

register();
await import('./link-worker.ts');
