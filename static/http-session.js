/**
 * The HTTP session: who this browser is, and how it becomes or stops being somebody. No DOM, no state.
 *
 * The address is relative to the page, since the server may live under a path of its own. The cookie is the browser's
 * and the server's affair; no script sees it.
 *
 * @import { Refusal, Visitor } from './types.d.ts'
 */

const ADDRESS = 'session';
/** Milliseconds until a request counts as unanswered. */
const TIMEOUT = 10_000;

/**
 * Who this browser is: `null` is nobody, a refusal means that it could not be learned.
 *
 * @returns {Promise<{ user: Visitor | null } | { refusal: Refusal }>}
 */
export async function whoAmI() {
  const answer = await request('GET');
  if ('refusal' in answer) return answer.refusal.status === 401 ? { user: null } : answer;
  return { user: answer.body };
}

/**
 * Takes a name.
 *
 * @param {string} name
 * @returns {Promise<{ user: Visitor } | { refusal: Refusal }>}
 */
export async function takeName(name) {
  const answer = await request('POST', { name });
  return 'refusal' in answer ? answer : { user: answer.body };
}

/**
 * Logs out, and with it every tab of this browser. Whoever was nobody already is fine, too.
 *
 * @returns {Promise<{ refusal: Refusal } | null>}
 */
export async function logOut() {
  const answer = await request('DELETE');
  return 'refusal' in answer && answer.refusal.status !== 401 ? answer : null;
}

/**
 * @param {'GET' | 'POST' | 'DELETE'} method
 * @param {object} [body]
 * @returns {Promise<{ body: any } | { refusal: Refusal }>}
 */
async function request(method, body) {
  try {
    const response = await fetch(ADDRESS, {
      method,
      headers: body ? { accept: 'application/json', 'content-type': 'application/json' } : { accept: 'application/json' },
      body: body ? JSON.stringify(body) : null,
      credentials: 'same-origin',
      cache: 'no-store',
      signal: AbortSignal.timeout(TIMEOUT),
    });
    // A proxy in between may answer with something that is no JSON at all.
    const answer = await response.json().catch(() => null);
    if (response.ok) return { body: answer };
    const { code, message } = answer ?? {};
    return { refusal: { status: response.status, code: String(code ?? ''), message: String(message ?? '') } };
  } catch {
    return { refusal: { status: 0, code: 'unreachable', message: '' } };
  }
}
