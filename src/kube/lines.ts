/**
 * A stream of bytes as text, whole or line by line.
 * @module
 */
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

/** All of it. Rejects when the stream does. */
export async function textOf(stream: AsyncIterable<Uint8Array>): Promise<string> {
  const chunks: Uint8Array[] = [];
  for await (const bytes of stream) chunks.push(bytes);
  return Buffer.concat(chunks).toString();
}
