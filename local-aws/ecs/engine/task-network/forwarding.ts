import type { NetConnectOpts, Server, Socket } from 'node:net';

/** Where a service listens on loopback. */
export interface ServiceAddress {
  readonly host: string;
  readonly port: number;
}

/** Where the folder of the sockets is in the container that holds the network. */
export const SOCKETS_PATH = '/network';
/** The socket to which the container connects when all its ports are open. The others have the index of an address. */
export const READY_SOCKET = 'ready';
/**
 * Maximum number of connections to one address. It bounds the open files and the memory that a hostile container can
 * take from the stack.
 */
export const MAX_CONNECTIONS = 128;

/**
 * Creates a server that forwards each connection to one fixed address.
 *
 * The function must not use anything outside its body, because its text also runs in a container.
 */
export function forwardTo(target: NetConnectOpts): Server {
  const { connect, createServer } = process.getBuiltinModule('node:net');
  const copy = (from: Socket, to: Socket) => {
    from.pipe(to);
    from.on('error', () => {});
    from.on('close', () => {
      // After a complete connection, the other side may still have to send the rest.
      if (!from.readableEnded || !from.writableFinished) to.destroy();
    });
  };
  return createServer({ allowHalfOpen: true, noDelay: true }, (client) => {
    const service = connect({ ...target, allowHalfOpen: true, noDelay: true });
    copy(client, service);
    copy(service, client);
  });
}

/**
 * Opens the ports of services, and forwards them to sockets in a folder. It ends if a port is taken. If the stack ends,
 * it keeps the ports, so that no program in the same network can offer a service in place of the stack.
 *
 * The function must not use anything outside its body, because its text runs in a container.
 */
function holdPorts(
  forward: typeof forwardTo,
  addresses: readonly ServiceAddress[],
  sockets: { readonly folder: string; readonly ready: string; readonly connections: number },
): void {
  const { connect } = process.getBuiltinModule('node:net');
  let closed = addresses.length;
  for (const [index, address] of addresses.entries()) {
    const server = forward({ path: `${sockets.folder}/${index}` });
    server.maxConnections = sockets.connections;
    server.listen(address, () => {
      server.on('error', () => {});
      closed -= 1;
      if (closed === 0) connect(`${sockets.folder}/${sockets.ready}`).on('error', () => {});
    });
  }
}

/** Returns the program, for `node -e`, of the container that holds the network of a task. */
export function portsProgram(addresses: readonly ServiceAddress[], folder = SOCKETS_PATH): string {
  const sockets = { folder, ready: READY_SOCKET, connections: MAX_CONNECTIONS };
  return `(${holdPorts})(${forwardTo}, ${JSON.stringify(addresses)}, ${JSON.stringify(sockets)})`;
}
