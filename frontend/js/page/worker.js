// Talking to the device's own server beyond requests: keys, locking, syncing and updates.

/** @param {any} message @param {number} [timeout] milliseconds @returns {Promise<any>} null when no worker answers in time */
export async function ask(message, timeout = 10_000) {
  const registration = await navigator.serviceWorker.ready;
  const worker = navigator.serviceWorker.controller ?? registration.active;
  return new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel();
    const timer = setTimeout(() => resolve(null), timeout);
    port1.onmessage = ({ data }) => {
      clearTimeout(timer);
      resolve(data);
    };
    worker?.postMessage(message, [port2]);
  });
}

/** @param {string} type @param {(event: MessageEvent) => void} heard */
export function hear(type, heard) {
  navigator.serviceWorker?.addEventListener("message", (event) => {
    if (event.data?.type === type) heard(event);
  });
}
