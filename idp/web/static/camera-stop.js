/**
 * How a run ends early, and why: whatever waits is woken at once, and whatever runs is cut off.
 */

/** Something the person is told: a word of the page, or the address of a page that says more. */
export class Trouble extends Error {
  constructor(word, go = null) {
    super(word);
    this.word = word;
    this.go = go;
  }
}

/** One run's end. Everything that a run waits for goes through {@link race}. */
export class Stop {
  over = false;
  #ended;
  #end;

  constructor() {
    this.#ended = new Promise((_, reject) => (this.#end = reject));
    this.#ended.catch(() => {}); // a run that nobody waits for may be stopped too
  }

  /** End the run, for a reason that the person is told. */
  now(word) {
    this.over = true;
    this.#end(new Trouble(word));
  }

  /** What `promise` comes to, unless the run is stopped first: throws its Trouble. */
  race(promise) {
    return Promise.race([this.#ended, promise]);
  }

  /** Wait (ms). */
  sleep(milliseconds) {
    return this.race(new Promise((done) => setTimeout(done, milliseconds)));
  }

  /** fetch, cut off when the run is stopped or after `within` ms. */
  async fetch(address, request, within) {
    const cut = new AbortController();
    const timer = setTimeout(() => cut.abort(), within);
    this.#ended.catch(() => cut.abort());
    try {
      const answer = await this.race(fetch(address, { ...request, signal: cut.signal }));
      return { status: answer.status, headers: answer.headers, text: await this.race(answer.text()) };
    } finally {
      clearTimeout(timer);
    }
  }
}
