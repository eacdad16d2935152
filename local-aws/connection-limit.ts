import type { Server } from 'node:http';
import type { Socket } from 'node:net';

/** The limited connections of a server. */
interface ConnectionLimit {
  /** Marks a connection as busy with a request, so that it is not closed. @returns a function that ends this */
  markBusy(socket: Socket): () => void;
}

/**
 * Limits the number of connections of a server. A connection beyond the limit replaces the oldest connection that is
 * not busy with a request: an idle one, or one whose client sends a request slowly. So clients that open connections
 * and send nothing, or a byte now and then, do not lock out others. If all connections are busy, the new one is closed.
 */
export function limitConnections(server: Server, maxConnections: number): ConnectionLimit {
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
    markBusy(socket) {
      busy.set(socket, (busy.get(socket) ?? 0) + 1);
      return () => {
        const left = (busy.get(socket) ?? 1) - 1;
        if (left > 0) busy.set(socket, left);
        else busy.delete(socket);
      };
    },
  };
}
