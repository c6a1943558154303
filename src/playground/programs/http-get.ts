/**
 * Fetches a URL once, or until it answers well: what curl would do, on machines that have none.
 *
 *   http-get http://127.0.0.1:7472/readyz [--for-ms 30000] [--patience-ms 2000]
 *
 * Writes the last answer's body, or why there was none, to stdout. Exit code 0 for a status of 2xx, 1 for everything else.
 * @module
 */
import http from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';

const PAUSE_MS = 50;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { 'for-ms': { type: 'string', default: '0' }, 'patience-ms': { type: 'string', default: '2000' } },
});
const [url] = positionals;
if (url === undefined) throw new Error('http-get needs a URL');

const patienceMs = Number(values['patience-ms']);

interface Answer {
  readonly fine: boolean;
  readonly text: string;
}

const ask = (): Promise<Answer> =>
  new Promise((resolve) => {
    const request = http.get(url, { agent: false, timeout: patienceMs }, (response) => {
      const chunks: Buffer[] = [];
      const status = response.statusCode ?? 0;
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('end', () => resolve({ fine: status > 199 && status < 300, text: Buffer.concat(chunks).toString() }));
    });
    request.on('timeout', () => request.destroy(new Error(`no answer within ${patienceMs} ms`)));
    request.on('error', (error) => resolve({ fine: false, text: error.message }));
  });

const deadline = performance.now() + Number(values['for-ms']);
let answer = await ask();
while (!answer.fine && performance.now() < deadline) {
  await sleep(PAUSE_MS);
  answer = await ask();
}
process.stdout.write(answer.text, () => process.exit(answer.fine ? 0 : 1));
