"""A suite is taken from a worker whose tablet is without signal and holds unsent work of it: what a raw look into the
tablet's database finds before and after. The copies of sealed values that are kept stand for what a disk may still hold."""

from __future__ import annotations

import json
import sqlite3
from typing import Any

from browser.server import Server
from browser.tablet import Tablet

# Functions of the page: they use the browser's own API and nothing of ours, but the key that a page is given anyway.
TOOLS = """
  const asked = (request) => new Promise((done, failed) => { request.onsuccess = () => done(request.result); request.onerror = () => failed(request.error); });
  const handed = () => new Promise((done) => { const { port1, port2 } = new MessageChannel(); port1.onmessage = ({ data }) => done(data); navigator.serviceWorker.controller.postMessage({ type: 'key' }, [port2]); });
  const rows = async (db, name) => { const store = db.transaction(name).objectStore(name); const [keys, values] = await Promise.all([asked(store.getAllKeys()), asked(store.getAll())]); return keys.map((key, index) => [name, key, values[index]]); };
  const bytes = (words) => new TextEncoder().encode(words);
  const opens = (by, place, { iv, data }) => crypto.subtle.decrypt({ name: 'AES-GCM', iv, additionalData: bytes(place) }, by, data);
  const { vault_id, key } = await handed();
  const db = await asked(indexedDB.open(`throughcare-${vault_id}`));
  const keysLeft = async () => { const left = new Map([['', key]]); for (const [, id, { wrapped }] of await rows(db, 'keys')) left.set(id, await crypto.subtle.importKey('raw', await opens(key, `${vault_id}/keys/${id}`, wrapped), 'AES-GCM', false, ['decrypt'])); return left; };
"""
# Keeps a copy of every sealed value that is not under the vault's own key, with how many keys open it now (one, each).
COPY = (
    "async () => {"
    + TOOLS
    + """
  const keys = await keysLeft();
  window.copies = (await Promise.all(['records', 'meta', 'kept'].map((name) => rows(db, name)))).flat().filter(([, , sealed]) => sealed.key);
  let open = 0;
  for (const [name, id, sealed] of window.copies.slice(0, 200)) await opens(keys.get(sealed.key), `${vault_id}/${name}/${id}`, sealed).then(() => { open += 1; }, () => {});
  db.close();
  return { copies: window.copies.length, tried: Math.min(200, window.copies.length), open, keys: keys.size - 1 };
}"""
)
# What lies there now, and which copies whose own key is gone any key that is left still opens.
LOOK = (
    "async (gone) => {"
    + TOOLS
    + """
  const keys = await keysLeft();
  const [records, outbox] = await Promise.all([rows(db, 'records'), rows(db, 'outbox')]);
  const theirs = window.copies.filter(([, , sealed]) => gone.includes(sealed.key));
  const reads = (name, id, sealed) => Promise.any([...keys.values()].map((by) => opens(by, `${vault_id}/${name}/${id}`, sealed))).then(() => 1, () => 0);
  let still_open = 0;
  for (let at = 0; at < theirs.length; at += 500) still_open += (await Promise.all(theirs.slice(at, at + 500).map((each) => reads(...each)))).reduce((sum, each) => sum + each, 0);
  db.close();
  return { records: records.length, theirs_left: records.filter(([, , sealed]) => gone.includes(sealed.key)).length, outbox: outbox.length, keys: keys.size - 1, tried: theirs.length, still_open };
}"""
)
# Which keys the records are under, and how many under each.
COUNT = (
    "async () => {"
    + TOOLS
    + """
  const counts = {};
  for (const [, , sealed] of await rows(db, 'records')) counts[sealed.key] = (counts[sealed.key] ?? 0) + 1;
  db.close();
  return counts;
}"""
)
SYNC = """async () => { const start = performance.now(); const answer = await fetch('/device/sync', { method: 'POST', headers: { 'HX-Request': 'true' } }); if (!answer.ok) throw new Error(String(answer.status)); return performance.now() - start; }"""


def take_away(tablet: Tablet, server: Server, suite: str, worker: str) -> dict[str, Any]:
    """The tablet stands on one page, holds unsent work of the suite, and the server is stopped; ends with the server up and
    the purge done. Returns what was found: `before`, `after`, `gone` (how many records each destroyed key had), `took` (ms)."""
    page = tablet.page
    before = page.evaluate(COPY)
    counts = page.evaluate(COUNT)
    server.cli("users", "revoke", worker, suite)
    server.start()
    took = page.evaluate(SYNC)
    left = page.evaluate(COUNT)
    gone = {key: count for key, count in counts.items() if key and key not in left}
    return {"before": before, "after": page.evaluate(LOOK, list(gone)), "gone": gone, "took": took}


def held_late(server: Server) -> list[dict[str, Any]]:
    """The ops that the service keeps for the supervisors of a suite that was taken away."""
    with sqlite3.connect(server.folder / "throughcare.sqlite3") as database:
        rows = database.execute("SELECT payload FROM ops JOIN kept_ops ON op_id = id WHERE ops.state = 'held'")
        return [json.loads(payload) for (payload,) in rows]
