// The calculator of alcohol units, and the count of characters that are left. Both only help: what is kept is what stands in the
// field, and it is sent as if it had been typed.

/** A UK unit is 10 ml of pure alcohol. @param {number} ml @param {number} abv per cent @returns {number} */
export const unitsOf = (ml, abv) => (ml * abv) / 1000;

/** One decimal place; "12.0" is said as "12". @param {number} units */
export const inDigits = (units) => String(Math.round(units * 10) / 10);

/** @param {string} text "2,5" and "2.5" are the same @returns {number} NaN where it is no number above 0 */
export function numberIn(text) {
  const number = /^[0-9]+([.,][0-9]+)?$/.test(text.trim()) ? Number(text.trim().replace(",", ".")) : Number.NaN;
  return number > 0 ? number : Number.NaN;
}

/** What was added so far, drink by drink. It is forgotten with the page. @type {WeakMap<Element, {words: string, units: number}[]>} */
const drinks = new WeakMap();

/** @param {Element} box */
function draw(box) {
  const all = drinks.get(box) ?? [];
  const total = all.reduce((sum, each) => sum + each.units, 0);
  box.querySelector("[data-total]")?.replaceChildren(all.length ? `${inDigits(total)} units` : "");
  box.querySelector("[data-list]")?.replaceChildren(all.map((each) => each.words).join(" + "));
}

/** @param {Element} box @param {HTMLElement} button */
function add(box, button) {
  const other = (name) => /** @type {HTMLInputElement} */ (box.querySelector(`[data-other=${name}]`));
  const [ml, abv] = button.dataset.ml ? [Number(button.dataset.ml), Number(button.dataset.abv)] : [numberIn(other("ml").value), numberIn(other("abv").value)];
  if (!(ml > 0 && abv > 0 && abv <= 100)) {
    box.querySelector("[data-list]")?.replaceChildren("Enter millilitres, and per cent up to 100.");
    return;
  }
  const words = button.dataset.ml ? button.textContent ?? "" : `${ml} ml, ${abv} %`;
  drinks.set(box, [...(drinks.get(box) ?? []), { words, units: unitsOf(ml, abv) }]);
  draw(box);
}

/** @param {HTMLElement} box */
function use(box) {
  const field = /** @type {HTMLInputElement|null} */ (document.getElementById(box.dataset.into ?? ""));
  const all = drinks.get(box) ?? [];
  if (!field || all.length === 0) return;
  field.value = inDigits(all.reduce((sum, each) => sum + each.units, 0));
  field.dispatchEvent(new Event("input", { bubbles: true }));
  field.focus();
}

export function watchUnits() {
  document.addEventListener("click", ({ target }) => {
    const button = target instanceof Element ? /** @type {HTMLElement|null} */ (target.closest("[data-calculator] button")) : null;
    const box = /** @type {HTMLElement|null} */ (button?.closest("[data-calculator]") ?? null);
    if (!button || !box) return;
    if (button.hasAttribute("data-drink")) add(box, button);
    else if (button.hasAttribute("data-use")) use(box);
    else {
      drinks.set(box, (drinks.get(box) ?? []).slice(0, -1));
      draw(box);
    }
  });
  document.addEventListener("input", ({ target }) => {
    if (!(target instanceof HTMLInputElement || target instanceof HTMLTextAreaElement) || !target.dataset.max) return;
    const left = Number(target.dataset.max) - [...target.value].length;
    const words = left < 0 ? `${-left} too many` : `${left} left`;
    target.closest("form")?.querySelector("[data-count]")?.replaceChildren(`${words} of ${target.dataset.max} characters`);
  });
}
