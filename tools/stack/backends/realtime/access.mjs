// What a listener may see, asked of Postgres in the listener's name: the tables' privileges and their row security.

import pg from 'pg';
import { asCaller } from '../postgres/caller.mjs';
import { PUBLICATION } from './changes.mjs';

const READABLE = `
  select published.tablename as table, attribute.attname as column, type.typname as type
  from pg_catalog.pg_publication_tables as published
  join pg_catalog.pg_class as class
    on class.relname = published.tablename and class.relnamespace = 'public'::regnamespace
  join pg_catalog.pg_attribute as attribute
    on attribute.attrelid = class.oid and attribute.attnum > 0 and not attribute.attisdropped
  join pg_catalog.pg_type as type on type.oid = attribute.atttypid
  where published.pubname = '${PUBLICATION}' and published.schemaname = 'public'
    and pg_catalog.has_column_privilege(class.oid, attribute.attnum, 'select')`;
// What a key is compared as. Rows with other keys, or keys of several columns, are told to nobody.
const KEY_TYPES = new Set(['uuid', 'int4', 'int8', 'text']);

export class Access {
  #pool;

  constructor(pool) {
    this.#pool = pool;
  }

  /** The published tables that a caller may read: a map of tables to maps of columns to types. */
  async readable(claims) {
    const { rows } = await asCaller(this.#pool, claims, (client) => client.query(READABLE));
    const tables = new Map();
    for (const { table, column, type } of rows) {
      if (!tables.has(table)) tables.set(table, new Map());
      tables.get(table).set(column, type);
    }
    return tables;
  }

  /** Those changes whose rows the caller can see now. A row that is gone is seen by nobody, nor is whose it was. */
  async visible(claims, changes) {
    const known = changes.filter(hasKnownKey);
    return asCaller(this.#pool, claims, async (client) => {
      const seen = new Set();
      for (const table of new Set(known.map((change) => change.table))) {
        const changed = known.filter((change) => change.table === table);
        const keys = await visibleKeys(client, table, changed);
        for (const change of changed) if (keys.has(keyOf(change))) seen.add(change);
      }
      return seen;
    });
  }
}

async function visibleKeys(client, table, changes) {
  const [{ name, typeName }] = changes[0].key;
  const column = pg.escapeIdentifier(name);
  const { rows } = await client.query(
    `select ${column}::text as key from public.${pg.escapeIdentifier(table)} where ${column} = any($1::${typeName}[])`,
    [[...new Set(changes.map(keyOf))]],
  );
  return new Set(rows.map(({ key }) => key));
}

function hasKnownKey({ type, schema, key }) {
  return type !== 'DELETE' && schema === 'public' && key.length === 1 && KEY_TYPES.has(key[0].typeName);
}

function keyOf({ key: [{ name }], record }) {
  return String(record[name]);
}
