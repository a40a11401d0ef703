// The battery, where the browser tells: its figure on the device page, and on every field screen a warning before it dies.
// Nothing is shown where it is not told. The person's view has no warning: it shows what is asked, and nothing else.

const LOW = 0.15;
/** @type {any} */
let source = null;

export async function watchBattery() {
  const ask = /** @type {any} */ (navigator).getBattery;
  if (!source && ask) {
    source = await ask.call(navigator).catch(() => null);
    for (const change of ["levelchange", "chargingchange"]) source?.addEventListener?.(change, draw);
  }
  if (source) draw();
}

function draw() {
  const percent = Math.round(source.level * 100);
  const row = document.querySelector("[data-battery]");
  const words = row?.querySelector("[data-battery-words]");
  if (words) words.textContent = `${percent} %${source.charging ? ", charging" : source.level < LOW ? ": plug in now" : ""}`;
  row?.removeAttribute("hidden");
  warn(!source.charging && source.level < LOW ? `Battery ${percent} %, not charging. Plug in, or hand over soon. What says “Saved” stays on this device when it goes out.` : "");
}

/** @param {string} text empty when there is nothing to warn of */
function warn(text) {
  const shown = document.querySelector(".tc-battery");
  const main = document.querySelector(".tc-field-page > main");
  if (!text || !main) return shown?.remove();
  const bar = shown ?? document.createElement("p");
  if (bar.textContent !== text) bar.textContent = text;
  if (shown) return;
  bar.className = "tc-battery";
  bar.setAttribute("role", "status");
  main.before(bar);
}
