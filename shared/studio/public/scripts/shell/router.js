// Which place the address names: `#/` is the workspace, `#/library?kind=video` the library with its filters, `#/account`
// the account.

import { NO_FILTERS } from '../state/library.js';

const WORKSPACE = '#/';
const LIBRARY = '#/library';
const ACCOUNT = '#/account';

/** `{ place, filters }` of an address; the place is `nowhere` where there is none. A filter that it does not name is as at first. */
export function placeOf(hash) {
  const [path, search = ''] = hash.split('?');
  if (['', '#', WORKSPACE].includes(path)) return { place: 'workspace' };
  if (path === ACCOUNT) return { place: 'account' };
  if (path !== LIBRARY) return { place: 'nowhere' };
  const query = new URLSearchParams(search);
  const filters = Object.fromEntries(
    Object.entries(NO_FILTERS).map(([name, first]) => [name, query.get(name) ?? first]),
  );
  return { place: 'library', filters };
}

/** The address of a place. */
export function addressOf({ place, filters = NO_FILTERS }) {
  if (place === 'account') return ACCOUNT;
  if (place !== 'library') return WORKSPACE;
  const query = new URLSearchParams(Object.entries(filters).filter(([name, value]) => value !== NO_FILTERS[name]));
  return query.size > 0 ? `${LIBRARY}?${query}` : LIBRARY;
}
