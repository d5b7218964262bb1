/** The operator, with a browser at `/admin`. The methods are what an operator can do and see. */

export class Operator {
  /** @param {import('./people.mjs').Tab} tab opened at `/admin` */
  constructor({ page }) {
    this.page = page;
    this.token = page.locator('[data-token]');
    this.tokenError = page.locator('[data-token-error]');
    this.notice = page.locator('[data-notice]');
    this.away = page.locator('[data-away]');
    this.toast = page.locator('[data-toast]');
    this.dialog = page.locator('[data-dialog]');
    this.dialogError = page.locator('[data-dialog-error]');
    this.rows = page.locator('tbody[data-people] > tr');
    this.bans = page.locator('ul[data-bans] > li');
    this.refusals = page.locator('ul[data-refusals] > li');
  }

  /**
   * @param {import('./people.mjs').Person} person
   * @param {{ url: string }} server
   * @param {object} [options]
   * @param {(page: import('playwright-core').Page) => Promise<void>} [options.prepare] what to do before it opens
   */
  static async open(person, server, options) {
    return new Operator(await person.open(`${server.url}/admin`, options));
  }

  /** @param {string} token */
  async signIn(token) {
    await this.token.fill(token);
    await this.token.press('Enter');
  }

  /** Waits until live figures have come. */
  async isInside() {
    await this.page.locator('.total-value').first().waitFor();
  }

  /** @param {string} name */
  row(name) {
    return this.rows.filter({ has: this.page.locator('bdi', { hasText: name }) });
  }

  /**
   * @param {string} name
   * @param {'kick' | 'ban'} what
   */
  async openDialog(name, what) {
    await this.row(name).locator(`[data-part="${what}"]`).click();
    await this.dialog.waitFor();
  }

  confirm() {
    return this.page.locator('[data-dialog-do]').click();
  }
}
