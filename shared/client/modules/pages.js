// Lists that come in pages, as one long list.

/** @import { Page } from './types.js' */

/**
 * A list: iterate over its items, over its `pages()`, or read one `page()` at a time.
 * @template T
 */
export class Pages {
  #read;

  /** @param {(cursor: string | undefined) => Promise<Page<T>>} read */
  constructor(read) {
    this.#read = read;
  }

  /**
   * One page: the first, or the one behind a cursor.
   * @param {string | null} [cursor]
   * @returns {Promise<Page<T>>}
   */
  page(cursor) {
    return this.#read(cursor ?? undefined);
  }

  /** @returns {AsyncGenerator<Page<T>, void, void>} */
  async *pages() {
    let cursor;
    do {
      const page = await this.#read(cursor);
      yield page;
      cursor = page.nextCursor ?? undefined;
    } while (cursor !== undefined);
  }

  /** @returns {AsyncGenerator<T, void, void>} */
  async *[Symbol.asyncIterator]() {
    for await (const page of this.pages()) yield* page.items;
  }
}

/**
 * A path with those parameters that have a value.
 * @param {string} path
 * @param {Record<string, string | number | boolean | null | undefined>} parameters
 */
export function pathWith(path, parameters) {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(parameters)) {
    if (value !== undefined && value !== null) query.set(name, `${value}`);
  }
  return query.size === 0 ? path : `${path}?${query}`;
}
