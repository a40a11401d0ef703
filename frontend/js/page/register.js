// Making the worker this device's own server.

/** @returns {boolean} */
export const canWork = () => "serviceWorker" in navigator && "indexedDB" in window && Boolean(window.crypto?.subtle);

/** @param {(words: string) => void} tell @returns {Promise<void>} when this page is controlled by an active worker */
export async function register(tell) {
  tell("Fetching the program");
  await navigator.serviceWorker.register("/sw.js", { scope: "/", updateViaCache: "none" });
  await navigator.serviceWorker.ready;
  if (!navigator.serviceWorker.controller) {
    await new Promise((done) => {
      navigator.serviceWorker.addEventListener("controllerchange", () => done(undefined), { once: true });
      // A hard reload leaves a page uncontrolled for good: it goes on without waiting.
      setTimeout(done, 3000);
    });
  }
  tell("The program is on this device");
}
