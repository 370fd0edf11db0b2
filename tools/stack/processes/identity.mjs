// Which process a number means. A process id alone is not enough: after a crash or a reboot the
// same number may belong to somebody else's program, and that one must not be stopped.

import { spawnSync } from 'node:child_process';
import fs from 'node:fs';

/**
 * A text that only this one process has for as long as it lives, or null when no such process
 * runs. A zombie (dead, but not yet collected by its parent) counts as dead.
 */
export function processIdentity(pid) {
  return process.platform === 'linux' ? identityFromProc(pid) : identityFromPs(pid);
}

/** Whether the process that was once recorded as `{ pid, identity }` still runs. */
export function stillRuns({ pid, identity }) {
  return identity !== null && processIdentity(pid) === identity;
}

/** The process that started the process `pid`, or null when there is none any more. */
export function parentOf(pid) {
  if (process.platform === 'linux') return Number(procFields(pid)?.[1]) || null;
  return Number(spawnSync('ps', ['-o', 'ppid=', '-p', String(pid)], { encoding: 'utf8' }).stdout) || null;
}

function identityFromProc(pid) {
  const fields = procFields(pid);
  if (!fields) return null;
  const [state, startTime] = [fields[0], fields[19]];
  return state === 'Z' || state === 'X' ? null : `${bootId()} ${startTime}`;
}

// What /proc says of a process, beginning with its state. The program's name before it stands in parentheses and may
// itself contain spaces and parentheses, so counting starts behind the last one. See proc(5), where the state is
// field 3, the parent field 4, and the start time, in clock ticks since boot, field 22.
function procFields(pid) {
  try {
    const stat = fs.readFileSync(`/proc/${pid}/stat`, 'utf8');
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  } catch {
    return null;
  }
}

function bootId() {
  try {
    return fs.readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
  } catch {
    return 'unknown-boot';
  }
}

function identityFromPs(pid) {
  const { status, stdout } = spawnSync('ps', ['-o', 'state=,lstart=', '-p', String(pid)], { encoding: 'utf8' });
  if (status !== 0) return null;
  const [state, ...start] = stdout.trim().split(/\s+/);
  return !state || state.startsWith('Z') ? null : start.join(' ');
}
