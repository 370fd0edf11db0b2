// Telling the person: a live region for screen readers, toasts, and the banner at the top.

import { texts } from '../texts/shared.js';
import { element, icon, setText } from './dom.js';

const TOAST_MS = 7_000;
// On a phone more would cover the page; the oldest has been read by then.
const MAX_NOTICES = 3;
const notices = [];

/** Says something to screen readers. */
export function announce(text) {
  setText(document.getElementById('announcer'), text);
}

/** A short message that goes away by itself, the oldest first when there are many. */
export function notice(text) {
  const shown = toast(text, {
    ended: () => {
      notices.splice(notices.indexOf(shown), 1);
    },
  });
  notices.push(shown);
  if (notices.length > MAX_NOTICES) notices[0].close();
}

/**
 * A message that stays for a while, and longer while somebody points at it or has the focus in it. No other message
 * pushes it out. `action` is `{ label, run }`; `ended` is called when it went away without it. Gives `update(text)`, which
 * begins that while anew, `close()`, and `remove()`, after which nothing is called.
 */
export function toast(text, { action, ended } = {}) {
  let timer;
  let isOver = false;
  const finish = (then) => {
    if (isOver) return;
    isOver = true;
    clearTimeout(timer);
    node.remove();
    then?.();
  };
  const start = () => {
    clearTimeout(timer);
    if (!isOver && !node.matches(':hover, :focus-within')) timer = setTimeout(() => finish(ended), TOAST_MS);
  };
  const close = () => finish(ended);
  const hold = () => clearTimeout(timer);
  const words = element('span');
  const node = element(
    'div',
    {
      class: 'toast',
      onpointerenter: hold,
      onpointerleave: start,
      onfocusin: hold,
      onfocusout: () => setTimeout(start),
    },
    words,
    action &&
      element('button', { type: 'button', class: 'button compact', onclick: () => finish(action.run) }, action.label),
    element(
      'button',
      { type: 'button', class: 'button only-icon compact', 'aria-label': texts.close, onclick: close },
      icon('cancel'),
    ),
  );
  const update = (next) => {
    setText(words, next);
    announce(action ? texts.withAction(next, action.label) : next);
    start();
  };
  document.getElementById('toasts').append(node);
  update(text);
  return { update, close, remove: () => finish() };
}

/** Brings messages into a dialog that covers everything else; without one, back to the page. */
export function showNoticesIn(dialog = document.body) {
  dialog.append(document.getElementById('notices'));
}

// A short gap, as when the service restarts, is not worth a word.
const WORTH_SAYING_MS = 4_000;
const BANNERS = {
  network: texts.offline,
  service: texts.serviceAway,
};
let isServiceAway = false;
let goneTimer;

/** Says when the network is gone, from now on. */
export function watchConnection() {
  for (const name of ['online', 'offline']) addEventListener(name, showBanner);
  showBanner();
}

/** What became of the connection to the service: `live`, `polling`, `offline`, or `none` when nobody needs it any more. */
export function showConnection(connection) {
  const say = (isAway) => {
    isServiceAway = isAway;
    showBanner();
  };
  if (connection === 'offline') {
    // The first failure counts: each further one would put the word off.
    goneTimer ??= setTimeout(say, WORTH_SAYING_MS, true);
    return;
  }
  clearTimeout(goneTimer);
  goneTimer = undefined;
  say(false);
}

function showBanner() {
  const banner = document.getElementById('banner');
  const text = navigator.onLine ? (isServiceAway ? BANNERS.service : '') : BANNERS.network;
  banner.hidden = text === '';
  setText(banner, text);
}
