/**
 * The camera and its pictures. What leaves this file is JPEG, in memory, never mirrored: left stays the person's left.
 */

import { Trouble } from "./camera-stop.js";

/** Pictures a second, when the connection keeps up. */
const RATE = 10;
/** The longer side, in pixels; smaller faces are measured no better in larger pictures. */
const LONGEST = 640;
/** JPEG qualities, best first; the next is taken when a picture is larger than the server takes. */
const QUALITIES = [0.7, 0.5, 0.3];
/** Bytes of one picture that the server takes. */
const MOST_BYTES = 90_000;
/** Pictures that wait at most, while others are on their way. */
const MOST_WAITING = 8;

/** Names of getUserMedia's errors (Media Capture and Streams, 10.6) and what the person is told. */
const TOLD = {
  NotAllowedError: "denied",
  SecurityError: "denied",
  NotFoundError: "no_camera",
  OverconstrainedError: "no_camera",
  NotReadableError: "in_use",
  AbortError: "in_use",
};

/** Take the picture off a video element, so that nothing keeps the last one. */
export function leaveNothing(video) {
  video.srcObject = null;
  video.load();
}

function end(stream) {
  for (const track of stream.getTracks()) track.stop();
}

export class Camera {
  stream = null;
  /** Whether the camera went away: unplugged, or its permission was taken back. */
  lost = false;
  #stop;
  #video = document.createElement("video");
  #canvas = document.createElement("canvas");
  #waiting = [];
  #begun = 0;
  #timer = 0;
  #taking = false;
  #quality = 0;

  static supported() {
    return Boolean(navigator.mediaDevices?.getUserMedia && globalThis.HTMLDialogElement?.prototype.showModal);
  }

  constructor(stop) {
    this.#stop = stop;
  }

  /** Ask for the camera and wait until it runs. Throws Trouble. */
  async open() {
    if (!Camera.supported()) throw new Trouble("unsupported");
    const wish = { width: { ideal: 640 }, height: { ideal: 480 }, facingMode: "user", frameRate: { ideal: 24 } };
    const asked = navigator.mediaDevices.getUserMedia({ video: wish, audio: false });
    asked.then((stream) => this.#stop.over && end(stream), () => {}); // allowed when nobody waits any more
    this.stream = await this.#stop.race(
      asked.catch((error) => {
        throw new Trouble(TOLD[error.name] ?? "failed");
      }),
    );
    this.stream.getVideoTracks()[0].addEventListener("ended", () => (this.lost = true));
    this.#video.muted = this.#video.playsInline = true;
    this.#video.srcObject = this.stream;
    await this.#stop.race(
      this.#video.play().catch(() => {
        throw new Trouble("in_use");
      }),
    );
  }

  /** Begin to take pictures. The clock of `taken` begins too. */
  run() {
    this.#begun = performance.now();
    this.pace(0);
  }

  /** Take pictures so that eight of them last as long as `roundTrip` (ms): evenly, with no gap in time. */
  pace(roundTrip) {
    clearInterval(this.#timer);
    this.#timer = setInterval(() => this.#take(), Math.max(1000 / RATE, roundTrip / MOST_WAITING));
  }

  /** The pictures that wait, oldest first, as {taken, blob}; they are the caller's now. */
  collect() {
    return this.#waiting.splice(0);
  }

  get waiting() {
    return this.#waiting.length;
  }

  /** Switch the camera off and forget every picture. May be called twice. */
  close() {
    clearInterval(this.#timer);
    if (this.stream) end(this.stream);
    leaveNothing(this.#video);
    this.#canvas.width = this.#canvas.height = 0; // frees its pixels
    this.#waiting = [];
    this.stream = null;
  }

  async #take() {
    const { videoWidth: width, videoHeight: height } = this.#video;
    if (this.#taking || !width || this.#waiting.length >= MOST_WAITING) return;
    this.#taking = true;
    const taken = Math.round(performance.now() - this.#begun);
    const scale = Math.min(1, LONGEST / Math.max(width, height));
    this.#canvas.width = Math.round(width * scale);
    this.#canvas.height = Math.round(height * scale);
    this.#canvas.getContext("2d").drawImage(this.#video, 0, 0, this.#canvas.width, this.#canvas.height);
    const blob = await new Promise((done) => this.#canvas.toBlob(done, "image/jpeg", QUALITIES[this.#quality]));
    this.#taking = false;
    if (!this.stream || !blob) return; // closed meanwhile
    if (blob.size <= MOST_BYTES) this.#waiting.push({ taken, blob });
    else this.#quality = Math.min(this.#quality + 1, QUALITIES.length - 1);
  }
}

/**
 * The body of one call: for each picture its number, when it was taken (ms), its length, each 32 bit big-endian, and
 * the picture itself.
 */
export function pack(frames) {
  return new Blob(
    frames.flatMap(({ seq, taken, blob }) => {
      const head = new DataView(new ArrayBuffer(12));
      [seq, taken, blob.size].forEach((number, place) => head.setUint32(place * 4, number));
      return [head.buffer, blob];
    }),
    { type: "application/octet-stream" },
  );
}
