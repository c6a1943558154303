/**
 * A port of a lab host, made reachable on this machine's loopback (and nowhere else).
 * @module
 */
import { once } from 'node:events';
import net from 'node:net';
import type { Host } from './host.js';

/** Answers the port on 127.0.0.1; connections to it reach `port` on the host's own loopback. */
export async function forwardToLoopback(host: Host, port: number): Promise<number> {
  // pauseOnConnect: whoever connects before the other process listens is not lost here.
  const server = net.createServer({ pauseOnConnect: true });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port: outside } = server.address() as net.AddressInfo;
  const forwarder = await host.spawnProgram('programs/forwarder.ts', [String(port)], { ipc: true });
  forwarder.child.send('listener', server);
  await Promise.race([
    once(forwarder.child, 'message'),
    forwarder.exited.then(() => Promise.reject(new Error(`the forwarder of ${host.name} ended: ${forwarder.log()}`))),
  ]);
  forwarder.child.disconnect();
  server.close();
  return outside;
}
