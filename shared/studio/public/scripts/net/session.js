// Who is signed in. Tokens come from Supabase Auth (the local stack has a gateway that speaks the same).

import { texts } from '../texts/problems.js';
import { noAnswer, Problem } from './problem.js';

const STORED_AS = 'ourvidz.session';
// Refresh this long before the token ends, so that no request carries one that ends on the way.
const REFRESH_AHEAD_MS = 60_000;
const REFRESH_LOCK = 'ourvidz.refresh';

/** The session of this browser, shared by its tabs. Tells `changed` listeners about signing in and out. */
export class Session extends EventTarget {
  #config;
  #current = null;

  constructor(config) {
    super();
    this.#config = config;
    this.#current = read();
    addEventListener('storage', (event) => {
      if (event.key === STORED_AS || event.key === null) this.#take(read());
    });
  }

  /** `{ id, email }`, or null. */
  get user() {
    return this.#current?.user ?? null;
  }

  async signIn(email, password) {
    this.#keep(await this.#ask('token?grant_type=password', { email, password }));
  }

  /** Makes an account. Returns false when it has to be confirmed by mail first. */
  async signUp(email, password) {
    const answer = await this.#ask('signup', { email, password });
    if (!answer.access_token) return false;
    this.#keep(answer);
    return true;
  }

  /** Tells `ending` listeners first, who can still use the token. */
  async signOut() {
    this.dispatchEvent(new Event('ending'));
    const token = this.#current?.accessToken;
    this.#keep(null);
    // The browser forgets in any case; the server is told as a courtesy.
    if (token) await this.#ask('logout', {}, token).catch(() => {});
  }

  /**
   * A token that is valid for a while, and another one than that which was refused. Throws a `Problem` when
   * nobody is signed in any more.
   */
  async token(refused) {
    // The keys have changed, say: its time is over before it has come.
    if (refused !== undefined && this.#current?.accessToken === refused)
      this.#current = { ...this.#current, expiresAt: 0 };
    if (this.#isFresh()) return this.#current.accessToken;
    // A refresh token can be used once, so only one tab may use it.
    await withLock(REFRESH_LOCK, () => this.#refresh());
    return this.#current.accessToken;
  }

  /** The token as it is, for a request that cannot wait for a fresh one. */
  get tokenNow() {
    return this.#current?.accessToken;
  }

  #isFresh() {
    return this.#current !== null && this.#current.expiresAt - Date.now() > REFRESH_AHEAD_MS;
  }

  async #refresh() {
    const stored = read();
    // Another tab may have done it while this one waited for the lock.
    if (stored && stored.accessToken !== this.#current?.accessToken) this.#take(stored);
    if (this.#isFresh()) return;
    const refreshToken = this.#current?.refreshToken;
    if (!refreshToken) throw signedOut();
    try {
      this.#keep(await this.#ask('token?grant_type=refresh_token', { refresh_token: refreshToken }));
    } catch (problem) {
      if (problem.status === 0 || problem.status >= 500) throw problem;
      this.#keep(null);
      throw signedOut();
    }
  }

  async #ask(path, body, token) {
    const { supabaseUrl, supabaseAnonKey } = this.#config;
    const headers = { 'content-type': 'application/json', apikey: supabaseAnonKey };
    if (token) headers.authorization = `Bearer ${token}`;
    let response;
    try {
      response = await fetch(`${supabaseUrl}/auth/v1/${path}`, { method: 'POST', headers, body: JSON.stringify(body) });
    } catch {
      throw noAnswer();
    }
    const answer = await response.json().catch(() => ({}));
    if (response.ok) return answer;
    throw new Problem({
      code: answer.error_code ?? 'sign_in',
      message: answer.msg ?? answer.error_description ?? answer.message ?? texts.signInFailed,
      status: response.status,
    });
  }

  #keep(answer) {
    const session = answer && {
      accessToken: answer.access_token,
      refreshToken: answer.refresh_token,
      expiresAt: Date.now() + answer.expires_in * 1000,
      user: { id: answer.user.id, email: answer.user.email },
    };
    write(session);
    this.#take(session);
  }

  #take(session) {
    const before = this.user?.id;
    this.#current = session;
    if (before !== this.user?.id) this.dispatchEvent(new Event('changed'));
  }
}

function signedOut() {
  return new Problem({ code: 'unauthorized', message: texts.signedOut, status: 401 });
}

function withLock(name, work) {
  return navigator.locks ? navigator.locks.request(name, work) : work();
}

// Storage can be off or hold anything; then nobody is signed in after a reload.
function read() {
  try {
    const session = JSON.parse(localStorage.getItem(STORED_AS));
    return session?.accessToken && session.user?.id ? session : null;
  } catch {
    return null;
  }
}

function write(session) {
  try {
    if (session) localStorage.setItem(STORED_AS, JSON.stringify(session));
    else localStorage.removeItem(STORED_AS);
  } catch {
    // The session lasts as long as the page.
  }
}
