// What those see and hear who look at another tab: how many jobs run, and that one has ended.

import { toast } from '../base/announce.js';
import { isFinished, title } from '../state/job.js';
import { texts } from '../texts/shell.js';
import { soundFor } from './sound.js';

// Whoever waits longer than this looks elsewhere.
const LONG_MS = 60_000;
const ASKED_AS = 'ourvidz.notifications';
const ICONS = { rest: '/favicon.svg', done: '/images/favicon-done.svg' };
const ENDS = { completed: texts.done, failed: texts.failed };

/** `name(text)` says what the page shows. Ends with the signal. */
export function attention(jobs, signal) {
  let shown = '';
  let isNews = false;
  const statusOf = new Map();

  const show = () => {
    const active = jobs.active.length;
    const mark = isNews ? '✓ ' : active > 0 ? `(${active}) ` : '';
    document.title = `${mark}${texts.titleOf(shown)}`;
    document.querySelector('link[rel="icon"]').href = isNews ? ICONS.done : ICONS.rest;
  };
  const follow = (job) => {
    const before = statusOf.get(job.id);
    statusOf.set(job.id, job.status);
    if (!before && job.status === 'queued' && job.readyAt - Date.now() > LONG_MS) offerNotifications();
    if (!before || before === job.status || !isFinished(job) || !(job.status in ENDS)) return;
    soundFor(job.id);
    if (!document.hidden) return;
    isNews = true;
    notify(job);
  };

  for (const name of ['listed', 'changed']) {
    jobs.addEventListener(name, ({ detail: { id } }) => {
      const job = jobs.get(id);
      if (job) follow(job);
      if (!signal.aborted) show();
    });
  }
  document.addEventListener(
    'visibilitychange',
    () => {
      if (document.hidden) return;
      isNews = false;
      show();
    },
    { signal },
  );
  signal.addEventListener('abort', () => {
    document.querySelector('link[rel="icon"]').href = ICONS.rest;
  });

  return {
    name(text) {
      shown = text;
      show();
    },
  };
}

// No word of the prompt: others may see the screen.
function notify(job) {
  if (globalThis.Notification?.permission !== 'granted') return;
  const shown = new Notification(texts.ended(ENDS[job.status], title(job.jobType)), { tag: job.id, icon: ICONS.rest });
  shown.onclick = () => {
    focus();
    shown.close();
  };
}

// Once, at the first long job: a browser asks no second time either.
function offerNotifications() {
  if (globalThis.Notification?.permission !== 'default' || wasAsked()) return;
  toast(texts.takesLong, {
    action: { label: texts.notifyMe, run: () => Notification.requestPermission() },
  });
}

function wasAsked() {
  try {
    const before = localStorage.getItem(ASKED_AS) !== null;
    localStorage.setItem(ASKED_AS, 'yes');
    return before;
  } catch {
    return true;
  }
}
