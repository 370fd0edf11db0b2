// What Postgres writes of its changes (`pgoutput`, version 1 of the protocol): binary messages to row changes.
// https://www.postgresql.org/docs/15/protocol-logicalrep-message-formats.html

// Postgres counts microseconds from 2000-01-01.
const EPOCH_MS = Date.UTC(2000, 0, 1);
const KEY_FLAG = 1;
const TYPES = Object.freeze({
  16: 'bool',
  20: 'int8',
  21: 'int2',
  23: 'int4',
  25: 'text',
  114: 'json',
  700: 'float4',
  701: 'float8',
  1009: '_text',
  1043: 'varchar',
  1082: 'date',
  1114: 'timestamp',
  1184: 'timestamptz',
  1700: 'numeric',
  2950: 'uuid',
  3802: 'jsonb',
});
const VALUES = Object.freeze({
  bool: (text) => text === 't',
  int2: Number,
  int4: Number,
  int8: Number,
  float4: Number,
  float8: Number,
  numeric: Number,
  json: JSON.parse,
  jsonb: JSON.parse,
  timestamp: (text) => text.replace(' ', 'T'),
  // The session's zone is UTC: `2026-01-02 03:04:05.6+00`, where PostgREST says `2026-01-02T03:04:05.6+00:00`.
  timestamptz: (text) => text.replace(' ', 'T').replace(/([+-]\d\d)$/, '$1:00'),
});

/** Reads the messages of one connection, which name each table once before they speak of its rows. */
export class ChangeDecoder {
  #relations = new Map();
  #committedAt = null;

  /**
   * The change in a message, or null where it is about something else: `{ type, schema, table, columns, key, record,
   * committedAt }`. Of a deleted row only the key is there; large values that an update left alone are not.
   */
  decode(bytes) {
    const reader = new Reader(bytes);
    switch (reader.letter()) {
      case 'B':
        reader.skip(8);
        this.#committedAt = new Date(EPOCH_MS + Number(reader.int64() / 1000n)).toISOString();
        return null;
      case 'R': {
        const relation = readRelation(reader);
        this.#relations.set(relation.oid, relation);
        return null;
      }
      case 'I':
        return this.#change('INSERT', reader);
      case 'U':
        return this.#change('UPDATE', reader);
      case 'D':
        return this.#change('DELETE', reader);
      default:
        return null;
    }
  }

  #change(type, reader) {
    const { schema, table, columns } = this.#relations.get(reader.uint32());
    let part = reader.letter();
    let values = readTuple(reader, columns);
    // An update whose key has changed brings the old one first.
    if (type === 'UPDATE' && part !== 'N') {
      part = reader.letter();
      values = readTuple(reader, columns);
    }
    return {
      type,
      schema,
      table,
      columns: columns.map(({ name, typeName }) => ({ name, type: typeName })),
      key: columns.filter(({ isKey }) => isKey),
      record: values,
      committedAt: this.#committedAt,
    };
  }
}

function readRelation(reader) {
  const oid = reader.uint32();
  const schema = reader.text();
  const table = reader.text();
  reader.skip(1);
  const columns = Array.from({ length: reader.uint16() }, () => {
    const isKey = (reader.uint8() & KEY_FLAG) !== 0;
    const name = reader.text();
    const typeName = TYPES[reader.uint32()] ?? 'text';
    reader.skip(4);
    return { name, typeName, isKey };
  });
  return { oid, schema, table, columns };
}

function readTuple(reader, columns) {
  const record = {};
  const count = reader.uint16();
  for (const { name, typeName } of columns.slice(0, count)) {
    const kind = reader.letter();
    if (kind === 'n') record[name] = null;
    if (kind === 't') record[name] = (VALUES[typeName] ?? String)(reader.sized());
  }
  return record;
}

class Reader {
  #bytes;
  #at = 0;

  constructor(bytes) {
    this.#bytes = bytes;
  }

  skip(length) {
    this.#at += length;
  }

  letter() {
    return String.fromCharCode(this.uint8());
  }

  uint8() {
    return this.#bytes.readUInt8(this.#next(1));
  }

  uint16() {
    return this.#bytes.readUInt16BE(this.#next(2));
  }

  uint32() {
    return this.#bytes.readUInt32BE(this.#next(4));
  }

  int64() {
    return this.#bytes.readBigInt64BE(this.#next(8));
  }

  /** Text that ends with a zero byte. */
  text() {
    const end = this.#bytes.indexOf(0, this.#at);
    const text = this.#bytes.toString('utf8', this.#at, end);
    this.#at = end + 1;
    return text;
  }

  /** Text behind its length. */
  sized() {
    const length = this.uint32();
    const start = this.#next(length);
    return this.#bytes.toString('utf8', start, start + length);
  }

  #next(length) {
    const start = this.#at;
    this.#at += length;
    return start;
  }
}
