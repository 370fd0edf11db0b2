// Giving credits to a user, or taking them.

import { notice } from '../base/announce.js';
import { element } from '../base/dom.js';
import { count } from '../base/format.js';
import { explain } from '../net/problem.js';
import { texts } from '../texts/admin.js';

/** The form. */
export function grantForm(operator) {
  const field = (id, label, properties) => {
    const input = element('input', { id, class: 'input', autocomplete: 'off', required: true, ...properties });
    return { input, node: element('div', { class: 'field' }, element('label', { for: id }, label), input) };
  };
  const user = field('grant-user', texts.userId, { pattern: '[0-9a-fA-F\\-]{36}' });
  const amount = field('grant-amount', texts.creditsAmount, { type: 'number', step: '1' });
  const reason = field('grant-reason', texts.reason, { maxLength: 200 });
  const give = async () => {
    const target = { user_id: user.input.value.trim(), amount: Number(amount.input.value) };
    try {
      await operator.grant(target, reason.input.value.trim());
      notice(texts.creditsBooked(count(target.amount)));
      amount.input.value = '';
    } catch (problem) {
      notice(explain(problem).what);
    }
  };
  return element(
    'section',
    { class: 'panel table-panel', 'aria-label': texts.credits },
    element('h2', {}, texts.credits),
    element(
      'form',
      {
        class: 'grant',
        onsubmit: (event) => {
          event.preventDefault();
          give();
        },
      },
      user.node,
      amount.node,
      reason.node,
      element('button', { type: 'submit', class: 'button primary' }, texts.book),
    ),
  );
}
