// The words that the person has for pictures and videos. There are some hundred at most, so all of them are kept.

/** Emits `changed`. */
export class Tags extends EventTarget {
  #client;
  all = [];

  constructor(client) {
    super();
    this.#client = client;
  }

  async load() {
    this.all = await this.#client.tags();
    this.dispatchEvent(new Event('changed'));
  }
}
