// A network between a client and the service that breaks when it is told to.

import { once } from 'node:events';
import http from 'node:http';

/** A proxy in front of `target`. Methods say which of the next answers get lost, and cut what is open. */
export class FlakyProxy {
  #target;
  #server;
  #lost = [];
  #open = new Set();
  /** What went through, as `METHOD /path`. */
  requests = [];

  constructor(target) {
    this.#target = new URL(target);
  }

  async start() {
    this.#server = http.createServer((request, response) => this.#forward(request, response));
    this.#server.on('connection', (socket) => {
      this.#open.add(socket);
      socket.once('close', () => this.#open.delete(socket));
    });
    this.#server.listen(0, '127.0.0.1');
    await once(this.#server, 'listening');
    return this;
  }

  get url() {
    return `http://127.0.0.1:${this.#server.address().port}`;
  }

  /** The next `times` answers whose request matches reach the service, and their answers nobody. */
  loseAnswers(pattern, times = 1) {
    this.#lost.push({ pattern, times });
  }

  /** Cuts every connection that is open now, in the middle of whatever it says. */
  cut() {
    for (const socket of this.#open) socket.destroy();
  }

  stop() {
    this.cut();
    this.#server.close();
    this.#server.closeAllConnections();
  }

  #forward(request, response) {
    const line = `${request.method} ${request.url}`;
    this.requests.push(line);
    const { hostname, port } = this.#target;
    const onward = http.request(
      { hostname, port, method: request.method, path: request.url, headers: request.headers },
      (answer) => {
        const loss = this.#lost.find(({ pattern, times }) => times > 0 && pattern.test(line));
        if (loss) {
          loss.times -= 1;
          answer.resume();
          answer.once('end', () => request.socket.destroy());
          return;
        }
        response.writeHead(answer.statusCode, answer.headers);
        answer.pipe(response);
      },
    );
    onward.on('error', () => request.socket.destroy());
    response.on('close', () => onward.destroy());
    request.pipe(onward);
  }
}
