// What a database consists of, read from its catalogue: every object of both schemas as one plain row with a `kind`, a
// `name` that no other of its kind has, and what tells two versions of it apart. In the order in which they were made.
// From the catalogue and not by pg_dump, which differs between versions and is not everywhere.

const OURS = `('public', 'private')`;

/** All objects of both schemas, and what is granted on them. */
export async function readCatalogue(client) {
  const objects = [];
  // So that every name is written with its schema.
  await client.query("set search_path to ''");
  for (const [kind, sql] of Object.entries(QUERIES)) {
    const { rows } = await client.query(sql);
    objects.push(...rows.map((row) => ({ kind, ...row })));
  }
  for (const { name } of objects.filter(({ kind }) => kind === 'table')) {
    objects.push(...(await referenceRows(client, name)));
  }
  return objects;
}

/** The same as text, for comparing two databases byte for byte. */
export function writeCatalogue(objects) {
  return objects
    .map((object) => JSON.stringify(object))
    .sort()
    .join('\n');
}

// What the sources put into a table. Times are those of the moment, and identity columns count anew.
async function referenceRows(client, table) {
  const { rows } = await client.query(
    `select (select jsonb_object_agg(key, value) from jsonb_each(to_jsonb(found)) where key not like '%\\_at') as row
     from ${table} as found`,
  );
  return rows.map(({ row }) => ({ kind: 'row', name: `${table} ${JSON.stringify(row)}`, on: table }));
}

const QUERIES = {
  type: `
    select format('%I.%I', n.nspname, t.typname) as name, (
      select string_agg(attname || ' ' || format_type(atttypid, atttypmod), ', ' order by attnum)
      from pg_attribute where attrelid = t.typrelid and attnum > 0 and not attisdropped
    ) as definition
    from pg_type t join pg_namespace n on n.oid = t.typnamespace join pg_class c on c.oid = t.typrelid
    where n.nspname in ${OURS} and c.relkind = 'c' order by t.oid`,
  table: `
    select c.oid::regclass::text as name, coalesce(array_to_string(c.reloptions, ', '), '') as options,
      c.relrowsecurity as secured
    from pg_class c join pg_namespace n on n.oid = c.relnamespace
    where n.nspname in ${OURS} and c.relkind in ('r', 'p') order by c.oid`,
  column: `
    select c.oid::regclass || '.' || quote_ident(a.attname) as name, c.oid::regclass::text as on,
      quote_ident(a.attname) as column, (row_number() over (partition by c.oid order by a.attnum))::integer as position,
      format_type(a.atttypid, a.atttypmod) as type, a.attnotnull as required, a.attidentity as identity,
      a.attgenerated as generated, pg_get_expr(d.adbin, d.adrelid) as value
    from pg_attribute a
    join pg_class c on c.oid = a.attrelid join pg_namespace n on n.oid = c.relnamespace
    left join pg_attrdef d on d.adrelid = a.attrelid and d.adnum = a.attnum
    where n.nspname in ${OURS} and c.relkind in ('r', 'p') and a.attnum > 0 and not a.attisdropped
    order by c.oid, a.attnum`,
  // From Postgres 18 on NOT NULL is a constraint with a name; it is shown with its column already.
  constraint: `
    select conrelid::regclass || '.' || quote_ident(conname) as name, conrelid::regclass::text as on,
      quote_ident(conname) as own, pg_get_constraintdef(k.oid) as definition, contype as type
    from pg_constraint k join pg_class c on c.oid = k.conrelid join pg_namespace n on n.oid = c.relnamespace
    where n.nspname in ${OURS} and contype in ('c', 'f', 'p', 'u', 'x') order by k.oid`,
  index: `
    select indexrelid::regclass::text as name, indrelid::regclass::text as on, pg_get_indexdef(indexrelid) as definition
    from pg_index i join pg_class c on c.oid = i.indrelid join pg_namespace n on n.oid = c.relnamespace
    where n.nspname in ${OURS} and not exists (select from pg_constraint where conindid = indexrelid)
    order by indexrelid`,
  view: `
    select c.oid::regclass::text as name, coalesce(array_to_string(c.reloptions, ', '), '') as options,
      pg_get_viewdef(c.oid) as definition
    from pg_class c join pg_namespace n on n.oid = c.relnamespace
    where n.nspname in ${OURS} and c.relkind = 'v' order by c.oid`,
  function: `
    select p.oid::regprocedure::text as name, format('%I.%I', n.nspname, p.proname) as own,
      case p.prokind when 'p' then 'procedure' else 'function' end as type,
      concat_ws(' -> ', pg_get_function_arguments(p.oid), pg_get_function_result(p.oid)) as header,
      pg_get_functiondef(p.oid) as definition
    from pg_proc p join pg_namespace n on n.oid = p.pronamespace
    where n.nspname in ${OURS} and p.prokind in ('f', 'p') order by p.oid`,
  trigger: `
    select tgrelid::regclass || '.' || quote_ident(tgname) as name, tgrelid::regclass::text as on,
      quote_ident(tgname) as own, pg_get_triggerdef(t.oid) as definition
    from pg_trigger t join pg_class c on c.oid = t.tgrelid join pg_namespace n on n.oid = c.relnamespace
    where n.nspname in ${OURS} and not tgisinternal order by t.oid`,
  policy: `
    select polrelid::regclass || '.' || quote_ident(polname) as name, polrelid::regclass::text as on,
      quote_ident(polname) as own, concat_ws(' ',
        case when polpermissive then 'as permissive' else 'as restrictive' end,
        'for ' || case polcmd when 'r' then 'select' when 'a' then 'insert' when 'w' then 'update' when 'd' then 'delete'
          else 'all' end,
        'to ' || (
          select string_agg(case role when 0 then 'public' else quote_ident(pg_get_userbyid(role)) end, ', ' order by 1)
          from unnest(polroles) as role
        ),
        'using (' || pg_get_expr(polqual, polrelid) || ')',
        'with check (' || pg_get_expr(polwithcheck, polrelid) || ')'
      ) as definition
    from pg_policy p join pg_class c on c.oid = p.polrelid join pg_namespace n on n.oid = c.relnamespace
    where n.nspname in ${OURS} or (n.nspname = 'storage' and polname like 'ourvidz\\_%') order by p.oid`,
  comment: `
    select concat_ws(' ', regexp_replace(it.type, '^(table|composite) ', ''), it.identity) as name, d.description as text
    from pg_description d cross join lateral pg_identify_object(d.classoid, d.objoid, d.objsubid) as it
    where it.schema in ${OURS} or (it.type = 'schema' and it.identity = 'private')
      or (it.type ~ '^(table constraint|trigger|policy)$' and it.identity ~ ' on (public|private)\\.')
    order by 1`,
  grant: `
    select concat_ws(' ', privilege, target, 'to', grantee) as name, it.*
    from (
      select lower(acl.privilege_type) as privilege, given.target, given.on,
        case acl.grantee when 0 then 'public' else quote_ident(pg_get_userbyid(acl.grantee)) end as grantee,
        acl.is_grantable as grantable
      from (
        select 'on schema ' || quote_ident(nspname) as target, null as on, nspowner as owner,
          coalesce(nspacl, acldefault('n', nspowner)) as acl
        from pg_namespace where nspname in ${OURS}
        union all
        select case relkind when 'S' then 'on sequence ' else 'on table ' end || c.oid::regclass, coalesce((
            select refobjid::regclass::text from pg_depend
            where classid = 'pg_class'::regclass and objid = c.oid and refobjsubid > 0 and deptype in ('a', 'i')
          ), c.oid::regclass::text), relowner,
          coalesce(relacl, acldefault(case relkind when 'S' then 's' else 'r' end::"char", relowner))
        from pg_class c join pg_namespace n on n.oid = c.relnamespace
        where n.nspname in ${OURS} and relkind in ('r', 'p', 'v', 'S')
        union all
        select case prokind when 'p' then 'on procedure ' else 'on function ' end || p.oid::regprocedure,
          p.oid::regprocedure::text, proowner,
          coalesce(proacl, acldefault('f', proowner))
        from pg_proc p join pg_namespace n on n.oid = p.pronamespace where n.nspname in ${OURS}
        union all
        select format('(%I) on table %s', attname, c.oid::regclass), c.oid::regclass::text, relowner, attacl
        from pg_attribute a join pg_class c on c.oid = a.attrelid join pg_namespace n on n.oid = c.relnamespace
        where n.nspname in ${OURS} and attacl is not null
      ) as given
      cross join lateral aclexplode(given.acl) as acl
      where acl.grantee <> given.owner
    ) as it
    order by 1`,
  publication: `
    select pubname || ': ' || schemaname || '.' || tablename as name, quote_ident(pubname) as publication,
      format('%I.%I', schemaname, tablename) as on
    from pg_publication_tables where schemaname in ${OURS} order by 1`,
};
