/**
 * Image `ghcr.io/subicura/counter`: each request on port 3000 adds one in Redis and answers the new count.
 *
 * The lab has no cluster DNS: a Service's name is looked up in the variables that the kubelet gives every container. They
 * are as old as the container, so without its Redis it ends, as many servers do, and is started again with newer ones.
 * @module
 */
import http from 'node:http';
import net from 'node:net';

const name = process.env['REDIS_HOST'] ?? 'redis';
const port = Number(process.env['REDIS_PORT'] ?? 6379);
const host = process.env[`${name.toUpperCase().replaceAll('-', '_')}_SERVICE_HOST`] ?? name;

function increment(): Promise<number> {
  return new Promise((resolve, reject) => {
    const socket = net.connect({ host, port, timeout: 2_000 });
    socket.setEncoding('latin1');
    socket.on('connect', () => socket.write('*2\r\n$4\r\nINCR\r\n$5\r\ncount\r\n'));
    socket.on('data', (text: string) => {
      const count = /^:(\d+)\r\n/.exec(text)?.[1];
      socket.end();
      if (count === undefined) reject(new Error(`redis said ${text.trim()}`));
      else resolve(Number(count));
    });
    socket.on('timeout', () => socket.destroy(new Error(`redis at ${host}:${port} does not answer`)));
    socket.on('error', reject);
  });
}

http
  .createServer(async (_request, response) => {
    try {
      response.end(`${await increment()}\n`);
    } catch (error) {
      response.writeHead(503).end(`${(error as Error).message}\n`, () => process.exit(1));
    }
  })
  .listen(3000);
