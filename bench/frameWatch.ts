/** Runs in a page: how long each of its frames takes, from one `requestAnimationFrame` to the next. */

declare function requestAnimationFrame(callback: (now: number) => void): number;
declare const frameTimes: number[];

/** Begins to collect frame times. Self-contained, because it is sent to the page as text. */
export function watchFrames(): void {
  const times: number[] = [];
  let last = performance.now();
  const frame = (now: number): void => {
    times.push(now - last);
    last = now;
    requestAnimationFrame(frame);
  };
  requestAnimationFrame(frame);
  Object.assign(globalThis, { frameTimes: times });
}

/** The times since the last call, in milliseconds. */
export function takeFrames(): number[] {
  return frameTimes.splice(0);
}
