// Whom the content policy refused again and again: who may not order, and letting them order again.

import { element } from '../base/dom.js';
import { ago, count, duration, moment } from '../base/format.js';
import { button, table } from '../base/table.js';
import { texts } from '../texts/admin.js';

const COLUMNS = [texts.user, texts.refusals, texts.last, texts.state, texts.actions];

/** The panel. */
export function strikesTable(users, act) {
  return table(
    texts.refusedCaption,
    COLUMNS,
    users.map((user) => rowOf(user, act)),
    texts.refusedNone,
  );
}

function rowOf({ user_id: id, strikes, last_strike_at: at, blocked_seconds: blocked, suspended }, act) {
  const name = `user ${id.slice(0, 8)}`;
  const last = new Date(at);
  return [
    id,
    count(strikes),
    element('span', { title: moment(last) }, ago(last)),
    suspended ? texts.suspended : blocked > 0 ? texts.pausedFor(duration(blocked)) : texts.mayOrder,
    suspended || blocked > 0
      ? button(texts.resume, name, () => act.forgive({ user_id: id }, name), name)
      : button(texts.suspend, name, () => act.suspend({ user_id: id }, name), name),
  ];
}
