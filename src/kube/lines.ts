/**
 * A stream of bytes as text, whole or line by line.
 * @module
 */
import type { IncomingMessage } from 'node:http';
import { StringDecoder } from 'node:string_decoder';

/** etcd takes no object over 1.5 MiB; far more than that in one line is no API server. */
const MAX_LINE_CHARACTERS = 16 * 1024 * 1024;

/**
 * Whole lines, in order; empty ones are skipped. Throws when the stream ends inside a line, so that half an event is
 * never taken for one. Reads no faster than the lines are taken.
 */
export async function* linesOf(stream: AsyncIterable<Uint8Array>, onBytes: () => void): AsyncGenerator<string> {
  const decoder = new StringDecoder('utf8');
  let rest = '';
  for await (const bytes of stream) {
    onBytes();
    const lines = (rest + decoder.write(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength))).split('\n');
    rest = lines.pop() ?? '';
    if (rest.length > MAX_LINE_CHARACTERS) throw new Error(`a line of over ${MAX_LINE_CHARACTERS} characters`);
    for (const line of lines) if (line !== '') yield line;
  }
  if (rest !== '') throw new Error('the stream ended in the middle of a line');
}

/**
 * The whole body of an answer; rejects when it breaks off. By its events: thousands of answers are read by the controller
 * that starts, and an iterator for each of them costs more than the reading.
 */
export function textOf(response: IncomingMessage): Promise<string> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    response.on('data', (chunk: Buffer) => chunks.push(chunk));
    response.on('end', () => resolve((chunks.length === 1 ? (chunks[0] as Buffer) : Buffer.concat(chunks)).toString()));
    response.on('error', reject);
    response.on('close', () => {
      if (!response.complete) reject(new Error('the connection was closed in the middle of the answer'));
    });
  });
}
