/**
 * Connects this machine's loopback with one host of the lab: `forwarder <port>`, started inside the host's namespace.
 *
 * The listening socket is made by the parent, outside, and handed over: a socket belongs to the namespace it was made
 * in, so this one process accepts connections there and opens their other half in here. No address, route or
 * interface is shared between the two.
 * @module
 */
import net from 'node:net';

const port = Number(process.argv[2]);

process.once('message', (_message, listener) => {
  (listener as net.Server).on('connection', (outside: net.Socket) => {
    const inside = net.connect({ port, host: '127.0.0.1', noDelay: true });
    outside.setNoDelay(true);
    outside.pipe(inside).pipe(outside);
    outside.on('error', () => inside.destroy());
    inside.on('error', () => outside.destroy());
    outside.on('close', () => inside.destroy());
    inside.on('close', () => outside.destroy());
  });
  process.send?.('listening'); // the parent disconnects: a channel closed while it delivers a socket throws (Node 20)
});
