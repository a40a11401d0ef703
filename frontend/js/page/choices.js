// Arrow keys in a question's options move the focus and choose nothing; the space bar chooses. A browser would choose at
// every arrow, and here a choice is an answer: on the way to "No" it would be kept, and told, that the person said "Yes".

import { isList } from "./saving.js";

const STEPS = { ArrowDown: 1, ArrowRight: 1, ArrowUp: -1, ArrowLeft: -1 };

// Keys that choose in a list that is open; any other only passes its options.
const CHOOSING = ["Enter", " ", "Tab", ""];

/** A list sends what was chosen in it at once, and what was only passed over when it is left (saving.js). */
function watchLists() {
  let key = "";
  document.addEventListener("keydown", (event) => {
    if (isList(event.target)) key = event.key;
  }, { capture: true });
  document.addEventListener("pointerdown", () => {
    key = "";
  }, { capture: true });
  document.addEventListener("change", ({ target }) => {
    if (isList(target) && CHOOSING.includes(key)) /** @type {HTMLSelectElement} */ (target).form?.requestSubmit();
  });
}

export function watchChoices() {
  watchLists();
  document.addEventListener("keydown", (event) => {
    const step = STEPS[event.key];
    const from = /** @type {HTMLInputElement} */ (event.target);
    if (!step || event.altKey || event.ctrlKey || event.metaKey || !from.matches?.(".tc-question input[type=radio]")) return;
    event.preventDefault();
    const all = [...(from.form?.querySelectorAll(`input[type=radio][name="${from.name}"]`) ?? [])];
    /** @type {HTMLElement} */ (all[(all.indexOf(from) + step + all.length) % all.length]).focus();
  });
}
