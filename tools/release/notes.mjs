// The texts of a release: the changelog's section, what the database needs, and the tag's message.

const UNRELEASED = '## Unreleased\n';

/** What stands under "Unreleased"; fails where there is nothing to release. */
export function unreleased(changelog) {
  const start = changelog.indexOf(UNRELEASED);
  if (start < 0) throw new Error('CHANGELOG.md has no section "## Unreleased"');
  const rest = changelog.slice(start + UNRELEASED.length);
  const end = rest.search(/^## /m);
  const section = (end < 0 ? rest : rest.slice(0, end)).trim();
  if (section === '') throw new Error('CHANGELOG.md has nothing under "## Unreleased"');
  return section;
}

/** The changelog with that section under the version and its day, and an empty one before it. */
export function released(changelog, version, day) {
  unreleased(changelog);
  if (changelog.includes(`\n## ${version} `)) throw new Error(`CHANGELOG.md has a section for ${version} already`);
  return changelog.replace(UNRELEASED, `${UNRELEASED}\n## ${version} - ${day}\n`);
}

/** A line for each migration: its name and what its first comment says. `files` are `{ name, sql }`. */
export function migrationNotes(files) {
  return files.map(({ name, sql }) => {
    const [comment] = /^(?:--.*\n)+/.exec(sql.trimStart()) ?? [''];
    const text = comment.replaceAll(/^-- ?/gm, '').trim().replaceAll(/\s+/g, ' ');
    return text === '' ? `- ${name}` : `- ${name}: ${text}`;
  });
}

/** The annotation of the tag. `artifacts` are `{ name, bytes, sha256 }`. */
export function tagMessage({ version, section, notes, artifacts }) {
  const database = notes.length > 0 ? notes : ['No migration.'];
  const files = artifacts.map(({ name, bytes, sha256 }) => `${sha256}  ${name} (${bytes} bytes)`);
  return [
    `OurVidz edge ${version}`,
    section,
    ['Database', ...database].join('\n'),
    ['Files', ...files].join('\n'),
  ].join('\n\n');
}
