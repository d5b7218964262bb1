/**
 * What the operator's view asks of the server (docs/admin.md). No DOM, no state.
 *
 * @import { Ban, Failure, RefusalRow, Sample, ServerState, Setting, UserList } from './types.d.ts'
 */

/** Milliseconds until a request counts as unanswered. The server itself gives up after two seconds. */
const TIMEOUT = 6000;

/** A request that was not granted, or not answered. */
export class Refused extends Error {
  /** @param {Failure} failure */
  constructor(failure) {
    super(failure.message);
    this.failure = failure;
  }
}

/**
 * @param {string} address relative to the page
 * @param {'GET' | 'POST' | 'DELETE'} [method]
 * @param {object} [body]
 * @returns {Promise<any>}
 * @throws {Refused}
 */
async function ask(address, method = 'GET', body) {
  /** @type {Response} */
  let response;
  try {
    response = await fetch(address, {
      method,
      headers: body ? { accept: 'application/json', 'content-type': 'application/json' } : { accept: 'application/json' },
      body: body ? JSON.stringify(body) : null,
      credentials: 'same-origin',
      cache: 'no-store',
      signal: AbortSignal.timeout(TIMEOUT),
    });
  } catch {
    throw new Refused({ status: 0, code: 'unreachable', message: '', own: false, others: 0 });
  }
  // A proxy in between may answer with something that is no JSON at all.
  const answer = await response.json().catch(() => null);
  if (response.ok) return answer;
  const { code, message, own, others } = answer ?? {};
  throw new Refused({
    status: response.status,
    code: String(code ?? ''),
    message: String(message ?? ''),
    own: own === true,
    others: Number(others ?? 0),
  });
}

/** @param {string} token */
export const signIn = (token) => ask('login', 'POST', { token });

export const signOut = () => ask('logout', 'POST');

/** @returns {Promise<ServerState>} */
export const askState = () => ask('api/state');

/**
 * @param {number} after the number of a sample
 * @returns {Promise<{ epoch: string, samples: Sample[] }>}
 */
export const askSamples = (after) => ask(`api/samples?after=${after}`);

/**
 * @param {string} query
 * @param {number} offset
 * @param {number} limit
 * @returns {Promise<UserList>}
 */
export const askUsers = (query, offset, limit) =>
  ask(`api/users?${new URLSearchParams({ query, offset: String(offset), limit: String(limit) })}`);

/**
 * @param {string} user
 * @param {string} reason
 * @returns {Promise<{ sockets: number }>}
 */
export const kick = (user, reason) => ask('api/kick', 'POST', reason ? { user, reason } : { user });

/**
 * @param {{ user?: string, address?: string, reason?: string, until: string | null, force?: boolean }} wanted
 * @returns {Promise<{ bans: Ban[], sockets: number }>}
 */
export const ban = (wanted) => ask('api/bans', 'POST', wanted);

/** @returns {Promise<{ bans: Ban[] }>} */
export const askBans = () => ask('api/bans');

/** @param {number} id */
export const liftBan = (id) => ask(`api/bans/${id}`, 'DELETE');

/** @returns {Promise<{ total: number, refusals: RefusalRow[] }>} */
export const askRefusals = () => ask('api/refusals');

/** @returns {Promise<{ settings: Setting[] }>} */
export const askSettings = () => ask('api/settings');
