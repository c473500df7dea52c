// Goes on to the portal once every portal has been told by its frame, or after a few seconds whatever they do.
"use strict";

const PATIENCE = 4000; // milliseconds
const told = new Set();

function goOn() {
  const onward = document.querySelector("a[data-onward]");
  if (onward) location.replace(onward.href);
}

function look() {
  const frames = document.querySelectorAll("iframe");
  if (document.readyState !== "loading" && told.size >= frames.length) goOn();
}

// Load events do not bubble, but they are seen on their way down; a frame that was refused has one too.
document.addEventListener(
  "load",
  (event) => {
    if (event.target instanceof HTMLIFrameElement) {
      told.add(event.target);
      look();
    }
  },
  true,
);
document.addEventListener("DOMContentLoaded", look);
setTimeout(goOn, PATIENCE);
