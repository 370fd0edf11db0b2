// The bill of materials of a release (CycloneDX): every crate in what is shipped, and every npm package that it is
// built and tested with.

import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';

/** Its name among the files of a release. */
export const MATERIALS = 'ourvidz.cdx.json';

// Crates that test, build or measure, and are part of nothing that is shipped.
const NOT_SHIPPED = /^(?:tests|tools)\/|^shared\/engines\/check\//;
const SPDX_NAME = /^[A-Za-z0-9.-]+$/;

/** What the repository at `root` is made of, at this version. The same commit gives the same text. */
export function billOfMaterials(root, version) {
  const own = { 'bom-ref': 'ourvidz', type: 'application', name: 'ourvidz-edge', version };
  const { components: crates, dependencies } = crateComponents(root);
  const components = [...crates, ...packageComponents(root)].sort((one, other) =>
    one['bom-ref'] < other['bom-ref'] ? -1 : 1,
  );
  const content = {
    version: 1,
    metadata: { component: own },
    components,
    dependencies: [{ ref: 'ourvidz', dependsOn: components.map((each) => each['bom-ref']) }, ...dependencies],
  };
  const serialNumber = `urn:uuid:${uuidOf(JSON.stringify(content))}`;
  return `${JSON.stringify({ bomFormat: 'CycloneDX', specVersion: '1.6', serialNumber, ...content }, null, 2)}\n`;
}

/** The crates of the registry that ours need when they run or are built. */
function crateComponents(root) {
  const { packages, resolve } = metadata(root);
  const byId = new Map(packages.map((each) => [each.id, each]));
  const nodes = new Map(resolve.nodes.map((node) => [node.id, needed(node)]));
  const shipped = packages.filter(
    ({ source, manifest_path }) => source === null && !NOT_SHIPPED.test(path.relative(root, manifest_path)),
  );
  const reached = new Set();
  const visit = (id) => {
    if (reached.has(id)) return;
    reached.add(id);
    nodes.get(id).forEach(visit);
  };
  for (const { id } of shipped) visit(id);

  const foreign = [...reached].filter((id) => byId.get(id).source !== null);
  const sums = checksums(root);
  const reference = (id) => `pkg:cargo/${byId.get(id).name}@${byId.get(id).version}`;
  return {
    components: foreign.map((id) => {
      const { name, version, license } = byId.get(id);
      const hash = { alg: 'SHA-256', content: sums.get(`${name} ${version}`) };
      return component({ reference: reference(id), name, version, license, hash, scope: 'required' });
    }),
    dependencies: foreign.map((id) => ({ ref: reference(id), dependsOn: nodes.get(id).map(reference) })),
  };
}

function metadata(root) {
  const { status, stdout, stderr } = spawnSync(
    'cargo',
    ['metadata', '--format-version', '1', '--locked', '--all-features'],
    { cwd: root, encoding: 'utf8', maxBuffer: Number.POSITIVE_INFINITY },
  );
  if (status !== 0) throw new Error(`cargo metadata: ${stderr}`);
  return JSON.parse(stdout);
}

// What only the tests of a crate use stays in its house.
function needed({ deps }) {
  return [...new Set(deps.filter((each) => each.dep_kinds.some(({ kind }) => kind !== 'dev')).map(({ pkg }) => pkg))];
}

function checksums(root) {
  const lock = fs.readFileSync(path.join(root, 'Cargo.lock'), 'utf8');
  const entries = lock.matchAll(/^name = "(.+)"\nversion = "(.+)"\nsource = .+\nchecksum = "(.+)"$/gm);
  return new Map([...entries].map(([, name, version, sum]) => [`${name} ${version}`, sum]));
}

/** The packages of npm. Those that only build and test are marked as excluded from what is shipped. */
function packageComponents(root) {
  const { packages } = JSON.parse(fs.readFileSync(path.join(root, 'package-lock.json'), 'utf8'));
  const found = new Map();
  for (const [place, each] of Object.entries(packages)) {
    if (!place.includes('node_modules/') || each.link) continue;
    const name = each.name ?? place.slice(place.lastIndexOf('node_modules/') + 'node_modules/'.length);
    const reference = `pkg:npm/${name.replace('@', '%40')}@${each.version}`;
    const { version, license, integrity } = each;
    const scope = each.dev || each.optional || each.devOptional || each.peer ? 'excluded' : 'required';
    found.set(reference, component({ reference, name, version, license, hash: hashOf(integrity), scope }));
  }
  return [...found.values()];
}

/** `sha512-<base64>` as CycloneDX writes it; none for what came inside another package. */
function hashOf(integrity) {
  if (!integrity) return null;
  const [, bits, digest] = integrity.match(/^sha(256|384|512)-(\S+)/);
  return { alg: `SHA-${bits}`, content: Buffer.from(digest, 'base64').toString('hex') };
}

function component({ reference, name, version, license, hash, scope }) {
  return {
    'bom-ref': reference,
    type: 'library',
    name,
    version,
    scope,
    ...(hash ? { hashes: [hash] } : {}),
    ...(license ? { licenses: [licenseOf(license)] } : {}),
    purl: reference,
  };
}

// Older crates write a slash for OR.
function licenseOf(text) {
  if (SPDX_NAME.test(text)) return { license: { id: text } };
  return { expression: text.replaceAll(/\s*\/\s*/g, ' OR ') };
}

// A version 8 UUID (RFC 9562): its bits are ours to choose.
function uuidOf(text) {
  const hex = createHash('sha256').update(text).digest('hex');
  return [hex.slice(0, 8), hex.slice(8, 12), `8${hex.slice(13, 16)}`, `a${hex.slice(17, 20)}`, hex.slice(20, 32)].join(
    '-',
  );
}
