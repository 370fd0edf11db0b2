// The service as the page uses it: the client package, with the session's tokens.

import { createClient } from '/client/index.js';

/** Everything that the signed-in user can do. */
export function serviceOf(session) {
  const client = createClient({ token: ({ refused }) => session.token(refused), keyStore: storage() });
  /** Deletes while the page is being left: without waiting for anything, not even for an answer. */
  const deleteNow = (id) => {
    const token = session.tokenNow;
    if (!token) return;
    const options = { method: 'DELETE', headers: { authorization: `Bearer ${token}` }, keepalive: true };
    fetch(`/api/assets/${id}`, options).catch(() => {});
  };
  return { client, deleteNow };
}

// Of this tab alone: the same order in two tabs is meant twice. A browser can forbid storage altogether.
function storage() {
  try {
    return sessionStorage;
  } catch {
    return undefined;
  }
}
