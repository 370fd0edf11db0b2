// One operation: what it takes, what it answers, and a form to try it.

import { element, setText } from '../base/dom.js';
import { texts } from '../texts/docs.js';
import { code } from './code.js';
import { exampleOf, typeOf } from './schema.js';

/** `session` is that of the studio, whose token "Try it" sends. */
export function operationView(operation, { description, session }) {
  const { method, path, summary, operationId, parameters = [], requestBody, security = [], responses } = operation;
  const body = requestBody?.content?.['application/json']?.schema;
  const callers = [...new Set(security.flatMap(Object.keys))];
  const node = element(
    'details',
    { class: 'panel operation', id: operationId },
    element(
      'summary',
      {},
      element('span', { class: 'method', dataset: { method } }, method),
      element('code', { class: 'path' }, path),
      element('span', { class: 'muted' }, summary ?? ''),
    ),
  );
  // Two hundred forms that nobody has opened need not be made.
  node.addEventListener(
    'toggle',
    () => {
      node.append(
        element('p', { class: 'small muted' }, texts.by(callers.map((scheme) => texts.callers[scheme] ?? scheme))),
        ...(parameters.length > 0
          ? [element('h3', {}, texts.parameters), parameterTable(parameters, description)]
          : []),
        ...(body ? [element('h3', {}, texts.body), code(typeOf(body, description), texts.bodyOf(operationId))] : []),
        element('h3', {}, texts.answers),
        answers(responses, operationId, description),
        ...(security.length === 0 || callers.includes('user')
          ? [tryIt(operation, body, { description, session })]
          : []),
      );
    },
    { once: true },
  );
  return node;
}

function parameterTable(parameters, description) {
  return element(
    'dl',
    { class: 'parameters' },
    parameters.map(({ name, in: place, schema, description: text, required }) =>
      element(
        'div',
        {},
        element('dt', {}, element('code', {}, name), texts.placeOf(place, required)),
        element('dd', {}, typeOf(schema, description), text ? `. ${text}` : ''),
      ),
    ),
  );
}

function answers(responses, operationId, description) {
  return element(
    'div',
    { class: 'answers' },
    Object.entries(responses).map(([status, response]) => {
      const schema = response.content?.['application/json']?.schema;
      return schema
        ? element(
            'div',
            {},
            element('p', {}, status),
            code(typeOf(schema, description), texts.answerOf(status, operationId)),
          )
        : element(
            'p',
            {},
            `${status} `,
            element('code', {}, response.$ref?.split('/').at(-1) ?? response.description ?? ''),
          );
    }),
  );
}

function tryIt({ method, path, operationId, parameters = [] }, body, { description, session }) {
  const fields = parameters.map(({ name, in: place }) => {
    const input = element('input', { class: 'input compact', id: `${operationId}-${name}`, autocomplete: 'off' });
    return { name, place, input };
  });
  const text = body && element('textarea', { class: 'input', id: `${operationId}-body`, spellcheck: false });
  if (text) text.value = JSON.stringify(exampleOf(body, description), null, 2);
  const answer = element('pre', {
    class: 'answer',
    tabindex: '0',
    role: 'status',
    'aria-label': texts.answer,
    hidden: true,
  });
  const send = async () => {
    const filled = (place) => fields.filter((field) => field.place === place && field.input.value.trim() !== '');
    const address = filled('path').reduce(
      (soFar, { name, input }) => soFar.replace(`{${name}}`, encodeURIComponent(input.value.trim())),
      path,
    );
    const query = new URLSearchParams(filled('query').map(({ name, input }) => [name, input.value.trim()]));
    const headers = Object.fromEntries(filled('header').map(({ name, input }) => [name, input.value.trim()]));
    if (session.user) headers.authorization = `Bearer ${await session.token()}`;
    if (text) headers['content-type'] = 'application/json';
    const response = await fetch(query.size > 0 ? `${address}?${query}` : address, {
      method,
      headers,
      body: text?.value,
    });
    const content = await response.text();
    setText(answer, `${response.status}\n${pretty(content)}`);
  };
  return element(
    'form',
    {
      class: 'try',
      'aria-label': texts.tryOf(operationId),
      onsubmit: async (event) => {
        event.preventDefault();
        answer.hidden = false;
        setText(answer, '…');
        await send().catch((problem) => setText(answer, problem.message));
      },
    },
    element('h3', {}, texts.tryIt),
    session.user ? null : element('p', { class: 'small muted' }, texts.signInFirst),
    fields.map(({ name, input }) =>
      element('div', { class: 'field' }, element('label', { for: input.id }, name), input),
    ),
    text && element('div', { class: 'field' }, element('label', { for: text.id }, texts.body), text),
    element('button', { type: 'submit', class: 'button' }, texts.send(method)),
    answer,
  );
}

function pretty(content) {
  try {
    return JSON.stringify(JSON.parse(content), null, 2);
  } catch {
    return content;
  }
}
