// `npm run deploy -- --settings FILE`: builds every function and puts it on Cloudflare.
// `npm run deploy -- --dry-run`: builds and bundles them, prints their sizes, and touches nothing outside.

import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { aboveBudget, bundle, sizeTable, wrangler } from '../build/bundles.mjs';
import { buildClient, buildFunctions, buildXtask } from '../build/cargo.mjs';
import { assemblePage, PAGE_OUTPUT } from '../build/page.mjs';
import { settingsFor } from '../build/secrets.mjs';
import { checkTools, continueOnModernNode, installPackages, installWasmTarget } from '../build/toolchain.mjs';
import { commandLine } from '../processes/programs.mjs';
import { REPOSITORY_ROOT } from '../settings/layout.mjs';
import { publicHost, readSettings } from '../settings/settings-file.mjs';

const USAGE = 'usage: npm run deploy -- --dry-run | --settings FILE   (.dev.vars.example shows what is in the file)';
const PLACEHOLDER_HOST = 'ourvidz.example';

await commandLine(async () => {
  const { values: flags } = parseArgs({ options: { 'dry-run': { type: 'boolean' }, settings: { type: 'string' } } });
  if (!flags['dry-run'] && !flags.settings) throw new Error(USAGE);
  // Before the long build, because a missing setting is a matter of seconds.
  const settings = flags.settings ? readSettings(flags.settings) : null;

  checkTools();
  await installPackages();
  continueOnModernNode();
  await installWasmTarget();
  await buildXtask();
  await buildFunctions({ release: true });
  await buildClient({ release: true });
  assemblePage(PAGE_OUTPUT, settings ?? {});

  const { calledFirst, readFunctions } = await import('../build/functions.mjs');
  // A service binding can only name a worker that is already there.
  const functions = calledFirst(readFunctions());
  await checkSizes(functions);
  if (!flags['dry-run']) await upload(functions, settings);
});

async function checkSizes(functions) {
  const bundles = [];
  for (const each of functions) bundles.push(await bundle(each));
  console.log(sizeTable(bundles));
  const tooBig = aboveBudget(bundles).map(({ name }) => name);
  if (tooBig.length > 0)
    throw new Error(`above their budget of gzip (tools/stack/build/bundles.mjs): ${tooBig.join(', ')}`);
}

async function upload(functions, settings) {
  // Beside the real one, because the paths in it are relative to its own place.
  const config = path.join(REPOSITORY_ROOT, 'wrangler.deploy.toml');
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'ourvidz-deploy-'));
  const secretsFile = path.join(folder, 'secrets.json');
  try {
    const template = fs.readFileSync(path.join(REPOSITORY_ROOT, 'wrangler.toml'), 'utf8');
    fs.writeFileSync(config, template.replaceAll(PLACEHOLDER_HOST, publicHost(settings)));
    for (const each of functions) {
      const { name, vars } = each;
      const { variables, secrets } = divide(settingsFor(each, functions, settings), vars);
      fs.writeFileSync(secretsFile, JSON.stringify(secrets), { mode: 0o600 });
      const overrides = variables.flatMap(([key, value]) => ['--var', `${key}:${value}`]);
      await wrangler(['deploy', '--config', config, '--env', name, '--secrets-file', secretsFile, ...overrides]);
    }
  } finally {
    fs.rmSync(config, { force: true });
    fs.rmSync(folder, { recursive: true, force: true });
  }
  console.log(
    `deployed to ${settings.PUBLIC_BASE_URL}; ${settings.PUBLIC_BASE_URL}/api/health tells whether all is set`,
  );
}

/** A setting with a default in wrangler.toml is a variable of the function; all others are kept as secrets are. */
function divide(settings, vars) {
  const entries = Object.entries(settings);
  return {
    variables: entries.filter(([name]) => name in vars),
    secrets: Object.fromEntries(entries.filter(([name]) => !(name in vars))),
  };
}
