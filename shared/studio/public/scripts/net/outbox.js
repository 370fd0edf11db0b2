// Orders on their way. The Idempotency-Key of an order is kept until its outcome is known, also over a
// reload, so that "did it go through?" is answered by sending the very same thing again.

const STORED_AS = 'ourvidz.outbox';

// After these the order may or may not exist. Every other answer is an outcome.
const UNKNOWN = new Set(['offline', 'unavailable', 'timeout', 'internal', 'idempotency_in_progress']);

export class Outbox {
  #api;
  #userId;

  constructor(api, userId) {
    this.#api = api;
    this.#userId = userId;
  }

  /** Sends an order; the same order whose outcome is still unknown goes out under its old key. */
  async submit(body) {
    const order = JSON.stringify(body);
    const key = this.#open()[order] ?? crypto.randomUUID();
    this.#write({ ...this.#open(), [order]: key });
    try {
      const answer = await this.#api.submit(body, key);
      this.#close(order);
      return answer;
    } catch (problem) {
      if (!UNKNOWN.has(problem.code)) this.#close(order);
      throw problem;
    }
  }

  #close(order) {
    const { [order]: _, ...others } = this.#open();
    this.#write(others);
  }

  #open() {
    try {
      return JSON.parse(sessionStorage.getItem(this.#name)) ?? {};
    } catch {
      return {};
    }
  }

  #write(orders) {
    try {
      sessionStorage.setItem(this.#name, JSON.stringify(orders));
    } catch {
      // Without storage the key lasts for the tries of this one call.
    }
  }

  get #name() {
    return `${STORED_AS}.${this.#userId}`;
  }
}
