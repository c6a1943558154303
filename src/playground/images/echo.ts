/**
 * Image `cairn.dev/lab/echo`: sends back what it gets, over TCP and UDP, on each port of `PORT` (`7` or `7,9`).
 *
 * Source: RFC 862.
 * @module
 */
import dgram from 'node:dgram';
import net from 'node:net';

for (const port of (process.env['PORT'] ?? '7').split(',').map(Number)) {
  net
    .createServer((socket) => {
      socket.on('error', () => socket.destroy());
      socket.pipe(socket);
    })
    .listen(port);
  const udp = dgram.createSocket('udp4');
  udp.on('message', (message, from) => udp.send(message, from.port, from.address));
  udp.bind(port);
}
