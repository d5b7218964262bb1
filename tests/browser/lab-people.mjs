/** What somebody can do and see in the lab. */

/** @typedef {import('./people.mjs').Tab} Tab */
/** @typedef {import('../../static/lab/types.d.ts').TrialName} TrialName */

/**
 * Opens the lab in `tab`, and gives what one can do there.
 *
 * @param {Tab} tab
 */
export async function openLab(tab) {
  await tab.page.locator('[data-lab-open]').click();
  const lab = new Lab(tab);
  await lab.root.locator('[role="tablist"]').waitFor();
  return lab;
}

export class Lab {
  /** @param {Tab} tab */
  constructor(tab) {
    this.tab = tab;
    this.page = tab.page;
    this.root = tab.page.locator('[data-lab]');
    this.tour = this.root.locator('[data-tour]');
    this.frames = this.root.locator('[data-lab-part="frames"]');
  }

  /** @param {import('../../static/lab/types.d.ts').Tab} name */
  async show(name) {
    await this.root.locator(`#lab-tab-${name}`).click();
    await this.root.locator(`#lab-panel-${name}`).waitFor();
  }

  /** @param {boolean} isOn */
  async stayAway(isOn) {
    await this.show('try');
    await this.root.locator('[data-away]').setChecked(isOn);
  }

  /** @param {TrialName} name */
  async does(name) {
    await this.show('try');
    await this.root.locator(`[data-do="${name}"]`).click();
  }

  /**
   * Waits until what is told of an experiment matches.
   *
   * @param {TrialName} name
   * @param {RegExp} pattern
   */
  async reads(name, pattern) {
    await this.root.locator(`[data-result="${name}"] > li`, { hasText: pattern }).first().waitFor();
  }

  /** Waits until the page's newest socket is in this state. @param {string} state */
  async isIn(state) {
    await this.root.locator('.lab-states > .is-lit', { hasText: state }).waitFor();
  }

  /** Waits until the socket with this number, or a later one, is open. @param {number} count */
  async isBackAs(count) {
    await this.root.locator('.machine-said', { hasText: new RegExp(`^Socket ${count} .*OPEN`) }).waitFor();
  }

  /** Waits until a goal of the present step is reached. @param {import('../../static/lab/types.d.ts').Goal} goal */
  async reaches(goal) {
    await this.tour.locator(`[data-goal="${goal}"].is-done`).waitFor();
  }
}
