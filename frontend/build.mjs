// Builds everything the browser gets, into dist/. The same sources give the same bytes: nothing here reads a clock or a path.
// Names are not hashed: the worker keeps each release in a cache of its own and checks every file against its hash.

import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { cp, mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { compressBeside } from "./build/compress.mjs";
import { PREVIEW, buildFormlogic } from "./build/formlogic.mjs";
import { buildPages } from "./build/pages.mjs";
import { buildStyles } from "./build/styles.mjs";
import { buildWorker } from "./build/worker.mjs";

const HERE = path.dirname(fileURLToPath(import.meta.url));
const DIST = path.join(HERE, "dist");
const STATIC = path.join(DIST, "static");
const FONT = "node_modules/@fontsource-variable/atkinson-hyperlegible-next/files/atkinson-hyperlegible-next-latin-wght-normal.woff2";
// The office's files are Flask's alone; the tablet keeps only what its own screens need. The large icons are the launcher's,
// which fetches them once, when the program is installed.
const NOT_ON_THE_DEVICE = /^\/static\/(office\.(css|js)|phone\.css|sign_in\.js|print.*|manifest\.json|icons\/app-(512|maskable-512)\.png)$/;

const MANIFEST = {
  name: "Throughcare", short_name: "Throughcare", id: "/", start_url: "/", scope: "/", display: "standalone", lang: "en-GB",
  background_color: "#0a3a45", theme_color: "#0a3a45", description: "The working tool of an arrest referral service.",
  icons: [
    { src: "/static/icons/app-192.png", sizes: "192x192", type: "image/png" },
    { src: "/static/icons/app-512.png", sizes: "512x512", type: "image/png" },
    { src: "/static/icons/app-maskable-512.png", sizes: "512x512", type: "image/png", purpose: "maskable" },
  ],
};

/** @param {string} folder @returns {Promise<string[]>} every file below, sorted, with forward slashes */
async function filesBelow(folder) {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries.filter((each) => each.isFile()).map((each) => path.relative(folder, path.join(each.parentPath ?? each.path, each.name)).split(path.sep).join("/")).sort();
}

/** @returns {Promise<{url: string, integrity: string}[]>} */
async function precacheList() {
  const list = [];
  for (const file of await filesBelow(STATIC)) {
    const url = `/static/${file}`;
    if (!NOT_ON_THE_DEVICE.test(url)) list.push({ url, integrity: await integrity(path.join(STATIC, file)) });
  }
  list.push({ url: "/manifest.webmanifest", integrity: await integrity(path.join(DIST, "manifest.webmanifest")) });
  return list;
}

async function integrity(file) {
  return `sha256-${createHash("sha256").update(await readFile(file)).digest("base64")}`;
}

await rm(STATIC, { recursive: true, force: true });
await mkdir(path.join(STATIC, "fonts"), { recursive: true });
await cp(path.join(HERE, "icons"), path.join(STATIC, "icons"), { recursive: true });
await cp(path.join(HERE, FONT), path.join(STATIC, "fonts", path.basename(FONT)));
await writeFile(path.join(DIST, "manifest.webmanifest"), `${JSON.stringify(MANIFEST, null, 2)}\n`);
await buildStyles(HERE, STATIC);
await buildPages(HERE, STATIC);
if (existsSync(path.join(HERE, "print"))) await cp(path.join(HERE, "print"), path.join(STATIC, "print"), { recursive: true, filter: (name) => !/\.(html|njk)$/.test(name) });
await buildFormlogic(path.join(DIST, "formlogic.js"));
await buildFormlogic(path.join(DIST, "preview.js"), PREVIEW);
const precache = await precacheList();
const release = await buildWorker(HERE, path.join(DIST, "sw.js"), precache);
await writeFile(path.join(STATIC, "manifest.json"), `${JSON.stringify({ release, files: Object.fromEntries(precache.map((each) => [each.url, each.integrity])) }, null, 2)}\n`);
await compressBeside([path.join(DIST, "sw.js"), path.join(DIST, "manifest.webmanifest"), ...(await filesBelow(STATIC)).map((each) => path.join(STATIC, each))]);
