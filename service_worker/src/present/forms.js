// Which forms are offered: of each form the newest version that is in force today. Drafts keep the version they began with. Pure.

// The order in which a worker meets them; a form that is not named here comes after, by its title.
const ORDER = ["first-contact", "arrest-referral", "required-assessment", "safe-to-see", "audit", "sds", "phq-9", "gad-7", "sadq", "ldq"];

/**
 * @param {{form: string, title: string, status: string, from?: string}[]} forms every version on this device
 * @param {string} today "2026-11-22"
 */
export function offeredForms(forms, today) {
  const newest = new Map();
  for (const each of forms) {
    if (each.status === "retired" || (each.from ?? "") > today) continue;
    const [url, version] = each.form.split("|");
    const standing = newest.get(url);
    if (!standing || compareVersions(version, standing.form.split("|")[1]) > 0) newest.set(url, each);
  }
  const place = (each) => (ORDER.indexOf(nameOf(each.form)) + ORDER.length + 1) % (ORDER.length + 1);
  return [...newest.values()].sort((a, b) => place(a) - place(b) || a.title.localeCompare(b.title));
}

/** @param {string} form @returns {string} "…/audit|1.1.0" is "audit" */
export const nameOf = (form) => form.split("|")[0].split("/").pop() ?? "";

/** 1.10.0 comes after 1.9.0. @param {string} left @param {string} right */
function compareVersions(left, right) {
  const [a, b] = [left, right].map((each) => each.split(".").map(Number));
  for (let at = 0; at < Math.max(a.length, b.length); at += 1) if ((a[at] || 0) !== (b[at] || 0)) return (a[at] || 0) - (b[at] || 0);
  return left < right ? -1 : left > right ? 1 : 0;
}
