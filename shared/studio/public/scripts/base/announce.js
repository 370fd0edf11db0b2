// Telling the person: a live region for screen readers, toasts, and the banner at the top.

import { element, icon, setText } from './dom.js';

const TOAST_MS = 7_000;
// On a phone more would cover the page; the oldest has been read by then.
const MAX_TOASTS = 3;
const closers = [];

/** Says something to screen readers. */
export function announce(text) {
  setText(document.getElementById('announcer'), text);
}

/**
 * A short message that goes away by itself, but not while somebody points at it or has the focus in it.
 * `action` is `{ label, run }`; `ended` is called when the message went away without it.
 */
export function toast(text, { action, ended } = {}) {
  let timer;
  let isOver = false;
  const finish = (then) => {
    if (isOver) return;
    isOver = true;
    clearTimeout(timer);
    node.remove();
    closers.splice(closers.indexOf(close), 1);
    then?.();
  };
  const start = () => {
    clearTimeout(timer);
    if (!isOver && !node.matches(':hover, :focus-within')) timer = setTimeout(() => finish(ended), TOAST_MS);
  };
  const close = () => finish(ended);
  const hold = () => clearTimeout(timer);
  const node = element(
    'div',
    {
      class: 'toast',
      onpointerenter: hold,
      onpointerleave: start,
      onfocusin: hold,
      onfocusout: () => setTimeout(start),
    },
    element('span', {}, text),
    action &&
      element('button', { type: 'button', class: 'button compact', onclick: () => finish(action.run) }, action.label),
    element(
      'button',
      { type: 'button', class: 'button only-icon compact', 'aria-label': 'Close', onclick: close },
      icon('cancel'),
    ),
  );
  document.getElementById('toasts').append(node);
  closers.push(close);
  if (closers.length > MAX_TOASTS) closers[0]();
  announce(action ? `${text} ${action.label} is available.` : text);
  start();
}

/** Brings messages into a dialog that covers everything else; without one, back to the page. */
export function showNoticesIn(dialog = document.body) {
  dialog.append(document.getElementById('notices'));
}

// A short gap, as when the service restarts, is not worth a word.
const WORTH_SAYING_MS = 4_000;
const BANNERS = {
  network: 'You are offline. Jobs go on without you; this page catches up when you are back.',
  service: 'The service can’t be reached. Jobs go on; this page keeps trying and catches up by itself.',
};
let isServiceAway = false;
let goneTimer;

/** Says when the network is gone, from now on. */
export function watchConnection() {
  for (const name of ['online', 'offline']) addEventListener(name, showBanner);
  showBanner();
}

/** What became of the connection to the service: `live`, `polling` or `offline`. */
export function showConnection(connection) {
  clearTimeout(goneTimer);
  const say = (isAway) => {
    isServiceAway = isAway;
    showBanner();
  };
  if (connection === 'offline') goneTimer = setTimeout(say, WORTH_SAYING_MS, true);
  else say(false);
}

function showBanner() {
  const banner = document.getElementById('banner');
  const text = navigator.onLine ? (isServiceAway ? BANNERS.service : '') : BANNERS.network;
  banner.hidden = text === '';
  setText(banner, text);
}
