// What turns one database into another, as the text of a migration. What is made anew is written as its source says it;
// what changes an existing table is written from the catalogue. What could lose data, or what only a person can know,
// is left to a person: the statement that it might be, below one that makes the migration fail until it was decided.

// Whoever waits for a lock keeps everybody waiting who comes later: better to fail and be tried again.
const LOCK_TIMEOUT = "set lock_timeout = '5s';";

/** The statements of a migration from one catalogue to another; none when they are the same. */
export function difference(from, to, sources) {
  const change = compare(from, to);
  const made = madeBySources(change, sources);
  const blocks = [
    ...dropped(change, made),
    ...made.sources.filter(({ name }) => isEarly(name)).map(({ text }) => text),
    ...changedTables(change, made),
    ...made.sources.filter(({ name }) => !isEarly(name)).map(({ text }) => text),
    ...attached(change, made),
    ...described(change, made),
  ];
  if (blocks.length === 0) return [];
  // Made by a migration, an object has the default privileges again.
  return [LOCK_TIMEOUT, ...blocks, 'call private.close();'];
}

/** The objects of `from` and `to` by kind: only in the first, only in the second, and in both but not the same. */
export function compare(from, to) {
  const key = ({ kind, name }) => `${kind} ${name}`;
  const before = new Map(from.map((object) => [key(object), object]));
  const after = new Map(to.map((object) => [key(object), object]));
  return {
    gone: from.filter((object) => !after.has(key(object))),
    added: to.filter((object) => !before.has(key(object))),
    changed: to
      .filter((object) => before.has(key(object)))
      .map((object) => ({ before: before.get(key(object)), after: object }))
      .filter((pair) => JSON.stringify(pair.before) !== JSON.stringify(pair.after)),
  };
}

/** The name of what a source makes: a function's without its parameters. */
export function nameMadeBy(sql) {
  const [, name] = /^create (?:function|procedure|table|view|type) (\w+\.\w+)/m.exec(sql) ?? [];
  return name ?? null;
}

// Functions, tables, views and types that are new or (but for tables) not the same, with the text that makes them.
function madeBySources({ added, changed }, sources) {
  const whole = ['function', 'table', 'view', 'type'];
  const nameOf = ({ own, name, kind }) => (kind === 'function' ? own : name);
  const fresh = new Set(added.filter(({ kind }) => whole.includes(kind)).map(nameOf));
  const replaced = new Set();
  for (const { before, after } of changed) {
    if (after.kind === 'function' && before.header === after.header) replaced.add(after.own);
    else if (['function', 'view'].includes(after.kind)) fresh.add(nameOf(after));
  }
  const made = sources
    .map(({ name, sql }) => ({ name, sql: sql.trim(), object: nameMadeBy(sql) }))
    .filter(({ object }) => fresh.has(object) || replaced.has(object))
    .map(({ name, sql, object }) => ({
      name,
      text: fresh.has(object) ? sql : sql.replace(/^create (function|procedure) /m, 'create or replace $1 '),
    }));
  return { sources: made, fresh };
}

// What tables need: the functions of their triggers, and what stands below every other source.
function isEarly(source) {
  return /^foundation\/|\/(triggers|tables|types)\//.test(source);
}

function dropped({ gone, changed }, { fresh }) {
  const tables = new Set(gone.filter(({ kind }) => kind === 'table').map(({ name }) => name));
  const again = changed.filter(({ before, after }) => after.kind !== 'function' || before.header !== after.header);
  const lost = (kind) => [
    ...gone.filter((object) => object.kind === kind && !tables.has(object.on)),
    ...again.filter(({ after }) => after.kind === kind).map(({ before }) => before),
  ];
  return [
    ...lost('trigger').map(({ own, on }) => `drop trigger ${own} on ${on};`),
    ...lost('policy').map(({ own, on }) => `drop policy ${own} on ${on};`),
    ...lost('view').map(({ name }) => `drop view ${name};`),
    ...lost('function')
      .reverse()
      .map(({ type, name }) => `drop ${type} ${name};`),
    ...lost('constraint').map(({ own, on }) => `alter table ${on} drop constraint ${own};`),
    ...lost('index').map(({ name }) => `drop index ${name};`),
    ...[...tables].map((name) => undecided(`table ${name} is no longer in the sources`, [`drop table ${name};`])),
    ...gone
      .filter(({ kind }) => kind === 'type')
      .map(({ name }) => undecided(`type ${name} is no longer in the sources`, [`drop type ${name};`])),
    ...changed
      .filter(({ after }) => after.kind === 'type' && !fresh.has(after.name))
      .map(({ after }) => undecided(`type ${after.name} is another`, [`-- now: (${after.definition})`])),
  ];
}

function changedTables({ gone, added, changed }, { fresh }) {
  const tables = new Set(gone.filter(({ kind }) => kind === 'table').map(({ name }) => name));
  const isOurs = ({ on }) => !fresh.has(on) && !tables.has(on);
  const columns = (objects) => objects.filter((object) => object.kind === 'column' && isOurs(object));
  const anew = (kind) => [
    ...added.filter((object) => object.kind === kind && isOurs(object)),
    ...changed.filter(({ after }) => after.kind === kind).map(({ after }) => after),
  ];
  return [
    ...columns(added).map(newColumn),
    ...columns(gone).map(({ on, column }) =>
      undecided(`column ${on}.${column} is no longer in the sources`, [`alter table ${on} drop column ${column};`]),
    ),
    ...changed.filter(({ after }) => after.kind === 'column').flatMap(changedColumn),
    ...changed.filter(({ after }) => after.kind === 'table').flatMap(changedTable),
    ...anew('constraint').map(newConstraint),
    ...anew('index').map(newIndex),
    ...rows(gone, added, isOurs),
  ];
}

function newColumn(column) {
  const statement = `alter table ${column.on} add column ${[
    column.column,
    column.type,
    column.identity && `generated ${column.identity === 'a' ? 'always' : 'by default'} as identity`,
    column.value && (column.generated ? `generated always as (${column.value}) stored` : `default ${column.value}`),
    column.required && 'not null',
  ]
    .filter(Boolean)
    .join(' ')};`;
  if (column.generated || column.identity) return undecided(`${column.name} rewrites its table`, [statement]);
  if (column.required && !column.value) return undecided(`what is ${column.name} in rows that exist?`, [statement]);
  return statement;
}

function changedColumn({ before, after }) {
  const alter = `alter table ${after.on} alter column ${after.column}`;
  const isAnother = ['type', 'identity', 'generated'].some((key) => before[key] !== after[key]);
  if (isAnother || (after.generated && before.value !== after.value)) {
    return [
      undecided(`${after.name} is another`, [`${alter} type ${after.type} using ${after.column}::${after.type};`]),
    ];
  }
  const { value, required } = after;
  return [
    before.value !== value && (value === null ? `${alter} drop default;` : `${alter} set default ${value};`),
    before.required && !required && `${alter} drop not null;`,
    !before.required && required && undecided(`is ${after.name} null in rows that exist?`, [`${alter} set not null;`]),
  ].filter(Boolean);
}

function changedTable({ before, after }) {
  return [
    before.secured !== after.secured &&
      `alter table ${after.name} ${after.secured ? 'enable' : 'disable'} row level security;`,
    before.options !== after.options && after.options && `alter table ${after.name} set (${after.options});`,
    before.options !== after.options && !after.options && undecided(`${after.name} has no options`, []),
  ].filter(Boolean);
}

// Checked after it was added, so that nobody waits for the look at every row.
function newConstraint({ on, own, definition, type }) {
  const add = `alter table ${on} add constraint ${own} ${definition}`;
  return ['c', 'f'].includes(type) ? `${add} not valid;\nalter table ${on} validate constraint ${own};` : `${add};`;
}

function newIndex({ definition, on }) {
  const [, start, rest] = /^(CREATE (?:UNIQUE )?INDEX )(.*)$/s.exec(definition);
  return [
    `-- Nobody can write to ${on} while it is made. Where that would be long, make it by hand before, with`,
    '-- `create index concurrently`; this finds it then.',
    `${start.toLowerCase()}if not exists ${rest};`,
  ].join('\n');
}

function rows(gone, added, isOurs) {
  const other = [...gone, ...added].filter((object) => object.kind === 'row' && isOurs(object));
  const tables = [...new Set(other.map(({ on }) => on))];
  return tables.map((table) =>
    undecided(`the rows that a new database has in ${table} are others`, [
      ...gone.filter((row) => row.kind === 'row' && row.on === table).map(({ name }) => `-- before: ${name}`),
      ...added.filter((row) => row.kind === 'row' && row.on === table).map(({ name }) => `-- now: ${name}`),
    ]),
  );
}

// What hangs on a table that was there before.
function attached({ added, changed }, { fresh }) {
  const anew = (kind) =>
    [...added, ...changed.map(({ after }) => after)].filter((object) => object.kind === kind && !fresh.has(object.on));
  return [
    ...anew('policy').map(({ own, on, definition }) => `create policy ${own} on ${on} ${definition};`),
    ...anew('trigger').map(({ definition }) => `${definition};`),
  ];
}

function described({ gone, added, changed }, { fresh }) {
  const isNew = ({ on }) => fresh.has(on) || fresh.has(on?.replace(/\(.*$/, ''));
  const lost = new Set(gone.filter(({ kind }) => ['table', 'view', 'function'].includes(kind)).map(({ name }) => name));
  const of = (objects, kind) => objects.filter((object) => object.kind === kind);
  const now = [...added, ...changed.map(({ after }) => after)];
  return [
    ...of(gone, 'grant')
      .filter((grant) => !lost.has(grant.on) && !isNew(grant))
      .map(({ privilege, target, grantee }) => `revoke ${privilege} ${target} from ${grantee};`),
    ...of(now, 'grant')
      .filter((grant) => !isNew(grant))
      .map(({ privilege, target, grantee, grantable }) => {
        return `grant ${privilege} ${target} to ${grantee}${grantable ? ' with grant option' : ''};`;
      }),
    ...of(gone, 'comment')
      .filter(({ name }) => !lost.has(name.split(' ').at(-1)))
      .map(({ name }) => `comment on ${name} is null;`),
    ...of(now, 'comment')
      .filter(({ name }) => !fresh.has(name.split(' ').at(-1)))
      .map(({ name, text }) => `comment on ${name} is '${text.replaceAll("'", "''")}';`),
    ...of(gone, 'publication').map(({ publication, on }) => `alter publication ${publication} drop table ${on};`),
    ...of(added, 'publication').map(({ publication, on }) => `alter publication ${publication} add table ${on};`),
  ];
}

/** A statement that makes a migration fail until a person has put the right ones in its place. */
function undecided(question, statements) {
  const asked = question.replaceAll("'", "''").replaceAll('%', '%%');
  return [
    `-- Decide: ${question}. Put what is right here, and delete the statement that fails.`,
    ...statements.map((statement) => (statement.startsWith('--') ? statement : `-- ${statement}`)),
    `do $$ begin raise exception 'undecided: ${asked}'; end $$;`,
  ].join('\n');
}
