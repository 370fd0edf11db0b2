// Telling the person: a live region for screen readers, toasts, and the banner at the top.

import { element, setText } from './dom.js';

const TOAST_MS = 7_000;

/** Says something to screen readers. */
export function announce(text) {
  setText(document.getElementById('announcer'), text);
}

/** A short message that goes away by itself; `action` is `{ label, run }`. */
export function toast(text, action) {
  const dismiss = () => node.remove();
  const node = element('div', { class: 'toast' }, element('span', {}, text));
  if (action) {
    const run = () => {
      dismiss();
      action.run();
    };
    node.append(element('button', { type: 'button', class: 'button compact', onclick: run }, action.label));
  }
  document.getElementById('toasts').append(node);
  announce(text);
  setTimeout(dismiss, TOAST_MS);
}

/** The banner that says that the network is gone. */
export function watchConnection() {
  const banner = document.getElementById('banner');
  const show = () => {
    banner.hidden = navigator.onLine;
    setText(banner, navigator.onLine ? '' : 'You are offline. Jobs go on without you; this page catches up when you are back.');
  };
  addEventListener('online', show);
  addEventListener('offline', show);
  show();
}
