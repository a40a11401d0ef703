// What keeps this script alive. The browser stops a worker that nothing waits for, so that every event waits for the short pauses
// before the next sync too. But a new version begins only when the old one has nothing left to do: then it lets its pauses go.

export function awake() {
  /** @type {Set<Promise<any>>} */
  const awaited = new Set();
  let relieve = () => {};
  const relieved = new Promise((resolve) => (relieve = () => resolve(undefined)));

  /** @param {any} promise */
  function hold(promise) {
    const kept = Promise.resolve(promise).catch(() => {}).finally(() => awaited.delete(kept));
    awaited.add(kept);
    return kept;
  }

  return {
    hold,
    /** Work that begins after a pause. Relieved, it is done if the script happens to live that long. @param {() => any} work @param {number} ms */
    later: (work, ms) => hold(Promise.race([relieved, new Promise((done) => setTimeout(() => done(work()), ms))])),
    /** Everything that was begun by now and is not over. */
    settled: () => Promise.all(awaited),
    /** From now on pauses keep nothing alive; work that is under way still does. */
    relieve,
  };
}
