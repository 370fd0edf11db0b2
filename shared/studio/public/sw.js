// What an installed page shows without a network: a page that says so. Everything else comes from the network as ever.

const SHELL = 'offline-1';
// Without its ending, as it is served: what came by a redirect cannot stand for a page.
const PAGE = '/offline';
const FILES = [
  PAGE,
  '/styles/base.css',
  '/styles/controls.css',
  '/fonts/inter-latin-wght-normal.woff2',
  '/favicon.svg',
];

addEventListener('install', (event) => {
  skipWaiting();
  event.waitUntil(caches.open(SHELL).then((cache) => cache.addAll(FILES)));
});

addEventListener('activate', (event) => {
  const old = async () => {
    for (const name of await caches.keys()) if (name !== SHELL) await caches.delete(name);
  };
  event.waitUntil(old());
});

addEventListener('fetch', (event) => {
  const { request } = event;
  const { origin, pathname } = new URL(request.url);
  const wanted = request.mode === 'navigate' ? PAGE : pathname;
  if (origin !== location.origin || request.method !== 'GET' || !FILES.includes(wanted)) return;
  event.respondWith(fetch(request).catch(async () => (await caches.match(wanted)) ?? Response.error()));
});
