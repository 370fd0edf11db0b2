// Phoenix's messages as supabase-js speaks them: objects in version 1.0.0, arrays in 2.0.0.

/** The versions that a client may ask for with `vsn`. */
export const VERSIONS = Object.freeze(['1.0.0', '2.0.0']);

// Phoenix's topics and Supabase's channel names are short; what comes back to a client must not grow by them.
const MAX_NAME_LENGTH = 255;

/** `{ joinRef, ref, topic, event, payload }` of a text from a client, or null when it is none. */
export function decode(text, version) {
  let message;
  try {
    message = JSON.parse(text);
  } catch {
    return null;
  }
  const { join_ref: joinRef = null, ref = null, topic, event, payload } = fields(message, version);
  const names = [topic, event].every((name) => typeof name === 'string' && name.length <= MAX_NAME_LENGTH);
  const refs = [joinRef, ref].every((name) => name === null || isRef(name));
  return names && refs ? { joinRef, ref, topic, event, payload: isObject(payload) ? payload : {} } : null;
}

/** A message to a client. */
export function encode({ joinRef = null, ref = null, topic, event, payload }, version) {
  return JSON.stringify(version === '1.0.0' ? { topic, event, payload, ref } : [joinRef, ref, topic, event, payload]);
}

function fields(message, version) {
  if (version === '1.0.0') return isObject(message) ? message : {};
  if (!Array.isArray(message)) return {};
  const [join_ref, ref, topic, event, payload] = message;
  return { join_ref, ref, topic, event, payload };
}

function isRef(name) {
  return typeof name === 'string' && name.length <= MAX_NAME_LENGTH;
}

function isObject(value) {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
