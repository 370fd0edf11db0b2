// Server-Sent Events over fetch, because EventSource can't send an Authorization header.

/** Yields `{ id, event, data, retry }` of a streaming response until it ends. */
export async function* readEvents(response) {
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = '';
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      const frames = (rest + value).split(/\r?\n\r?\n/);
      rest = frames.pop();
      for (const frame of frames) yield parseFrame(frame);
    }
  } finally {
    // Also when the consumer stops early: the connection must not stay open behind it.
    reader.cancel().catch(() => {});
  }
}

/** One frame's fields. A comment alone has none. */
export function parseFrame(frame) {
  const fields = { event: 'message' };
  const data = [];
  for (const line of frame.split(/\r?\n/)) {
    const [, name, value] = /^([^:]*)(?:: ?(.*))?$/.exec(line);
    if (name === 'data') data.push(value ?? '');
    else if (name === 'retry') fields.retry = Number(value);
    else if (name === 'id' || name === 'event') fields[name] = value ?? '';
  }
  if (data.length > 0) fields.data = data.join('\n');
  return fields;
}
