// The stack's Redis (or Valkey).

import { writableCacheFolder } from '../../settings/layout.mjs';
import { accepts, HOST } from '../../settings/ports.mjs';
import { RedisConnection } from '../upstash/redis-connection.mjs';
import { RedisError } from '../upstash/resp.mjs';
import { findOrInstallRedis } from './program.mjs';

/** Starts Redis and waits until it has loaded its data and answers. */
export async function startRedis({ layout, ports, processes, onNote }) {
  const program = findOrInstallRedis({ cacheFolder: writableCacheFolder(layout), onNote });
  const settings = {
    bind: HOST,
    port: ports.redis,
    dir: layout.redisFolder,
    // What was pushed survives a restart and a kill; a power cut takes the last second.
    appendonly: 'yes',
    appendfsync: 'everysec',
    save: '',
  };
  const args = Object.entries(settings).flatMap(([name, value]) => [`--${name}`, String(value)]);
  processes.start('redis', program, args, { cwd: layout.redisFolder });
  await processes.waitUntilReady('redis', () => answersPing(ports.redis), {
    advice:
      `If it can't read its data (another version wrote it), remove ${layout.redisFolder}: ` +
      'the queues are filled again from the database.',
  });
}

async function answersPing(port) {
  if (!(await accepts(port))) return false;
  const connection = new RedisConnection({ hostname: HOST, port });
  try {
    const [reply] = await connection.send([['PING']]);
    // While it loads its data it answers with an error.
    return !(reply instanceof RedisError);
  } catch {
    return false;
  } finally {
    connection.close();
  }
}
