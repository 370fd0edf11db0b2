// A distance to a backend: a proxy that hands on every byte later, as a network does.

import net from 'node:net';
import { HOST } from '../../tools/stack/settings/ports.mjs';

/** Stands before the server of `url`, half the round trip away in each direction; answers its own URL and `close`. */
export async function distant(url, roundTripMs) {
  const target = new URL(url);
  const connections = new Set();
  const server = net.createServer((near) => {
    const far = net.connect(Number(target.port), target.hostname);
    for (const [from, to] of [
      [near, far],
      [far, near],
    ]) {
      connections.add(from);
      from.setNoDelay(true);
      // Timers of one length end in the order in which they began, so the bytes stay in order.
      from.on('data', (bytes) => setTimeout(() => to.writable && to.write(bytes), roundTripMs / 2));
      from.on('end', () => setTimeout(() => to.end(), roundTripMs / 2));
      from.on('error', () => to.destroy());
      from.on('close', () => connections.delete(from));
    }
  });
  await new Promise((resolve) => server.listen(0, HOST, resolve));
  return {
    url: `http://${HOST}:${server.address().port}`,
    close() {
      for (const connection of connections) connection.destroy();
      server.close();
    },
  };
}
