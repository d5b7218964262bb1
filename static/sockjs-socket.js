/**
 * A SockJS session that looks like a WebSocket, so that whoever uses one need not know. Its code is loaded only when it
 * is needed; until then the socket is connecting.
 */

/** What stands for "no close frame was seen". */
const ABNORMAL = 1006;
/**
 * Streaming first: one request carries many lines. WebSocket is not among them, since it was tried before; nor are the
 * ways that need another origin.
 */
const TRANSPORTS = ['xhr-streaming', 'eventsource', 'xhr-polling'];

/** @typedef {{ readyState: number, transport: string | null, send(data: string): void, close(code?: number, reason?: string): void,
 *   onopen: (() => void) | null, onmessage: ((event: { data: string }) => void) | null,
 *   onclose: ((event: { code: number, reason: string }) => void) | null }} SockJsSession */
/** @typedef {new (url: string, reserved: null, options: { transports: string[] }) => SockJsSession} SockJsConstructor */

/** @type {() => Promise<SockJsConstructor>} */
async function load() {
  await import('./vendor/sockjs.js');
  return /** @type {any} */ (globalThis).SockJS;
}

export class SockJsSocket extends EventTarget {
  /** @type {SockJsSession | null} */
  #session = null;
  #state = 0;
  bufferedAmount = 0;
  extensions = '';
  /** @type {((event: Event) => void) | null} */
  onopen = null;
  /** @type {((event: MessageEvent) => void) | null} */
  onmessage = null;
  /** @type {((event: CloseEvent) => void) | null} */
  onclose = null;

  /**
   * @param {string} url http or https, with whatever a handshake would say
   * @param {string} protocol the sub-protocol, which SockJS carries in the address
   * @param {() => Promise<SockJsConstructor>} [loaded]
   */
  constructor(url, protocol, loaded = load) {
    super();
    const address = new URL(url);
    address.searchParams.set('protocol', protocol);
    this.url = address.href;
    this.protocol = protocol;
    void this.#begin(loaded);
  }

  /** @param {() => Promise<SockJsConstructor>} loaded */
  async #begin(loaded) {
    try {
      const SockJS = await loaded();
      if (this.#state !== 0) return;
      const session = new SockJS(this.url, null, { transports: TRANSPORTS });
      this.#session = session;
      session.onopen = () => this.#opened();
      session.onmessage = ({ data }) => this.#emit(new MessageEvent('message', { data }));
      session.onclose = ({ code, reason }) => this.#closed(code, reason);
    } catch {
      this.#closed(ABNORMAL, '');
    }
  }

  get readyState() {
    return this.#state;
  }

  /** How it travels: `xhr-streaming` for instance; empty before that is known. */
  get transport() {
    return this.#session?.transport ?? '';
  }

  /** @param {string} data only text can be sent */
  send(data) {
    if (this.#state === 0) throw new DOMException('still connecting', 'InvalidStateError');
    if (this.#state === 1 && typeof data === 'string') this.#session?.send(data);
  }

  /**
   * @param {number} [code]
   * @param {string} [reason]
   */
  close(code = 1000, reason = '') {
    if (this.#state >= 2) return;
    this.#state = 2;
    if (this.#session) this.#session.close(code, reason);
    else this.#closed(ABNORMAL, '');
  }

  #opened() {
    this.#state = 1;
    this.#emit(new Event('open'));
  }

  /**
   * @param {number} code
   * @param {string} reason
   */
  #closed(code, reason) {
    if (this.#state === 3) return;
    this.#state = 3;
    // These are SockJS' own: that the connection was interrupted, or never came about. The server means others.
    const isLost = code === 1002 || (code >= 2000 && code < 3000);
    const event = { code: isLost ? ABNORMAL : code, reason, wasClean: !isLost && code !== ABNORMAL };
    this.#emit(new CloseEvent('close', event));
  }

  /** @param {Event} event */
  #emit(event) {
    if (event.type === 'open') this.onopen?.(event);
    if (event instanceof MessageEvent) this.onmessage?.(event);
    if (event instanceof CloseEvent) this.onclose?.(event);
    this.dispatchEvent(event);
  }
}
