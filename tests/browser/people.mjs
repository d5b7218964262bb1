/**
 * People with browsers: one context, cookies and all, for each person. The methods are what a user can do and see.
 */

import { chromium } from 'playwright-core';

/** Milliseconds after which something that was expected counts as not happening. */
const PATIENCE = 15_000;

const BROWSER = {
  executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
  args: [
    '--no-sandbox',
    '--disable-gpu',
    '--disable-background-networking',
    '--disable-component-update',
    '--disable-default-apps',
    '--disable-sync',
    '--no-first-run',
  ],
};

/** @param {string[]} [args] further ones of its command line */
export function launchBrowser(args = []) {
  return chromium.launch({ ...BROWSER, args: [...BROWSER.args, ...args] });
}

/** A browser that `kill` ends without a word to anybody. */
export async function launchMortalBrowser() {
  const process = await chromium.launchServer(BROWSER);
  const browser = await chromium.connect(process.wsEndpoint());
  return { browser, kill: () => process.kill() };
}

/**
 * The browser itself tells the console of every answer that is no success and of every socket that fails. Where the
 * page asks who it is, or a server is down, that is as it should be.
 */
const EXPECTED = [
  /^Failed to load resource: .* \S+\/session$/,
  // Nobody has signed in yet, the token is wrong, or a ban wants to be confirmed.
  /^Failed to load resource: .* status of 4\d\d .*\/admin\/(login|api\/state|api\/bans)$/,
  // An answer that the server was to keep open has ended with the server.
  /^Failed to load resource: .*\/sockjs\//,
  /^WebSocket connection to '\S+' failed/,
];

export class Person {
  #context;
  /** What must not happen: errors, violations of the policy, requests to others. @type {string[]} */
  complaints = [];
  /** @type {Tab[]} */
  tabs = [];

  /** @param {import('playwright-core').BrowserContext} context */
  constructor(context) {
    this.#context = context;
    context.setDefaultTimeout(PATIENCE);
  }

  /**
   * Somebody new, who has not opened the page yet.
   *
   * @param {import('playwright-core').Browser} browser
   * @param {import('playwright-core').BrowserContextOptions} [options]
   */
  static async arrive(browser, options = {}) {
    return new Person(await browser.newContext({ locale: 'en-GB', viewport: { width: 1280, height: 800 }, ...options }));
  }

  /**
   * Opens the page in a tab of its own.
   *
   * @param {string} url
   * @param {object} [options]
   * @param {(page: import('playwright-core').Page) => Promise<void>} [options.prepare] what to do before it opens
   */
  async open(url, { prepare } = {}) {
    const page = await this.#context.newPage();
    this.#watch(page, new URL(url).host);
    await prepare?.(page);
    await page.goto(url);
    const tab = new Tab(page);
    this.tabs.push(tab);
    return tab;
  }

  /**
   * @param {import('playwright-core').Page} page
   * @param {string} host the only one that the page may talk to
   */
  #watch(page, host) {
    page.on('pageerror', (error) => this.complaints.push(String(error)));
    page.on('console', (message) => {
      if (message.type() !== 'error' && message.type() !== 'warning') return;
      const text = `${message.text()} ${message.location().url}`;
      if (!EXPECTED.some((pattern) => pattern.test(text))) this.complaints.push(text);
    });
    page.on('request', (request) => this.#mayTalkTo(host, request.url()));
    page.on('websocket', (socket) => this.#mayTalkTo(host, socket.url()));
    page.on('dialog', (dialog) => {
      this.complaints.push(`a script ran: ${dialog.message()}`);
      void dialog.dismiss();
    });
  }

  /**
   * @param {string} host
   * @param {string} url
   */
  #mayTalkTo(host, url) {
    if (!url.startsWith('data:') && new URL(url).host !== host) this.complaints.push(`a request to ${url}`);
  }

  /** Closes the browser, with all its tabs. */
  async depart() {
    await this.#context.close();
  }
}

export class Tab {
  /** @param {import('playwright-core').Page} page */
  constructor(page) {
    this.page = page;
    this.nameField = page.locator('[data-name]');
    this.nameError = page.locator('[data-name-error]');
    this.notice = page.locator('[data-notice]');
    this.box = page.locator('[data-text]');
    this.log = page.locator('[data-log]');
    this.people = page.locator('[data-people]');
    this.banner = page.locator('[data-banner]');
    this.retryButton = page.locator('[data-retry]');
    this.onTheirWay = page.locator('[data-pending] > *');
    this.hint = page.locator('[data-composer-hint]');
  }

  /** @param {string} name */
  async takeName(name) {
    await this.nameField.fill(name);
    await this.nameField.press('Enter');
  }

  /** @param {string} name */
  async enter(name) {
    await this.takeName(name);
    await this.isInside();
  }

  /** Waits until the list of who is here has come, which is when one can talk. */
  async isInside() {
    await this.people.locator('.person').first().waitFor({ state: 'attached' });
    await this.banner.waitFor({ state: 'hidden' });
  }

  /** @param {string} text */
  async say(text) {
    await this.box.fill(text);
    await this.box.press('Enter');
  }

  /**
   * Waits until a line with exactly this text stands in the log, and gives it.
   *
   * @param {string} text
   */
  async sees(text) {
    const line = this.log.locator('.said', { has: this.page.locator('.bubble-text', { hasText: exactly(text) }) });
    await line.waitFor();
    return line;
  }

  /**
   * Waits until the log tells, on a quiet line or a divider, what `pattern` says.
   *
   * @param {RegExp} pattern
   */
  async isTold(pattern) {
    await this.log.locator('.quiet, .divider', { hasText: pattern }).first().waitFor();
  }

  /**
   * Waits until exactly these are in the list, in its order.
   *
   * @param {string[]} names
   */
  async listShows(names) {
    await this.page.waitForFunction((names) => {
      const shown = [...document.querySelectorAll('[data-people] bdi')].map((name) => name.textContent);
      return JSON.stringify(shown) === JSON.stringify(names);
    }, names);
  }

  /**
   * Waits until every line has come, and none is on its way any more.
   *
   * @param {string[]} texts
   */
  async showsExactly(texts) {
    await this.page.waitForFunction((texts) => {
      const shown = [...document.querySelectorAll('[data-log] .bubble-text')].map((line) => line.textContent);
      const pending = document.querySelector('[data-pending]')?.childElementCount;
      return pending === 0 && JSON.stringify(shown) === JSON.stringify(texts);
    }, texts);
  }

  /** Every text in the log, in order. */
  texts() {
    return this.log.locator('.bubble-text').allTextContents();
  }

  /**
   * A headless browser hides no page by itself.
   *
   * @param {boolean} hidden
   */
  async hide(hidden) {
    await this.page.evaluate((state) => {
      Object.defineProperty(document, 'visibilityState', { value: state, configurable: true });
      document.dispatchEvent(new Event('visibilitychange'));
    }, hidden ? 'hidden' : 'visible');
  }

  /**
   * Opens the settings by the word that tells that this page talks by HTTP, and waits until they say of it what
   * `pattern` says.
   *
   * @param {RegExp} pattern
   */
  async wayIs(pattern) {
    await this.page.locator('.room-way').click();
    await this.page.locator('[data-way]', { hasText: pattern }).waitFor();
  }

  async leave() {
    await this.page.locator('[data-leave]').click();
  }

  /** Waits for the name form. */
  async isAtTheDoor() {
    await this.nameField.waitFor();
  }
}

/** @param {string} text */
function exactly(text) {
  return new RegExp(`^${text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')}$`);
}
