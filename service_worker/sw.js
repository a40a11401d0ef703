// The entry of the tablet's own server: install, activate, fetch, messages, sync. What belongs to Flask goes by untouched;
// everything else is answered here, with or without a network, in the same way.

import { precache, release } from "throughcare:release";
import { respond } from "./src/app.js";
import { awake } from "./src/awake.js";
import { Device } from "./src/device.js";
import { isoSeconds } from "./src/present/time.js";
import { finishClearing } from "./src/sync/cleared.js";
import { scheduler } from "./src/sync/schedule.js";

/** @type {any} */
const worker = self;
const CACHE = `throughcare-${release}`;
const KEPT = new Set(precache.map((each) => each.url));
const FLASK = /^\/(office|api|sync|enrol|static|health|sw\.js|favicon\.ico|robots\.txt|\.well-known)(\/|$)/;

const pages = () => worker.clients.matchAll({ includeUncontrolled: true, type: "window" });
const tell = async (what) => {
  for (const page of await pages()) page.postMessage(what);
};

const { hold, later, settled, relieve } = awake();

const device = new Device({
  pages,
  told: () => {
    sync.plan(2000);
    hold(tell({ type: "status", saved: true }));
    hold(worker.registration.sync?.register?.("throughcare"));
  },
});

/** @type {typeof fetch} */
const fetcher = (...args) => fetch(...args);
let finishing = Promise.resolve();
/** One after another: two would delete and tell the same. */
const finish = () => (finishing = finishing.then(() => finishClearing(fetcher)).catch(() => {}));

async function clear(store, order) {
  const done = await device.clear(store, order);
  if (done) hold(finish());
  return done;
}

const sync = scheduler({
  current: () => device.current(),
  fetch: fetcher,
  clear,
  now: () => isoSeconds(Date.now()),
  told: (what) => hold(tell(what)),
  later,
  locks: navigator.locks,
});

async function install() {
  const cache = await caches.open(CACHE);
  for (const { url, integrity } of precache) {
    const response = await fetch(url, { integrity, cache: "no-cache", credentials: "omit" });
    if (!response.ok) throw new Error(`Not installed: ${url} answered ${response.status}.`);
    await cache.put(url, response);
  }
}

async function activate() {
  for (const name of await caches.keys()) if (name.startsWith("throughcare-") && name !== CACHE) await caches.delete(name);
  await worker.clients.claim();
}

async function kept(request, path) {
  const found = await caches.open(CACHE).then((cache) => cache.match(path));
  return found ?? fetch(request);
}

async function field(request) {
  return respond(request, { opened: () => device.opened(), lock: (path) => device.lock(path), sync_now: () => sync.nudge(true), facts: async () => ({ release, waiting_worker: Boolean(worker.registration.waiting) }) });
}

/** A new page gets its copy of the key with its own bytes: the browser may stop this script before the page could ask. @param {string} id of the page, empty for a page's own requests */
async function giveKey(id) {
  const open = device.current();
  const page = open && id ? await worker.clients.get(id) : null;
  // Locked in the meantime: then nobody gets it.
  if (open && device.current() === open) page?.postMessage({ type: "key", vault_id: open.vault_id, key: open.key });
}

const MESSAGES = {
  unlock: async ({ vault_id, key }) => {
    await device.unlock(vault_id, key);
    sync.plan(300);
    return { ok: true };
  },
  lock: async ({ path, hard }) => {
    await device.opened();
    await device.lock(path, hard !== false);
    return { ok: true };
  },
  key: async () => {
    const open = await device.opened();
    return open ? { vault_id: open.vault_id, key: open.key } : null;
  },
  sync: async ({ better }) => {
    hold(finish());
    await device.opened();
    return sync.nudge(Boolean(better));
  },
  activate: async () => worker.skipWaiting(),
  // To the version that is replaced: the browser waits for its last piece of work, so that a pause of a minute would be a minute of nothing.
  retire: async () => relieve(),
  release: async () => ({ release }),
};

worker.addEventListener("install", (event) => event.waitUntil(install()));
worker.addEventListener("activate", (event) => event.waitUntil(activate()));

worker.addEventListener("fetch", (event) => {
  const url = new URL(event.request.url);
  if (url.origin !== worker.location.origin) return;
  if (KEPT.has(url.pathname)) return void event.respondWith(kept(event.request, url.pathname));
  if (FLASK.test(url.pathname)) return;
  const answered = field(event.request);
  event.respondWith(answered);
  event.waitUntil(answered.then(() => Promise.all([settled(), giveKey(event.resultingClientId)])));
});

worker.addEventListener("message", (event) => {
  const work = MESSAGES[event.data?.type];
  if (!work) return;
  const done = Promise.resolve(work(event.data)).catch((error) => ({ ok: false, error: error?.name ?? "Error" }));
  event.waitUntil(done.then((reply) => event.ports[0]?.postMessage(reply)).then(settled));
});

worker.addEventListener("sync", (event) => {
  event.waitUntil(device.opened().then(() => sync.nudge(true)));
});

hold(finish());
