// The bar at the top: brand, balance, theme, account.

import { element, icon, setText } from '../base/dom.js';
import { count, credits } from '../base/format.js';
import { texts } from '../texts/shell.js';
import { addressOf } from './router.js';
import { isSoundOn, setSound } from './sound.js';

const PLACES = { workspace: texts.workspace, library: texts.library };
const QUEUES = { sdxl_queue: 'SDXL', wan_queue: 'WAN' };

export function topBar({ session, account }) {
  const balance = element('strong', { class: 'numbers' }, '–');
  const held = element('span', { class: 'muted numbers hide-on-phone' });
  const figures = element('dl', { class: 'figures numbers' });
  const menu = element(
    'details',
    { class: 'account' },
    element('summary', { class: 'button quiet only-icon', 'aria-label': texts.account }, icon('user')),
    element(
      'div',
      { class: 'account-menu' },
      element('p', { class: 'email' }, session.user.email),
      figures,
      element('a', { class: 'button', href: addressOf({ place: 'account' }), onclick: () => close() }, texts.toAccount),
      element('button', { type: 'button', class: 'button', onclick: switchTheme }, texts.lightOrDark),
      element(
        'label',
        { class: 'check' },
        element('input', {
          type: 'checkbox',
          checked: isSoundOn(),
          onchange: ({ target }) => setSound(target.checked),
        }),
        texts.sound,
      ),
      element('button', { type: 'button', class: 'button hide-on-touch', onclick: () => showKeys(close) }, texts.keys),
      element('button', { type: 'button', class: 'button', onclick: () => session.signOut() }, texts.signOut),
    ),
  );
  const close = () => {
    menu.open = false;
    menu.querySelector('summary').focus();
  };
  menu.addEventListener('keydown', (event) => {
    if (event.key === 'Escape' && menu.open) close();
  });
  menu.addEventListener('focusout', (event) => {
    if (event.relatedTarget && !menu.contains(event.relatedTarget)) menu.open = false;
  });

  const show = () => {
    setText(balance, account.balance === null ? '–' : credits(account.balance));
    setText(held, account.held > 0 ? texts.onHold(count(account.held)) : '');
    held.hidden = account.held === 0;
    figures.replaceChildren(
      ...figure(texts.balance, account.balance === null ? '–' : credits(account.balance)),
      ...figure(texts.heldForJobs, credits(account.held)),
      ...(account.queues ?? []).flatMap(({ queue, queued, processing, workers }) =>
        figure(texts.queueName(QUEUES[queue] ?? queue), texts.queueState(count(queued), count(processing), workers)),
      ),
    );
  };
  account.addEventListener('changed', show);
  show();

  const links = Object.entries(PLACES).map(([place, label]) =>
    element('a', { href: addressOf({ place }), dataset: { place } }, label),
  );
  const node = element(
    'header',
    { class: 'top-bar' },
    element('p', { class: 'brand' }, element('img', { src: '/favicon.svg', alt: '' }), element('span', {}, 'OurVidz')),
    element('nav', { class: 'places', 'aria-label': texts.places }, links),
    element(
      'p',
      { class: 'balance', title: texts.balance },
      element('span', { class: 'visually-hidden' }, texts.balanceIs),
      balance,
      held,
    ),
    element(
      'button',
      {
        type: 'button',
        class: 'button quiet only-icon hide-on-phone',
        'aria-label': texts.switchTheme,
        title: texts.lightOrDark,
        onclick: switchTheme,
      },
      icon('theme'),
    ),
    menu,
  );
  return {
    node,
    /** Marks the place that is shown. */
    show(place) {
      for (const link of links) {
        if (link.dataset.place === place) link.setAttribute('aria-current', 'page');
        else link.removeAttribute('aria-current');
      }
    },
  };
}

function figure(name, value) {
  return [element('div', {}, element('dt', {}, name), element('dd', {}, value))];
}

function switchTheme() {
  const root = document.documentElement;
  const isDark = root.dataset.theme
    ? root.dataset.theme === 'dark'
    : matchMedia('(prefers-color-scheme: dark)').matches;
  root.dataset.theme = isDark ? 'light' : 'dark';
  try {
    localStorage.setItem('ourvidz.theme', root.dataset.theme);
  } catch {
    // The choice lasts as long as the page.
  }
}

// A closed menu cannot have the focus back.
async function showKeys(close) {
  close();
  (await import('./shortcuts.js')).showShortcuts();
}
