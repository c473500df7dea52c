/**
 * The camera page: which screen is seen, and what leads from one to the next.
 *
 *   before ─▶ (permission) ─▶ live ─▶ checking ─▶ the page that the server names
 *      ▲                        │         │
 *      └────── try again ── trouble ◀───┘
 *
 * camera.js decides nothing about a face and has no sentence of its own: what is said stands in the page, by its word.
 */

import { Camera, leaveNothing } from "./camera-frames.js";
import { Run } from "./camera-run.js";
import { Screen } from "./camera-screen.js";
import { Stop, Trouble } from "./camera-stop.js";
import { Voice } from "./camera-voice.js";

/** What the page before this one, the same, left to be said; see leave(). */
const SAID = new URLSearchParams(location.search).get("said");
if (SAID) history.replaceState(null, "", location.pathname);

const root = document.querySelector("[data-camera]");
const screen = new Screen(root);
const voice = new Voice(root);
const form = root.querySelector("form[data-before]");
let stop = null; // while a camera runs

form.addEventListener("submit", (event) => {
  event.preventDefault();
  attempt();
});
for (const button of root.querySelectorAll("[data-again]")) {
  button.addEventListener("click", () => attempt());
}
root.querySelector("[data-back]").addEventListener("click", () => screen.show("before"));
root.querySelector("[data-stop]").addEventListener("click", () => over("stopped"));
screen.dialog.addEventListener("cancel", (event) => {
  event.preventDefault(); // the Escape key
  over("stopped");
});
// A camera that runs on a page nobody sees is a camera that watches somebody.
document.addEventListener("visibilitychange", () => document.hidden && over("left"));
addEventListener("pagehide", () => over("left"));

// Flashing light is for nobody who asked for calm; they can still choose it.
form.elements.calm.checked = matchMedia("(prefers-reduced-motion: reduce)").matches;
screen.show("before");
if (!Camera.supported()) screen.trouble("unsupported");
else if (SAID) screen.trouble(SAID);

/** End the run, for a reason that the person is to be told. */
function over(word) {
  stop?.now(word);
}

/** Go where the server says. Where that is this very page, which knows nothing of the run, the word goes along. */
function leave({ go, word }) {
  const known = word && screen.knows(word) && go === location.pathname;
  location.assign(known ? `${go}?said=${word}` : go);
}

/** What the person cannot do, as the server knows movements; null when turning is among it. */
function cannot() {
  const chosen = [...form.querySelectorAll("[name=without]:checked")].map((box) => box.value);
  return chosen.includes("turn") ? null : chosen;
}

/** One run at the camera, from the permission to the page that comes next. */
async function attempt() {
  if (stop) return; // pressed twice
  const without = cannot();
  if (without === null) return screen.trouble("cannot");
  stop = new Stop();
  const camera = new Camera(stop);
  const run = new Run(root.dataset.base, form.elements.csrf_token.value, camera, stop);
  run.onstate = (word) => screen.state(word);
  run.onshown = (shown) => {
    const said = screen.shown(shown);
    if (said) voice.say(said);
  };
  try {
    voice.say(screen.show("opening")); // while the press lasts: phones let nothing speak that no press began
    await camera.open();
    screen.live(camera.stream);
    await run.start(without, form.elements.calm.checked);
    const wanted = await run.film();
    camera.close();
    screen.show("checking");
    leaveNothing(screen.video);
    location.assign(await run.send(wanted));
    return; // the screen stays as it is until the page changes, and no second run begins
  } catch (error) {
    if (error instanceof Trouble && error.go) return leave(error);
    screen.trouble(error instanceof Trouble ? error.word : "failed");
  } finally {
    camera.close();
    run.forget();
    voice.stop();
    leaveNothing(screen.video);
  }
  stop = null;
}
