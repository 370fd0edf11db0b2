// The page for those who are not signed in.

import { element, setText } from '../base/dom.js';
import { whileResting } from '../base/focus.js';
import { explain } from '../net/problem.js';
import { texts } from '../texts/shell.js';

/** The form. `isLocal` says that this is a local stack, where any address and password will do. */
export function signInView(session, { isLocal }) {
  const email = element('input', {
    id: 'email',
    class: 'input',
    type: 'email',
    name: 'email',
    autocomplete: 'email',
    required: true,
  });
  const password = element('input', {
    id: 'password',
    class: 'input',
    type: 'password',
    name: 'password',
    autocomplete: 'current-password',
    required: true,
  });
  const message = element('div', { class: 'message error', role: 'alert', hidden: true });
  const submit = element('button', { type: 'submit', class: 'button primary large' }, texts.signIn);
  const create = element('button', { type: 'button', class: 'button link' }, texts.createAnAccount);

  const attempt = async (work) => {
    if (!form.reportValidity()) return;
    message.hidden = true;
    try {
      await whileResting([submit, create], () => work(email.value.trim(), password.value));
    } catch (problem) {
      const { what, action } = explain(problem);
      say(`${what}${action ? ` ${action}` : ''}`, 'error');
    }
  };
  const say = (text, kind) => {
    message.className = kind === 'error' ? 'message error' : 'message';
    setText(message, text);
    message.hidden = false;
  };

  const form = element(
    'form',
    {
      novalidate: false,
      onsubmit: (event) => {
        event.preventDefault();
        attempt((address, secret) => session.signIn(address, secret));
      },
    },
    element('div', { class: 'field' }, element('label', { for: 'email' }, texts.email), email),
    element('div', { class: 'field' }, element('label', { for: 'password' }, texts.password), password),
    message,
    submit,
    isLocal
      ? element('p', { class: 'small muted' }, texts.localStack)
      : element('p', { class: 'small muted' }, texts.newHere, create),
  );
  create.addEventListener('click', () =>
    attempt(async (address, secret) => {
      if (!(await session.signUp(address, secret))) say(texts.confirmMail);
    }),
  );

  return element(
    'main',
    { id: 'main', class: 'sign-in', tabindex: '-1' },
    element(
      'div',
      { class: 'sign-in-form' },
      element('p', { class: 'brand' }, element('img', { src: '/favicon.svg', alt: '' }), 'OurVidz'),
      element('div', {}, element('h1', {}, texts.promise), element('p', { class: 'lead' }, texts.promiseWhat)),
      form,
    ),
    element('div', { class: 'sign-in-art' }, element('img', { src: '/images/dunes.svg', alt: '' })),
  );
}
