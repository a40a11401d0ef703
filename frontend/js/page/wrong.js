// A field whose answer could not be taken says so of itself too: only its error is drawn anew while somebody types.

export function watchErrors() {
  document.addEventListener("htmx:after:swap", () => {
    for (const error of document.querySelectorAll("#questions .tc-question__form .tc-field__error")) {
      const wrong = error.textContent?.trim() !== "";
      for (const field of error.closest("form")?.querySelectorAll("input[aria-describedby], textarea, select[aria-describedby]") ?? []) {
        if (wrong) field.setAttribute("aria-invalid", "true");
        else field.removeAttribute("aria-invalid");
      }
    }
  });
}
