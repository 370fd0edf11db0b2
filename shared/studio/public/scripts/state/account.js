// What the person has and what the queues do: asked now and then, and whenever something was ordered or done.

const EVERY_MS = 20_000;

/** Emits `changed`. */
export class Account extends EventTarget {
  #client;
  #timer;
  balance = null;
  held = 0;
  spent = 0;
  queues = null;

  constructor(client) {
    super();
    this.#client = client;
    this.#timer = setInterval(() => document.hidden || this.refresh(), EVERY_MS);
  }

  stop() {
    clearInterval(this.#timer);
  }

  async refresh() {
    const [me, status] = await Promise.allSettled([this.#client.me(), this.#client.queueStatus()]);
    if (me.status === 'fulfilled') {
      const { balance, held, usage } = me.value;
      Object.assign(this, { balance, held, spent: usage.credits_spent });
    }
    if (status.status === 'fulfilled') this.queues = status.value.queues;
    this.dispatchEvent(new Event('changed'));
  }
}
