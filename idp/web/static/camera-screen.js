/**
 * What is seen: one screen at a time, and while the camera runs one instruction at a time. No sentence is made here.
 */

/** No light changes sooner than this (ms): at most two changes a second, below what harms (WCAG 2.3.1). */
const CALM = 500;
const COLOURS = ["white", "red", "green", "blue"];

export class Screen {
  #root;
  #words = new Map();
  #colour = null;
  #changed = -CALM;
  #timer = 0;
  #movement;
  #done = 0;

  constructor(root) {
    this.#root = root;
    this.dialog = root.querySelector("dialog");
    this.video = root.querySelector("video");
    for (const word of root.querySelectorAll("[data-word]")) this.#words.set(word.dataset.word, word.textContent.trim());
  }

  /** Show one screen and hide the others; answers what it says, where it is one sentence. */
  show(name) {
    const inside = name === "live" || name === "opening" || name === "checking";
    if (inside && !this.dialog.open) this.dialog.showModal();
    if (!inside && this.dialog.open) this.dialog.close();
    this.dialog.dataset.phase = name;
    if (name !== "live") this.#shine(null, true);
    for (const part of this.#root.querySelectorAll("[data-screen]")) part.hidden = part.dataset.screen !== name;
    if (inside && name !== "live") {
      this.#movement = undefined;
      this.#done = 0;
      this.#write("instruction", this.#words.get(name));
      this.#write("hint", "");
    }
    return this.#words.get(name) ?? "";
  }

  /** The mirror. */
  live(stream) {
    this.video.srcObject = stream;
    this.video.play().catch(() => {}); // a mirror that stands still is no reason to stop
    this.show("live");
  }

  /** Whether there is something to say by this word. */
  knows(word) {
    return [...this.#root.querySelectorAll("[data-trouble]")].some((told) => told.dataset.trouble === word);
  }

  /** What happened, and what to do. A word that nobody knows, perhaps out of an address, is a fault. */
  trouble(unchecked) {
    const word = this.knows(unchecked) ? unchecked : "failed";
    this.show("trouble");
    for (const each of this.#root.querySelectorAll("[data-trouble]")) each.hidden = each.dataset.trouble !== word;
    const again = this.#root.querySelector("[data-again]");
    again.hidden = word === "unsupported" || word === "cannot"; // it would end the same way
    const told = this.#root.querySelector(`[data-trouble="${word}"]`);
    told.focus(); // so that a screen reader and the keyboard go on from here
    told.scrollIntoView({ block: "center" });
  }

  /** That it goes on by itself, or nothing. */
  state(word) {
    this.#write("state", word ? this.#words.get(word) : "");
  }

  /** What the person is to do now; answers the sentence when it is a new one, to be spoken. */
  shown({ movement, colour, hint, done, steps }) {
    this.#shine(colour);
    this.#dots(done, steps);
    this.#write("hint", hint ? this.#words.get(`hint.${hint}`) : "");
    this.#root.querySelector("[data-arrow]").dataset.arrow = movement ?? "";
    const praised = done > this.#done;
    this.#done = done;
    if (movement === this.#movement && !praised) return "";
    this.#movement = movement;
    const sentence = this.#words.get(movement ?? "straight");
    this.#write("instruction", sentence);
    return praised ? `${this.#words.get("well_done")} ${sentence}` : sentence;
  }

  #write(part, text) {
    const place = this.#root.querySelector(`[data-part=${part}]`);
    if (place.textContent !== text) place.textContent = text; // said again by a screen reader only when it is new
  }

  #dots(done, steps) {
    const list = this.#root.querySelector("[data-part=dots]");
    const dots = Array.from({ length: steps }, (_, place) => {
      const dot = document.createElement("span");
      dot.className = place < done ? "dot dot-done" : "dot";
      return dot;
    });
    list.replaceChildren(...dots);
    const said = this.#words.get("progress").replace("{done}", done).replace("{steps}", steps);
    list.setAttribute("aria-label", said);
  }

  /** Colour the whole screen, by a class; a change that comes too soon after another waits, unless it is the end. */
  #shine(colour, end = false) {
    clearTimeout(this.#timer);
    if (colour === this.#colour) return;
    const early = this.#changed + CALM - performance.now();
    if (early > 0 && !end) {
      this.#timer = setTimeout(() => this.#shine(colour), early);
      return;
    }
    this.#colour = colour;
    this.#changed = performance.now();
    for (const name of COLOURS) this.dialog.classList.toggle(`light-${name}`, name === colour);
  }
}
