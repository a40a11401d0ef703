// No vault on this device yet: how it is made known. Enrolling itself is Flask's page, because it needs the service.

import { clearedWords } from "../present/cleared.js";
import { htmlResponse, render } from "../render.js";
import { listCleared } from "../store/doorway.js";

export async function setupPage() {
  return htmlResponse(render("field/setup/show.njk", { title: "Set up this device", cleared: clearedWords(await listCleared()) }));
}
