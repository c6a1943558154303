/**
 * Image `cairn.dev/lab/whoami`: answers over HTTP, as JSON, which pod on which node saw which client, on each port of
 * `PORT` (default 80). `/healthz` answers 200 until `/fail` was asked for, and again after `/recover`.
 * @module
 */
import http from 'node:http';

let healthy = true;

for (const port of (process.env['PORT'] ?? '80').split(',').map(Number)) {
  http
    .createServer(({ url = '/', socket }, response) => {
      if (url === '/fail' || url === '/recover') healthy = url === '/recover';
      if (url === '/healthz' && !healthy) response.statusCode = 503;
      const client = socket.remoteAddress?.replace(/^::ffff:/, '');
      response.setHeader('content-type', 'application/json');
      response.end(
        `${JSON.stringify({ pod: process.env['HOSTNAME'], node: process.env['NODE_NAME'], client, port, url })}\n`,
      );
    })
    .listen(port);
}
