/**
 * What the experiments do to this page's socket and to the server. Each gives nothing, or the word that says why it cannot
 * be done now.
 *
 * @import { Deed, LabTools, Model, Rule, TrialName } from './types.d.ts'
 */

import { FEEDS, floodSize, overlongSize } from './trials.js';

/** Handed to a command that ends too early. */
const HALF_A_COMMAND = '{"type":"say","text":"half a';
/** The cheapest command that nobody is told of. */
const SMALL = '{"type":"typing"}';

/**
 * @param {LabTools} tools
 * @param {() => Model} model
 * @param {() => Rule} rule the one that is to be broken
 * @param {(isOpen: boolean) => void} knocked
 * @returns {Record<TrialName, Deed>}
 */
export function deeds(tools, model, rule, knocked) {
  /** @param {(socket: WebSocket) => void} act */
  const onSocket = (act) => () => {
    const socket = tools.tape()?.socket;
    if (socket?.readyState !== WebSocket.OPEN) return 'saw-not-open';
    act(socket);
    return null;
  };
  /** @param {() => object} command */
  const ask = (command) => onSocket((socket) => socket.send(JSON.stringify({ type: 'lab', ...command() })));
  return {
    close: onSocket((socket) => socket.close(1000)),
    vanish: ask(() => ({ do: 'vanish' })),
    deaf: ask(() => ({ do: 'deafen' })),
    feed: ask(() => ({ do: 'feed', bytes: FEEDS[rule()] })),
    text: onSocket((socket) => socket.send('{"type":"server-time"}')),
    json: onSocket((socket) => socket.send(HALF_A_COMMAND)),
    binary: onSocket((socket) => socket.send(new Uint8Array([0x62, 0x69, 0x6e]))),
    long: onSocket((socket) => socket.send('x'.repeat(overlongSize(model()) ?? 0))),
    flood: onSocket((socket) => {
      for (let left = floodSize(model()) ?? 0; left > 0; left -= 1) socket.send(SMALL);
    }),
    tab: () => {
      // Without an opener, or the new tab would begin with this one's storage.
      window.open(location.href, '_blank', 'noopener');
      return null;
    },
    origin: () => {
      const address = model().watch?.foreign;
      if (!address) return 'trial-origin-none';
      knock(address, knocked);
      return null;
    },
  };
}

/**
 * Asks for a socket as a stranger. Should it open, it is closed again: it is only to see the answer.
 *
 * @param {string} address
 * @param {(isOpen: boolean) => void} knocked
 */
function knock(address, knocked) {
  const stranger = new WebSocket(address);
  stranger.addEventListener('open', () => {
    knocked(true);
    stranger.close(1000);
  });
  stranger.addEventListener('error', () => knocked(false));
}
