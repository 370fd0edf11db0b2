// The bar at the top: brand, balance, theme, account.

import { element, icon, setText } from '../base/dom.js';
import { credits } from '../base/format.js';
import { addressOf } from './router.js';
import { isSoundOn, setSound } from './sound.js';

const PLACES = { workspace: 'Workspace', library: 'Library' };
const QUEUES = { sdxl_queue: 'SDXL', wan_queue: 'WAN' };

export function topBar({ session, account }) {
  const balance = element('strong', { class: 'numbers' }, '–');
  const held = element('span', { class: 'muted numbers hide-on-phone' });
  const figures = element('dl', { class: 'figures numbers' });
  const menu = element(
    'details',
    { class: 'account' },
    element('summary', { class: 'button quiet only-icon', 'aria-label': 'Account' }, icon('user')),
    element(
      'div',
      { class: 'account-menu' },
      element('p', { class: 'email' }, session.user.email),
      figures,
      element(
        'a',
        {
          class: 'button',
          href: addressOf({ place: 'account' }),
          onclick: () => {
            menu.open = false;
          },
        },
        'Credits, keys and data',
      ),
      element('button', { type: 'button', class: 'button', onclick: switchTheme }, 'Light or dark'),
      element(
        'label',
        { class: 'check' },
        element('input', {
          type: 'checkbox',
          checked: isSoundOn(),
          onchange: ({ target }) => setSound(target.checked),
        }),
        'Sound when a job is done',
      ),
      element('button', { type: 'button', class: 'button hide-on-touch', onclick: showKeys }, 'Keys'),
      element('button', { type: 'button', class: 'button', onclick: () => session.signOut() }, 'Sign out'),
    ),
  );
  menu.addEventListener('keydown', (event) => {
    if (event.key !== 'Escape' || !menu.open) return;
    menu.open = false;
    menu.querySelector('summary').focus();
  });
  menu.addEventListener('focusout', (event) => {
    if (event.relatedTarget && !menu.contains(event.relatedTarget)) menu.open = false;
  });

  const show = () => {
    setText(balance, account.balance === null ? '–' : credits(account.balance));
    setText(held, account.held > 0 ? `${account.held} on hold` : '');
    held.hidden = account.held === 0;
    figures.replaceChildren(
      ...figure('Balance', account.balance === null ? '–' : credits(account.balance)),
      ...figure('On hold for running jobs', credits(account.held)),
      ...(account.queues ?? []).flatMap(({ queue, queued, processing, workers }) =>
        figure(
          `${QUEUES[queue] ?? queue} queue`,
          `${queued} waiting, ${processing} running, ${workers} ${workers === 1 ? 'worker' : 'workers'}`,
        ),
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
    element('nav', { class: 'places', 'aria-label': 'Places' }, links),
    element(
      'p',
      { class: 'balance', title: 'Balance' },
      element('span', { class: 'visually-hidden' }, 'Balance: '),
      balance,
      held,
    ),
    element(
      'button',
      {
        type: 'button',
        class: 'button quiet only-icon hide-on-phone',
        'aria-label': 'Switch between light and dark',
        title: 'Light or dark',
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

async function showKeys() {
  (await import('./shortcuts.js')).showShortcuts();
}
