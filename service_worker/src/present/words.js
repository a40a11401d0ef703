// The field's own words for the codes in the records, in one place, so that a list, a page and an office screen agree.

export const ROUTES = {
  "cell-sweep": "Cell sweep",
  required: "Required, after a positive test",
  "self-request": "Asked for us",
  liaison: "Liaison and diversion",
  court: "Court",
  booking: "Booked out of hours",
};

export const BASES = { required: "Required", voluntary: "Voluntary", court: "Court" };

export const STATES = {
  draft: "In progress",
  submitted: "With a supervisor",
  returned: "Returned",
  approved: "Approved",
  abandoned: "Abandoned",
};

export const STOP_REASONS = [
  ["released", "Released or moved"],
  ["asked", "Asked to stop"],
  ["called", "Called to interview, solicitor or court"],
  ["unwell", "Unwell"],
  ["unsafe", "Unsafe for me"],
  ["other", "Other"],
];

export const ABANDON_REASONS = [
  ["by-mistake", "Started by mistake"],
  ["twice", "There is another one for the same stay"],
  ["not-wanted", "The person does not want it"],
  ["gone", "Released before it was begun"],
  ["other-reason", "Another reason"],
];

export const REMOVAL_REASONS = [
  ["twice", "It is there twice"],
  ["not-here", "They never came to this suite"],
  ["practice", "Practice, not a real person"],
  ["other-reason", "Another reason"],
];

export const DECLINED_REASONS = [
  ["not-now", "Not now, ask again later"],
  ["does-not-use", "Says no drug or alcohol use"],
  ["has-worker", "Already has a worker"],
  ["no-reason", "Gave no reason"],
];

export const NOT_APPROACHED_REASONS = [
  ["not-cleared", "Not cleared by the sergeant"],
  ["resting", "Asleep or resting"],
  ["interview", "In interview or with solicitor"],
  ["released", "Released before we came"],
  ["no-time", "No time this shift"],
];

export const TOLD_ROLES = [
  ["sergeant", "Custody sergeant"],
  ["healthcare", "Healthcare in custody"],
  ["safeguarding", "Safeguarding lead"],
  ["treatment", "Treatment provider"],
  ["emergency", "Emergency service"],
  ["other", "Someone else"],
];

/** @param {string[][]|{[code: string]: string}} list @param {string|null|undefined} code @returns {string} the words, or the code itself */
export function wordsFor(list, code) {
  if (!code) return "";
  if (Array.isArray(list)) return list.find(([each]) => each === code)?.[1] ?? code;
  return list[code] ?? code;
}

/** @param {number} count @param {string} one @param {string} many @returns {string} "1 person", "8 people" */
export function counted(count, one, many) {
  return `${count} ${count === 1 ? one : many}`;
}

/** @param {{given_name?: string, family_name?: string}|null|undefined} person @returns {string} */
export function fullName(person) {
  return [person?.given_name, person?.family_name].filter(Boolean).join(" ") || "Name not known";
}

/** The form's title from what the device holds, or its short address. @param {any} forms list of {form, title} @param {string} reference */
export function formTitle(forms, reference) {
  const known = (forms ?? []).find((each) => each.form === reference);
  if (known?.title) return known.title;
  return reference?.split("/").pop()?.split("|")[0] ?? "Assessment";
}
