// The page for those who are not signed in.

import { element, setText } from '../base/dom.js';
import { explain } from '../net/problem.js';

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
  const submit = element('button', { type: 'submit', class: 'button primary large' }, 'Sign in');
  const create = element('button', { type: 'button', class: 'button link' }, 'Create an account');

  const attempt = async (work) => {
    if (!form.reportValidity()) return;
    submit.disabled = create.disabled = true;
    message.hidden = true;
    try {
      await work(email.value.trim(), password.value);
    } catch (problem) {
      const { what, action } = explain(problem);
      say(`${what}${action ? ` ${action}` : ''}`, 'error');
    } finally {
      submit.disabled = create.disabled = false;
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
    element('div', { class: 'field' }, element('label', { for: 'email' }, 'Email'), email),
    element('div', { class: 'field' }, element('label', { for: 'password' }, 'Password'), password),
    message,
    submit,
    isLocal
      ? element('p', { class: 'small muted' }, 'This is a local stack: any address and password make an account.')
      : element('p', { class: 'small muted' }, 'New here? ', create),
  );
  create.addEventListener('click', () =>
    attempt(async (address, secret) => {
      if (!(await session.signUp(address, secret))) say('Check your mail to confirm the address, then sign in.');
    }),
  );

  return element(
    'main',
    { id: 'main', class: 'sign-in', tabindex: '-1' },
    element(
      'div',
      { class: 'sign-in-form' },
      element('p', { class: 'brand' }, element('img', { src: '/favicon.svg', alt: '' }), 'OurVidz'),
      element(
        'div',
        {},
        element('h1', {}, 'Pictures and videos from a sentence.'),
        element('p', { class: 'lead' }, 'Describe what you want to see. Watch it being made, keep what you like.'),
      ),
      form,
    ),
    element('div', { class: 'sign-in-art' }, element('img', { src: '/images/dunes.svg', alt: '' })),
  );
}
