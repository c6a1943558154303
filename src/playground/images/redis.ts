/**
 * Image `redis`: as much of Redis as a counter needs, on port 6379. Keeps everything in memory and nothing on disk.
 *
 * Source: https://redis.io/docs/latest/develop/reference/protocol-spec/ (arrays of bulk strings in, RESP2 out).
 * @module
 */
import net from 'node:net';

const values = new Map<string, string>();

function answer([command = '', key = '', value = '']: readonly string[]): string {
  switch (command.toUpperCase()) {
    case 'PING':
      return '+PONG\r\n';
    case 'SET':
      values.set(key, value);
      return '+OK\r\n';
    case 'GET': {
      const held = values.get(key);
      return held === undefined ? '$-1\r\n' : `$${Buffer.byteLength(held)}\r\n${held}\r\n`;
    }
    case 'INCR': {
      const next = Number(values.get(key) ?? '0') + 1;
      if (!Number.isSafeInteger(next)) return '-ERR value is not an integer or out of range\r\n';
      values.set(key, String(next));
      return `:${next}\r\n`;
    }
    case 'DEL':
      return `:${values.delete(key) ? 1 : 0}\r\n`;
    default:
      return `-ERR unknown command '${command}'\r\n`;
  }
}

/** The first whole command in `text` and what follows it; `undefined` while it is not all there. */
function readCommand(text: string): { readonly words: readonly string[]; readonly rest: string } | undefined {
  const head = /^\*(\d+)\r\n/.exec(text);
  if (head === null) return undefined;
  const words: string[] = [];
  let at = head[0].length;
  for (let n = 0; n < Number(head[1]); n++) {
    const size = /^\$(\d+)\r\n/.exec(text.slice(at));
    if (size === null) return undefined;
    const begin = at + size[0].length;
    const end = begin + Number(size[1]);
    if (text.length < end + 2) return undefined;
    words.push(text.slice(begin, end));
    at = end + 2;
  }
  return { words, rest: text.slice(at) };
}

net
  .createServer((socket) => {
    let pending = '';
    socket.setEncoding('latin1');
    socket.on('error', () => socket.destroy());
    socket.on('data', (chunk: string) => {
      pending += chunk;
      for (let read = readCommand(pending); read !== undefined; read = readCommand(pending)) {
        socket.write(answer(read.words), 'latin1');
        pending = read.rest;
      }
    });
  })
  .listen(6379);
