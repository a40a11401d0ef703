// A tablet without a browser: the real routes, the real forms, the real store (its database in memory) and the real templates.

import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import path from "node:path";
import { after } from "node:test";
import { fileURLToPath, pathToFileURL } from "node:url";
import { fhirpathPlugin } from "../../../frontend/build/fhirpath.mjs";

const ROOT = path.join(path.dirname(fileURLToPath(import.meta.url)), "..", "..", "..");
const require = createRequire(path.join(ROOT, "frontend", "package.json"));
const nunjucks = require("nunjucks");
const folder = mkdtempSync(path.join(tmpdir(), "field-"));
after(() => rmSync(folder, { recursive: true, force: true }));

const source = path.join(ROOT, "service_worker", "src").split(path.sep).join("/");
writeFileSync(path.join(folder, "entry.js"), [
  `export { register } from "${source}/routes/index.js";`,
  `export { createRouter } from "${source}/router.js";`,
  `export { Store } from "${source}/store/store.js";`,
  `export { load } from "${source}/formlogic/index.js";`,
  'export { v7 } from "uuid";',
].join("\n"));
await require("esbuild").build({
  entryPoints: [path.join(folder, "entry.js")], outfile: path.join(folder, "field.mjs"), bundle: true, format: "esm", target: "es2022", platform: "browser",
  define: { global: "globalThis" }, nodePaths: [path.join(ROOT, "frontend", "node_modules")], plugins: [fhirpathPlugin()], logLevel: "error",
});
const { createRouter, register, Store, load, v7 } = await import(pathToFileURL(path.join(folder, "field.mjs")).href);

const templates = new nunjucks.Environment(new nunjucks.FileSystemLoader(path.join(ROOT, "frontend")), { autoescape: true, trimBlocks: true, lstripBlocks: true });
const definitions = ["first-contact", "audit", "sds", "required-assessment"].map((name) => JSON.parse(readFileSync(path.join(ROOT, "backend", "throughcare", "forms", "definitions", `${name}.json`), "utf8")));
const loaded = new Map(definitions.map((each) => [`${each.url}|${each.version}`, { title: each.title, form: load(each) }]));
export const FIRST = [...loaded.keys()].find((name) => name.includes("/first-contact|"));
export const NOW = "2026-11-12T13:24:00Z";

/** A form of a test's own, beside those of the service. @returns {string} its name */
export function offer(definition) {
  loaded.set(`${definition.url}|${definition.version}`, { title: definition.title, form: load(definition) });
  return `${definition.url}|${definition.version}`;
}

const { route, match } = createRouter();
register(route);

/** A database that keeps nothing but what was written to it. */
function memory() {
  const stores = { records: new Map(), outbox: new Map(), meta: new Map(), kept: new Map() };
  return {
    get: async (store, key) => structuredClone(stores[store].get(key)),
    some: async (store, keys) => keys.map((key) => [key, structuredClone(stores[store].get(key))]),
    keys: async (store) => [...stores[store].keys()],
    all: async (store) => [...stores[store]].map((each) => structuredClone(each)),
    keyFor: async () => "",
    destroyedBy: () => [],
    write: async (writes) => {
      for (const [store, key, value] of writes) {
        if (value === undefined) stores[store].delete(key);
        else stores[store].set(key, structuredClone(value));
      }
    },
  };
}

export class Tablet {
  static async unlocked() {
    const tablet = new Tablet();
    tablet.store = await Store.load(memory(), { now: () => NOW, newId: v7 });
    tablet.session = { user: { id: "nia", name: "Nia Farrow", role: "custody_worker" }, device: { id: "d1", name: "HL-1" }, suite_id: "hl", suites: [{ id: "hl", name: "Harbour Lane" }, { id: "mg", name: "Mill Gate" }], users: { nia: "Nia Farrow", sam: "Sam Brackley" }, demo: false };
    return tablet;
  }

  async ask(method, address, fields = {}, isHtmx = true) {
    const url = new URL(address, "http://device");
    const found = match(method, url.pathname);
    assert.ok(found, `no route answers ${method} ${url.pathname}`);
    const form = new FormData();
    for (const [name, value] of Object.entries(fields)) for (const each of [value].flat()) form.append(name, each);
    const draw = (name, data) => ({ html: templates.render(name, data), data });
    return found.handler({
      params: found.params, query: url.searchParams, path: url.pathname, form, isHtmx, now: NOW, session: this.session, store: this.store,
      forms: { get: async (name) => loaded.get(name).form, list: async () => [...loaded].map(([name, { title }]) => ({ form: name, title, status: "active" })) },
      page: draw, fragment: draw, redirect: (to) => ({ to }), problem: (code) => ({ problem: code }), lock: async (to) => ({ locked: true, to }),
    });
  }

  get(address) {
    return this.ask("GET", address);
  }

  post(address, fields) {
    return this.ask("POST", address, fields);
  }

  async addPerson(more = {}) {
    const { to } = await this.post("/people", { given_name: "Tobin", family_name: "Sedge", dob_day: "14", dob_month: "8", dob_year: "1987", custody_number: "HL/2291", cell: "4", route: "cell-sweep", ...more });
    return to;
  }

  async startAssessment(form = FIRST, basis = "voluntary") {
    const episode = await this.addPerson();
    const { to } = await this.post("/assessments", { episode_id: episode.split("/")[2], questionnaire: form, basis, identity: "yes" });
    this.id = to.split("/")[2];
    return to;
  }

  answer(link_id, ...value) {
    return this.post(`/assessments/${this.id}/answers`, { link_id, value });
  }

  async cleared() {
    for (const [link_id, value] of [["gate-cleared", "cleared"], ["gate-age", "adult"], ["gate-presentation", "able"], ["gate-support", "none"], ["take-part", "agrees"]]) await this.answer(link_id, value);
  }

  async assessment() {
    return (await this.store.get("assessment", this.id)).body;
  }
}

export { v7 };
