import type { Server } from 'node:http';
import type { Socket } from 'node:net';

/** Keeps count of the connections of a server. */
interface Room {
  /** Marks that a connection's request is being worked on, so that it is not cut. @returns what ends that */
  occupy(socket: Socket): () => void;
}

/**
 * Bounds the connections of a server. Where one too many comes, the oldest goes on which no request is being worked
 * on: an idle one, or one whose client takes its time to send a request. So clients that open connections and send
 * nothing, or a byte now and then, lock nobody out. If all are busy, the new one is cut.
 */
export function keepRoom(server: Server, maxConnections: number): Room {
  const open = new Set<Socket>();
  const busy = new Map<Socket, number>();
  server.on('connection', (socket: Socket) => {
    if (open.size >= maxConnections) {
      const oldest = open.values().find((each) => !busy.has(each)) ?? socket;
      open.delete(oldest);
      oldest.destroy();
    }
    if (socket.destroyed) return;
    open.add(socket);
    socket.once('close', () => open.delete(socket));
  });
  return {
    occupy(socket) {
      busy.set(socket, (busy.get(socket) ?? 0) + 1);
      return () => {
        const left = (busy.get(socket) ?? 1) - 1;
        if (left > 0) busy.set(socket, left);
        else busy.delete(socket);
      };
    },
  };
}
