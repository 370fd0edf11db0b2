// The account: what credits were spent on, keys for programs, and what belongs to the person.

import { element } from '../base/dom.js';
import { texts } from '../texts/account.js';
import { dataPanel } from './data.js';
import { keysPanel } from './keys.js';
import { ledgerPanel } from './ledger.js';
import { webhooksPanel } from './webhooks.js';

/** `node`, and `show()`, which brings it up to date. `deleted()` is called when everything of the person was deleted. */
export function accountView({ client, account, email, deleted }) {
  const ledger = ledgerPanel(client, account);
  const keys = keysPanel(client);
  const webhooks = webhooksPanel(client);
  const data = dataPanel(client, { deleted });
  return {
    node: element(
      'div',
      { class: 'account-parts' },
      element('p', { class: 'muted' }, texts.signedInAs(email)),
      ledger.node,
      keys.node,
      webhooks.node,
      data.node,
    ),
    async show() {
      await Promise.all([account.refresh(), ledger.load(), keys.load(), webhooks.load()]);
    },
    stop() {
      ledger.stop();
      data.stop();
    },
  };
}
