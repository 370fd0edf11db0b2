// Which commands may pass. Upstash's REST API has no session, so commands that block, subscribe or
// change the state of a connection do not exist there; letting them through locally would let code
// work here that fails in production.

const REFUSED = new Set(
  `auth blmove blmpop blpop brpop brpoplpush bzmpop bzpopmax bzpopmin client discard exec hello monitor multi
  psubscribe punsubscribe quit reset select shutdown ssubscribe subscribe sunsubscribe unsubscribe unwatch wait
  waitaof watch`.split(/\s+/),
);

const READ_ONLY = new Set(
  `bitcount bitpos dbsize echo exists expiretime get getbit getrange hexists hget hgetall hkeys hlen hmget
  hrandfield hscan hstrlen hvals lindex llen lpos lrange mget pexpiretime ping pttl randomkey scan scard sdiff
  sinter sismember smembers smismember srandmember sscan strlen sunion time ttl type xlen xrange xread xrevrange
  zcard zcount zmscore zrandmember zrange zrangebyscore zrank zrevrange zrevrangebyscore zrevrank zscan zscore`.split(
    /\s+/,
  ),
);

// These block only with an option.
const BLOCKING_WITH_OPTION = new Set(['xread', 'xreadgroup']);

/** Why a command is refused, as Redis would word it, or null when it may pass. */
export function refusal(command, { readOnly = false } = {}) {
  const name = String(command[0]).toLowerCase();
  if (REFUSED.has(name) || blocksByOption(name, command)) {
    return `ERR Command is not available: '${name.toUpperCase()}'. See https://upstash.com/docs/redis/overall/rediscompatibility for details`;
  }
  if (readOnly && !READ_ONLY.has(name)) return `NOPERM this user has no permissions to run the '${name}' command`;
  return null;
}

/** Whether a parsed JSON value has the form of a command. */
export function isCommand(value) {
  return Array.isArray(value) && value.length > 0 && typeof value[0] === 'string' && value[0] !== '';
}

function blocksByOption(name, command) {
  return BLOCKING_WITH_OPTION.has(name) && command.some((argument) => String(argument).toLowerCase() === 'block');
}
