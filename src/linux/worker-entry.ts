/**
 * Where a worker thread's program is: beside the bundle, or beside this source file when that is what runs.
 *
 * Node hands `--import tsx` on to worker threads, but tsx only hooks itself into the main one; a worker that is started from
 * source registers it by itself. Nothing of this is reached from the bundle.
 * @module
 */
import { Worker, type WorkerOptions } from 'node:worker_threads';

/** Starts `<name>.js` of the bundle's folder, or `<name>.ts` of this one. */
export function startWorker(name: string, options: WorkerOptions): Worker {
  if (!import.meta.url.endsWith('.ts')) return new Worker(new URL(`./${name}.js`, import.meta.url), options);
  const entry = new URL(`./${name}.ts`, import.meta.url).href;
  const tsx = import.meta.resolve('tsx/esm/api');
  const program = `import(${JSON.stringify(tsx)}).then((tsx) => (tsx.register(), import(${JSON.stringify(entry)})))`;
  return new Worker(program, { ...options, eval: true, execArgv: [] });
}
