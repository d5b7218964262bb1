/**
 * The real server, for the tests that drive a browser.
 *
 * `TERTULIA_BIN` names another binary than `target/debug/tertulia`; `TEST_LOG` shows what it logs.
 */

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';

const BINARY = path.resolve(process.env.TERTULIA_BIN ?? path.join(import.meta.dirname, '../../target/debug/tertulia'));
/** Milliseconds after which a server that does not start, or does not stop, fails the test. */
const PATIENCE = 20_000;

/** Short times, so that no test waits for long. @type {Record<string, string>} */
const DEFAULTS = { '--presence-grace': '300ms', '--shutdown-timeout': '5s' };

/**
 * Starts a server on a free port with a data directory of its own.
 *
 * @param {string[]} [options] of the command line, over the defaults
 */
export async function startServer(options = []) {
  const directory = await mkdtemp(path.join(tmpdir(), 'tertulia-'));
  const defaults = Object.entries(DEFAULTS).filter(([name]) => !options.includes(name));
  const running = new Server(directory, [...defaults.flat(), ...options]);
  await running.start('127.0.0.1:0');
  return running;
}

class Server {
  /** @type {import('node:child_process').ChildProcess | null} */
  #process = null;
  #directory;
  #options;
  /** Where it listens: `http://127.0.0.1:PORT`, with `https:` if the options name a certificate. */
  url = '';
  /** What it has logged so far. */
  log = '';

  /**
   * @param {string} directory
   * @param {string[]} options
   */
  constructor(directory, options) {
    this.#directory = directory;
    this.#options = options;
  }

  /** @param {string} bind */
  async start(bind) {
    const started = spawn(BINARY, ['--bind', bind, '--data-dir', this.#directory, ...this.#options], {
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.#process = started;
    started.stderr.setEncoding('utf8').on('data', (text) => {
      this.log += text;
      if (process.env.TEST_LOG) process.stderr.write(text);
    });
    this.url = await firstAddress(started);
  }

  /**
   * Ends the process, `SIGTERM` in good order and `SIGKILL` without a word, and waits until it is gone.
   *
   * @param {NodeJS.Signals} [signal]
   */
  async stop(signal = 'SIGTERM') {
    const stopping = this.#process;
    this.#process = null;
    if (!stopping || stopping.exitCode !== null || stopping.signalCode !== null) return;
    const gone = once(stopping, 'exit', { signal: AbortSignal.timeout(PATIENCE) });
    stopping.kill(signal);
    await gone;
  }

  /** Stops it in its tracks: it lives, and does nothing, until `thaw()` or `stop('SIGKILL')`. */
  freeze() {
    this.#process?.kill('SIGSTOP');
  }

  thaw() {
    this.#process?.kill('SIGCONT');
  }

  /** What signs in to the operator's view. */
  async adminToken() {
    return (await readFile(path.join(this.#directory, 'admin-token'), 'utf8')).trim();
  }

  /**
   * The same address, the same data.
   *
   * @param {string[]} [options] further ones, from now on
   */
  async startAgain(options = []) {
    this.#options.push(...options);
    await this.start(new URL(this.url).host);
  }

  /** Ends it, and takes its data away. */
  async remove() {
    await this.stop('SIGKILL');
    await rm(this.#directory, { recursive: true, force: true });
  }
}

/**
 * The address in the first line that the server prints.
 *
 * @param {import('node:child_process').ChildProcess} started
 * @returns {Promise<string>}
 */
async function firstAddress(started) {
  if (!started.stdout) throw new Error('the server was spawned with a pipe for its output');
  const lines = createInterface({ input: started.stdout });
  const ended = once(started, 'exit').then(([code]) => {
    throw new Error(`${BINARY} ended with ${code} before it listened`);
  });
  const [line] = await Promise.race([once(lines, 'line', { signal: AbortSignal.timeout(PATIENCE) }), ended]);
  const address = /^tertulia is listening on (https?:\/\/\S+)$/.exec(line)?.[1];
  if (!address) throw new Error(`the server's first line is "${line}"`);
  // From here on the end of the process is the test's own doing.
  ended.catch(() => {});
  return address;
}
