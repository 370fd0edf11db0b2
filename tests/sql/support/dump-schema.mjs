// What the migrations made, as text that is the same on every machine and version of Postgres, for the snapshots.
// From the catalogue and not by pg_dump, which differs between versions and is not everywhere.

/** Tables, views, constraints, indexes, triggers, policies and grants of both schemas. */
export async function dumpSchema(client) {
  const sections = [];
  for (const relation of await relations(client)) {
    sections.push(
      [`-- ${relation.kind} ${relation.name}${relation.options}`, ...(await details(client, relation))].join('\n'),
    );
  }
  return `${sections.join('\n\n')}\n`;
}

async function relations(client) {
  return rowsOf(
    client,
    `select c.oid, c.relkind, format('%I.%I', n.nspname, c.relname) as name,
       case c.relkind when 'v' then 'view' else 'table' end as kind,
       coalesce(' with (' || array_to_string(c.reloptions, ', ') || ')', '') as options
     from pg_class c join pg_namespace n on n.oid = c.relnamespace
     where n.nspname in ('public', 'private') and c.relkind in ('r', 'v')
     order by n.nspname desc, c.relname`,
  );
}

async function details(client, { oid, relkind, name }) {
  const lines = async (sql) => (await rowsOf(client, sql, [oid])).map(({ line }) => line);
  return [
    ...(await lines(COLUMNS)),
    ...(relkind === 'v' ? (await lines(VIEW)).map(withoutTableNames) : []),
    ...(await lines(CONSTRAINTS)),
    ...(await lines(INDEXES)),
    ...(await lines(TRIGGERS)),
    ...(await lines(POLICIES)),
    ...(await lines(TABLE_GRANTS)).map((line) => line.replace('%', name)),
    ...(await lines(COLUMN_GRANTS)).map((line) => line.replace('%', name)),
  ];
}

// Up to version 15 Postgres puts the table before each column of a view, later on it does not.
function withoutTableNames(definition) {
  return definition.replace(/\b(?!public\b|private\b)\w+\.(?=\w)/g, '');
}

const COLUMNS = `
  select concat_ws(' ', '  ' || a.attname, format_type(a.atttypid, a.atttypmod),
    case when a.attnotnull then 'not null' end,
    case when a.attidentity <> '' then 'identity' end,
    case a.attgenerated when 's' then 'generated ' else 'default ' end || pg_get_expr(d.adbin, d.adrelid)) as line
  from pg_attribute a left join pg_attrdef d on d.adrelid = a.attrelid and d.adnum = a.attnum
  where a.attrelid = $1 and a.attnum > 0 and not a.attisdropped order by a.attnum`;
const VIEW = `select pg_get_viewdef($1::oid, true) as line`;
// From Postgres 18 on NOT NULL is a constraint with a name; it is shown with its column already.
const CONSTRAINTS = `
  select '  constraint ' || pg_get_constraintdef(oid) as line from pg_constraint
  where conrelid = $1 and contype <> 'n' order by contype, pg_get_constraintdef(oid)`;
const INDEXES = `
  select '  ' || pg_get_indexdef(indexrelid) as line from pg_index
  where indrelid = $1 and not exists (select from pg_constraint where conindid = indexrelid and contype in ('p', 'u'))
  order by pg_get_indexdef(indexrelid)`;
const TRIGGERS = `
  select '  ' || pg_get_triggerdef(oid) as line from pg_trigger
  where tgrelid = $1 and not tgisinternal order by tgname`;
const POLICIES = `
  select format('  policy %s for %s to %s using %s', polname,
    case polcmd when 'r' then 'select' when 'a' then 'insert' when 'w' then 'update' when 'd' then 'delete' else 'all' end,
    (select string_agg(pg_get_userbyid(role), ', ' order by 1) from unnest(polroles) as role),
    pg_get_expr(polqual, polrelid)) as line
  from pg_policy where polrelid = $1 order by polname`;
const GRANTEE = `case grantee when 0 then 'public' else pg_get_userbyid(grantee) end`;
const TABLE_GRANTS = `
  select format('  grant %s to %s', string_agg(lower(privilege_type), ', ' order by privilege_type), ${GRANTEE}) as line
  from pg_class c, aclexplode(c.relacl) where c.oid = $1 and grantee <> c.relowner group by grantee order by 1`;
const COLUMN_GRANTS = `
  select format('  grant %s (%s) to %s', lower(privilege_type), string_agg(attname, ', ' order by attnum), ${GRANTEE}) as line
  from pg_attribute a join pg_class c on c.oid = a.attrelid, aclexplode(a.attacl)
  where a.attrelid = $1 and grantee <> c.relowner group by grantee, privilege_type order by 1`;

/** Every function of both schemas with its body and its grants, for reviews: a change of behaviour is seen here. */
export async function dumpBodies(client) {
  const functions = await rowsOf(
    client,
    `select pg_get_functiondef(p.oid) || coalesce((
       select string_agg(format(E'-- for %s\n', ${GRANTEE}), '' order by ${GRANTEE})
       from aclexplode(p.proacl) where grantee <> p.proowner
     ), '') as body
     from pg_proc p where p.pronamespace in ('public'::regnamespace, 'private'::regnamespace)
     order by p.proname, pg_get_function_identity_arguments(p.oid)`,
  );
  return functions.map(({ body }) => body).join('\n');
}

/** The functions that can be called through the API: name, parameters with defaults, result, and who may. */
export async function dumpFunctions(client) {
  const functions = await rowsOf(
    client,
    `select format(E'%s(\n  %s\n) -> %s\n  for %s', p.proname,
       replace(pg_get_function_arguments(p.oid), ', ', E',\n  '), pg_get_function_result(p.oid),
       (select string_agg(${GRANTEE}, ', ' order by 1) from aclexplode(p.proacl) where grantee <> p.proowner)) as line
     from pg_proc p where p.pronamespace = 'public'::regnamespace order by p.proname`,
  );
  return `${functions.map(({ line }) => line).join('\n\n')}\n`;
}

async function rowsOf(client, sql, values = []) {
  return (await client.query(sql, values)).rows;
}
