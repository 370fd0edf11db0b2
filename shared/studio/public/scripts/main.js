// The start: settings, session, rules, then the page that fits.

import { watchConnection } from './base/announce.js';
import { element } from './base/dom.js';
import { keepFocus } from './base/focus.js';
import { loadRules } from './net/rules.js';
import { serviceOf } from './net/service.js';
import { Session } from './net/session.js';
import { signInView } from './shell/sign-in.js';
import { studio } from './shell/studio.js';
import { texts } from './texts/shell.js';

const LOOPBACK = new Set(['127.0.0.1', 'localhost', '[::1]']);

const app = document.getElementById('app');
let page;

async function show(session, loadingRules, config) {
  page?.stop();
  page = undefined;
  const { user } = session;
  if (user === null) {
    document.title = texts.studio;
    app.replaceChildren(signInView(session, { isLocal: LOOPBACK.has(new URL(config.supabaseUrl).hostname) }));
    document.getElementById('email').focus();
    return;
  }
  const rules = await loadingRules;
  // Somebody else, or nobody, by now: that change shows its own page.
  if (session.user?.id !== user.id || page) return;
  page = studio({ service: serviceOf(session), session, rules, creditsUrl: config.creditsUrl });
  app.replaceChildren(...page.nodes);
  page.start();
}

async function start() {
  // Needed only behind the sign-in, so nobody has to wait for it there.
  const loadingRules = loadRules();
  const config = await readConfig();
  const session = new Session(config);
  session.addEventListener('changed', () => show(session, loadingRules, config));
  await show(session, loadingRules, config);
}

async function readConfig() {
  const response = await fetch('/api/config');
  if (!response.ok) throw new Error(`the service answered ${response.status}`);
  return response.json();
}

function showFailure() {
  addEventListener('online', () => location.reload());
  const again = element(
    'button',
    { type: 'button', class: 'button primary', onclick: () => location.reload() },
    texts.tryAgain,
  );
  app.replaceChildren(
    element(
      'main',
      { id: 'main', class: 'plain-message' },
      element('h1', {}, texts.notReached),
      element('p', {}, texts.notReachedWhat),
      element('p', {}, again),
    ),
  );
}

// The address says which place is shown, so this link must not change it.
document.querySelector('.skip-link').addEventListener('click', (event) => {
  event.preventDefault();
  document.getElementById('main')?.focus();
});
watchConnection();
keepFocus();
// Needed by nobody yet, so it must keep nobody waiting; where it is not to be had, nothing is missing but the offline page.
addEventListener('load', () => navigator.serviceWorker?.register('/sw.js').catch(() => {}));
start().catch((error) => {
  console.info('The start failed.', error);
  showFailure();
});
