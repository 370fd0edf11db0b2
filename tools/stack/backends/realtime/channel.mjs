// What a channel listens to, and what it is told: decisions alone.

import { fulfils, parseFilter } from './filters.mjs';

// A page listens to a handful of tables.
const MAX_SUBSCRIPTIONS = 20;
const MAX_NAME_LENGTH = 1000;
const EVENTS = Object.freeze(['*', 'INSERT', 'UPDATE', 'DELETE']);

/** A join that is refused; the message is what the client is told. */
export class Refused extends Error {}

let lastId = 0;

/** What a join asks for with `config.postgres_changes`, each with an id by which the client knows it. */
export function readSubscriptions(config) {
  if (config?.private === true) throw new Refused('Private channels are not part of the local stand-in');
  const asked = config?.postgres_changes ?? [];
  if (!Array.isArray(asked) || asked.length > MAX_SUBSCRIPTIONS)
    throw new Refused(`postgres_changes has to be a list of at most ${MAX_SUBSCRIPTIONS}`);
  return asked.map(readSubscription);
}

function readSubscription(asked) {
  const { event, schema, table, filter } = asked ?? {};
  if (!EVENTS.includes(event)) throw new Refused(`event has to be one of ${EVENTS.join(', ')}`);
  const texts = [schema, table ?? '*', filter ?? ''];
  if (texts.some((text) => typeof text !== 'string' || text.length > MAX_NAME_LENGTH))
    throw new Refused(`schema, table and filter have to be texts of at most ${MAX_NAME_LENGTH} characters`);
  const conditions = filter ? parseFilter(filter) : [];
  if (conditions === null)
    throw new Refused('The local stand-in knows filters with eq, neq, lt, lte, gt, gte and in, and no others');
  lastId += 1;
  return { id: lastId, event, schema, table, filter, conditions };
}

/** A client's channel: in whose name it listens, to what, and until when. */
export class Channel {
  #readable;

  constructor({ topic, joinRef, subscriptions }) {
    Object.assign(this, { topic, joinRef, subscriptions });
  }

  /** Listens from now on in the name of these claims, who may read these tables; refuses what they may not. */
  authorise(claims, readable) {
    for (const subscription of this.subscriptions) assertReadable(subscription, readable);
    this.claims = claims;
    this.#readable = readable;
  }

  /** What the join is answered with. */
  joined() {
    const postgres_changes = this.subscriptions.map(({ id, event, schema, table, filter }) => ({
      id,
      event,
      schema,
      table,
      filter,
    }));
    return { postgres_changes };
  }

  /** The ids of the subscriptions that a change is for. */
  idsFor(change) {
    const types = this.#readable.get(change.table);
    if (change.schema !== 'public' || !types) return [];
    return this.subscriptions
      .filter(
        ({ event, schema, table, conditions }) =>
          fits(event, change.type) &&
          fits(schema, change.schema) &&
          fits(table, change.table) &&
          fulfils(change.record, conditions, types),
      )
      .map(({ id }) => id);
  }

  /** The message about a change, with the columns that the listener may read. */
  payload(change, ids) {
    const types = this.#readable.get(change.table);
    const allowed = (record) => Object.fromEntries(Object.entries(record).filter(([name]) => types.has(name)));
    const data = {
      schema: change.schema,
      table: change.table,
      commit_timestamp: change.committedAt,
      type: change.type,
      columns: change.columns.filter(({ name }) => types.has(name)),
      record: allowed(change.record),
      errors: null,
    };
    if (change.type === 'UPDATE')
      data.old_record = allowed(Object.fromEntries(change.key.map(({ name }) => [name, change.record[name]])));
    return { ids, data };
  }
}

function assertReadable({ schema, table, conditions }, readable) {
  if (!fits(schema, 'public')) throw new Refused('Only the schema public is published');
  const tables = (table ?? '*') === '*' ? [...readable.values()] : [readable.get(table)];
  const hasAll = (types) => types !== undefined && conditions.every(({ column }) => types.has(column));
  if (tables.length === 0 || !tables.every(hasAll))
    throw new Refused('Unable to subscribe to changes with given parameters: no such table or column for this token');
}

function fits(asked, value) {
  return (asked ?? '*') === '*' || asked === value;
}
