// What became of the webhooks of one's own jobs.

import { notice } from '../base/announce.js';
import { attempt } from '../shell/attempt.js';
import { texts } from '../texts/account.js';
import { deliveryList } from '../webhooks/delivery-list.js';

/** `node`, hidden while there are none, and `load()`. */
export function webhooksPanel(client) {
  const list = deliveryList({
    caption: texts.webhookDeliveries,
    read: ({ status, cursor }) => client.webhooks.deliveries({ status }).page(cursor),
    sendAgain: async ({ id }) => {
      await client.webhooks.redeliver(id);
      notice(texts.sentAgain);
    },
    attempt,
  });
  list.node.hidden = true;
  return {
    node: list.node,
    async load() {
      await list.refresh();
      // Most people have no server that is told.
      list.node.hidden = list.isEmpty();
    },
  };
}
