// Whom the content policy refused again and again: who may not order, and letting them order again.

import { element } from '../base/dom.js';
import { ago, count, duration, moment } from '../base/format.js';
import { button, table } from '../base/table.js';

const COLUMNS = ['User', 'Refusals', 'Last', 'State', 'Actions'];

/** The panel. */
export function strikesTable(users, act) {
  return table(
    'Refused by the content policy',
    COLUMNS,
    users.map((user) => rowOf(user, act)),
    'Nobody was refused.',
  );
}

function rowOf({ user_id: id, strikes, last_strike_at: at, blocked_seconds: blocked, suspended }, act) {
  const name = `user ${id.slice(0, 8)}`;
  const last = new Date(at);
  return [
    id,
    count(strikes),
    element('span', { title: moment(last) }, ago(last)),
    suspended ? 'suspended' : blocked > 0 ? `paused for ${duration(blocked)}` : 'may order',
    suspended || blocked > 0
      ? button('Resume', name, () => act.resume({ user_id: id }, name))
      : button('Suspend', name, () => act.suspend({ user_id: id }, name)),
  ];
}
