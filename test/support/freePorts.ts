/** Ports of loopback for servers that cannot choose one themselves. */
import { createServer, type AddressInfo } from 'node:net';

/** @returns `count` ports that nobody listens on. */
export async function freePorts(count: number): Promise<number[]> {
  const servers = Array.from({ length: count }, () => createServer());
  await Promise.all(
    servers.map((server) => new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready))),
  );
  const ports = servers.map((server) => (server.address() as AddressInfo).port);
  await Promise.all(servers.map((server) => new Promise((closed) => server.close(closed))));
  return ports;
}
