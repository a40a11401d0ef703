// Reading in what nobody has looked at yet: the linter first, then the form.

import { findings } from "./findings.js";
import { load } from "./load.js";

/** A definition that cannot be used. `findings` says why, all of it at once. */
export class FormProblem extends Error {
  /** @param {import("./findings.js").Finding[]} found */
  constructor(found) {
    super(`The form has ${found.length} finding${found.length === 1 ? "" : "s"} that stop it.`);
    this.name = "FormProblem";
    this.findings = found;
  }
}

/** @param {any} definition anything @returns {any} a form; throws FormProblem */
export function loadChecked(definition) {
  const errors = findings(definition).filter((each) => each.severity === "error");
  if (errors.length) throw new FormProblem(errors);
  return load(definition);
}
