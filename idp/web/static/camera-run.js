/**
 * One run at the camera, as the server sees it: start, then frames, stop and wait, then the one picture it wants.
 *
 * One request is under way at a time, and while it is, the next pictures are taken: any round-trip time works. What got
 * no answer is sent once more as it was, and the server answers that as it did the first time.
 */

import { pack } from "./camera-frames.js";
import { Trouble } from "./camera-stop.js";

/** Pictures that make a call worth while: four calls a second on a quick line. */
const WORTH_SENDING = 3;
/** How long one call may take, and how long a lost connection or a crowd is waited for (ms). */
const ANSWER_WITHIN = 10_000;
const DECISION_WITHIN = 60_000;
const PATIENCE = 25_000;
/** The whole run (ms); the server forgets it after 180 s. */
const WHOLE_RUN = 150_000;
/** Pauses before the same is sent once more (ms). */
const PAUSES = [300, 700, 1500, 3000];

export class Run {
  /** Called with "still_busy", "still_lost" or "" (it goes on). */
  onstate = () => {};
  /** Called with what the person is to be shown. */
  onshown = () => {};
  #step = null;
  #kept = new Map(); // number → picture, of this run alone

  constructor(base, token, camera, stop) {
    this.base = base;
    this.token = token;
    this.camera = camera;
    this.stop = stop;
  }

  /** Begin. Throws Trouble, as the others do. */
  async start(without, calm) {
    const body = new URLSearchParams({ csrf_token: this.token });
    for (const movement of without) body.append("without", movement);
    if (calm) body.append("calm", "1");
    this.#take(await this.#post("start", body));
  }

  /** Send pictures until the server has enough; the number of the one that it wants. */
  async film() {
    const end = performance.now() + WHOLE_RUN;
    this.camera.run();
    while (this.#step.want === null) {
      if (this.camera.lost) throw new Trouble("no_camera");
      if (performance.now() > end) throw new Trouble("slow");
      if (this.camera.waiting < WORTH_SENDING) {
        await this.stop.sleep(20);
        continue;
      }
      const frames = this.camera.collect().map((frame, place) => ({ ...frame, seq: this.#step.next + place }));
      for (const { seq, blob } of frames) this.#kept.set(seq, blob);
      const sent = performance.now();
      this.#take(await this.#post("frames", pack(frames), "application/octet-stream"));
      this.camera.pace(performance.now() - sent);
    }
    return this.#step.want;
  }

  /** Send the wanted picture once more, which decides; the address of the page that says how. */
  async send(wanted) {
    const picture = this.#kept.get(wanted);
    if (!picture) throw new Trouble("failed");
    const answer = await this.#post("picture", picture, "image/jpeg", DECISION_WITHIN);
    return answer.go;
  }

  /** Forget every picture. */
  forget() {
    this.#kept.clear();
  }

  #take(step) {
    this.#step = step;
    this.onshown(step.shown);
  }

  /** Send until there is an answer. Throws Trouble when there is none in time, or when it leads elsewhere. */
  async #post(name, body, type = null, within = ANSWER_WITHIN) {
    const headers = { "X-CSRFToken": this.token, Accept: "application/json" };
    if (type) headers["Content-Type"] = type;
    if (this.#step) headers["X-Capture"] = this.#step.capture;
    const patient = performance.now() + Math.max(PATIENCE, within);
    const request = { method: "POST", headers, body, redirect: "error", cache: "no-store" };
    for (let tries = 0; ; tries++) {
      const answer = await this.stop.fetch(`${this.base}/${name}`, request, within).catch(rethrow);
      if (answer && answer.status !== 503) {
        this.onstate("");
        return read(answer, name);
      }
      const word = answer ? "busy" : "lost";
      const asked = 1000 * Number(answer?.headers.get("Retry-After") ?? 0);
      const pause = asked || PAUSES[Math.min(tries, PAUSES.length - 1)];
      if (performance.now() + pause > patient) throw new Trouble(word);
      this.onstate(`still_${word}`);
      await this.stop.sleep(pause);
    }
  }
}

/** Of what a request fails by, only the end of the run is passed on: the rest is asked for once more. */
function rethrow(error) {
  if (error instanceof Trouble) throw error;
  return null;
}

/** Why a run is over, by the answer's status, when the page it leads to is this one and cannot tell. */
const WHY = { 409: "over", 429: "" };

/** What the server says. Throws Trouble: it leads to another page, or says what no page of ours says. */
function read(answer, name) {
  let said = {};
  try {
    said = JSON.parse(answer.text);
  } catch {
    throw new Trouble("failed");
  }
  if (answer.status === 200) return said;
  if (answer.status === 400 && name === "start") throw new Trouble("cannot"); // too few movements are left
  throw new Trouble(WHY[answer.status] ?? "failed", said.go ?? null);
}
