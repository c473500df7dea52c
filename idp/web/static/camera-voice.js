/**
 * Says each instruction aloud where the browser can, in the language of the page; the person may switch it off.
 */

const MUTED = "camera-muted";

export class Voice {
  #button;
  #last = "";

  constructor(root) {
    this.#button = root.querySelector("[data-voice]");
    this.#button.hidden = !("speechSynthesis" in globalThis);
    this.#button.addEventListener("click", () => this.#toggle());
    this.#tell();
  }

  /** Say a sentence, instead of whatever is being said. */
  say(sentence) {
    this.#last = sentence;
    if (this.#button.hidden || this.#muted) return;
    const spoken = new SpeechSynthesisUtterance(sentence);
    spoken.lang = document.documentElement.lang;
    spoken.rate = 0.95;
    speechSynthesis.cancel();
    speechSynthesis.speak(spoken);
  }

  /** Say no more. */
  stop() {
    this.#last = "";
    if (!this.#button.hidden) speechSynthesis.cancel();
  }

  get #muted() {
    return sessionStorage.getItem(MUTED) === "1";
  }

  #toggle() {
    const repeated = this.#last;
    sessionStorage.setItem(MUTED, this.#muted ? "0" : "1");
    this.#tell();
    if (this.#muted) speechSynthesis.cancel();
    else if (repeated) this.say(repeated);
  }

  #tell() {
    this.#button.setAttribute("aria-pressed", String(!this.#muted));
  }
}
