// The page at /enrol/#code. The code stands behind the #, so it never reaches a server's log. The page's markup is Flask's:
//   [data-enrol-told] role=alert         [data-enrol-step="code|ways|progress|done"] hidden until it is their turn
//   [data-enrol-form] with device_name, passphrase, passphrase_again and, optionally, a check box passkey
//   [data-enrol-who] the worker's name and role     [data-enrol-progress] role=status     [data-demo-user="id"] demo buttons

import { canPasskey } from "./page/passkey.js";
import { demoButtons } from "./page/demo.js";
import { EnrolmentProblem, begin, finish, firstSync, makePasskey, passphraseTaken } from "./page/enrolment.js";
import { canWork, register } from "./page/register.js";

const DEMO_PASSPHRASE = "demo demo demo";
const SHORTEST = 12;
const OFFICE_ONLY = ["manager", "administrator"];
const all = (selector) => Array.from(/** @type {NodeListOf<HTMLElement>} */ (document.querySelectorAll(selector)));

/** @param {string} words */
const tell = (words) => {
  for (const each of all("[data-enrol-told]")) each.textContent = words;
};
/** @param {string} words */
const progress = (words) => {
  for (const each of all("[data-enrol-progress]")) each.textContent = words;
};
/** @param {string} step */
function turnTo(step) {
  for (const each of all("[data-enrol-step]")) each.hidden = each.dataset.enrolStep !== step;
  const heading = /** @type {HTMLElement|null} */ (document.querySelector(`[data-enrol-step="${step}"] h1, [data-enrol-step="${step}"] h2`));
  if (heading) {
    heading.tabIndex = -1;
    heading.focus();
  }
}

const ROLES = { custody_worker: "custody worker", outreach_worker: "outreach worker", supervisor: "supervisor", manager: "manager", administrator: "administrator" };

/** @param {string} code */
async function withCode(code) {
  const begun = await begin(code);
  for (const each of all("[data-enrol-who]")) each.textContent = `${begun.user.name}, ${ROLES[begun.user.role] ?? begun.user.role}`;
  const form = /** @type {HTMLFormElement} */ (document.querySelector("[data-enrol-form]"));
  const field = (name) => /** @type {HTMLInputElement|null} */ (form.elements.namedItem(name));
  const passkey_box = field("passkey");
  if (passkey_box) {
    passkey_box.disabled = !canPasskey();
    passkey_box.checked = canPasskey() && !begun.demo;
  }
  if (begun.demo) for (const name of ["passphrase", "passphrase_again"]) if (field(name)) /** @type {HTMLInputElement} */ (field(name)).value = DEMO_PASSPHRASE;
  if (field("device_name") && !field("device_name")?.value) /** @type {HTMLInputElement} */ (field("device_name")).value = "Tablet";
  turnTo("ways");
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    navigator.storage?.persist?.().catch(() => false);
    const wants_passkey = passkey_box ? passkey_box.checked : canPasskey() && !begun.demo;
    enrol(form, begun, { code, wants_passkey }).catch(failed);
  });
}

let running = false;

async function enrol(form, begun, { code, wants_passkey }) {
  if (running) return;
  const value = (name) => String(new FormData(form).get(name) ?? "");
  const passphrase = value("passphrase");
  if (passphrase.trim().length < SHORTEST) return tell(`The passphrase must have at least ${SHORTEST} characters: three or four words are easy to remember.`);
  if (form.elements.namedItem("passphrase_again") && passphrase !== value("passphrase_again")) return tell("The two passphrases are not the same. Type them again.");
  tell("");
  running = true;
  try {
    if (await passphraseTaken(passphrase)) return tell("This passphrase already opens somebody’s work on this device. Choose another one.");
    /** @type {Awaited<ReturnType<typeof makePasskey>>|null} */
    let passkey = null;
    if (wants_passkey) {
      passkey = await makePasskey(begun, () => tell("Your passkey is on this device already. Use it once more, and it opens this device too.")).catch(() => null);
      if (!passkey) tell("No passkey was made: the passphrase is the only way in on this device.");
      else if (!passkey.prf) tell("This passkey signs you in, but cannot open what is sealed here: the passphrase is the only way in on this device.");
    }
    turnTo("progress");
    await register(progress);
    progress("Sealing the store of this device");
    await finish({ code, device_name: value("device_name").trim() || "Tablet", passphrase, demo: begun.demo, passkey });
    // Managers and administrators work in the office alone: their passkey is what they came for.
    if (OFFICE_ONLY.includes(begun.user.role)) return location.replace("/office/sign-in");
    progress("Fetching your suites’ records");
    const came = await firstSync(({ records, forms }) => progress(`Fetched ${records} ${records === 1 ? "record" : "records"} and ${forms} ${forms === 1 ? "form" : "forms"}`));
    if (!came) progress("Not everything was fetched. The rest comes by itself when there is signal.");
    turnTo("done");
    location.replace("/");
  } finally {
    running = false;
  }
}

function failed(error) {
  turnTo("ways");
  tell(error instanceof EnrolmentProblem ? error.message : "This did not work, and nothing was kept. Try again, or ask your administrator for a new link.");
}

async function start() {
  demoButtons(tell);
  if (!canWork()) return tell("This browser cannot keep sealed records. Use a current Chromium, Safari or Firefox, over HTTPS or on localhost.");
  const code = decodeURIComponent(location.hash.slice(1));
  // The code leaves the address at once, so that it stays in no history.
  if (code) history.replaceState(null, "", location.pathname);
  if (!code) return turnTo("code");
  await withCode(code);
}

start().catch((error) => {
  turnTo("code");
  tell(error instanceof EnrolmentProblem ? error.message : "This did not work. Load the page again.");
});
