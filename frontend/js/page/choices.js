// Arrow keys in a question's options move the focus and choose nothing; the space bar chooses. A browser would choose at
// every arrow, and here a choice is an answer: on the way to "No" it would be kept, and told, that the person said "Yes".

const STEPS = { ArrowDown: 1, ArrowRight: 1, ArrowUp: -1, ArrowLeft: -1 };

export function watchChoices() {
  document.addEventListener("keydown", (event) => {
    const step = STEPS[event.key];
    const from = /** @type {HTMLInputElement} */ (event.target);
    if (!step || event.altKey || event.ctrlKey || event.metaKey || !from.matches?.(".tc-question input[type=radio]")) return;
    event.preventDefault();
    const all = [...(from.form?.querySelectorAll(`input[type=radio][name="${from.name}"]`) ?? [])];
    /** @type {HTMLElement} */ (all[(all.indexOf(from) + step + all.length) % all.length]).focus();
  });
}
