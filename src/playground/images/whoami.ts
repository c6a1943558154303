/**
 * Image `cairn.dev/lab/whoami`: answers over HTTP, as JSON, which pod on which node saw which client, on each port of
 * `PORT` (default 80). `/healthz` answers 200 until `/fail` was asked for, and again after `/recover`. A datagram to such a
 * port is answered with the same JSON.
 * @module
 */
import dgram from 'node:dgram';
import http from 'node:http';

let healthy = true;

const tell = (facts: object): string =>
  `${JSON.stringify({ pod: process.env['HOSTNAME'], node: process.env['NODE_NAME'], ...facts })}\n`;

for (const port of (process.env['PORT'] ?? '80').split(',').map(Number)) {
  http
    .createServer(({ url = '/', socket }, response) => {
      if (url === '/fail' || url === '/recover') healthy = url === '/recover';
      if (url === '/healthz' && !healthy) response.statusCode = 503;
      const client = socket.remoteAddress?.replace(/^::ffff:/, '');
      response.setHeader('content-type', 'application/json');
      response.end(tell({ client, port, url }));
    })
    .listen(port);
  const udp = dgram.createSocket('udp4');
  udp.on('message', (_message, from) => udp.send(tell({ client: from.address, port }), from.port, from.address));
  udp.bind(port);
}
