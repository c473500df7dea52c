// Answers relying parties' frames (OpenID Connect Session Management 1.0, section 3.2).
// A message is "<client_id> <session_state>"; the answer, to the origin that asked: unchanged, changed or error.
"use strict";

const COOKIE = `${document.currentScript.dataset.cookie}=`;
const MESSAGE = /^([\x21-\x7e]{1,200}) ([0-9a-f]{64})\.([0-9a-f]{1,64})$/;

function browserState() {
  const found = document.cookie.split("; ").filter((part) => part.startsWith(COOKIE));
  return found.length === 1 ? found[0].slice(COOKIE.length) : "";
}

// Browsers that keep cookies from frames of other sites must not look like a sign-out: portals would ask again for ever.
async function cookiesAreKeptFromUs() {
  return document.hasStorageAccess ? !(await document.hasStorageAccess()) : false;
}

async function hex(text) {
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text));
  return Array.from(new Uint8Array(digest), (octet) => octet.toString(16).padStart(2, "0")).join("");
}

async function judge(message, origin) {
  const parts = typeof message === "string" ? MESSAGE.exec(message) : null;
  if (!parts) return "error";
  const [, client, told, salt] = parts;
  const state = browserState();
  if (!state) return (await cookiesAreKeptFromUs()) ? "error" : "changed";
  // The origin is the browser's word, so nobody can ask about another relying party's session_state.
  return (await hex(`${client} ${origin} ${state} ${salt}`)) === told ? "unchanged" : "changed";
}

window.addEventListener("message", async (event) => {
  if (event.origin === "null" || event.origin === location.origin || !event.source) return;
  let answer = "error";
  try {
    answer = await judge(event.data, event.origin);
  } catch {
    answer = "error"; // no digests outside a secure context
  }
  event.source.postMessage(answer, event.origin);
});
