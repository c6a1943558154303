/**
 * Breaking a connection off, as a cut cable or a crashed peer does.
 * @module
 */
import type { Socket } from 'node:net';

/**
 * The peer gets a TCP reset where one can still be sent. A socket that is being shut down is only closed: libuv refuses to
 * reset it (EINVAL), and Node 20 then counts a handle that never closes, so that the process cannot end.
 */
export function breakOff(socket: Socket): void {
  if (socket.writableEnded) socket.destroy();
  else socket.resetAndDestroy();
}
