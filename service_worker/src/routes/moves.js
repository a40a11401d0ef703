// Recorded on the wrong person: the worker says whose it is and why; the work, with what belongs to it, goes there, and
// both histories tell it. Undo is moving it back, which stays in both histories too.

import { may, moveRefusal } from "../lifecycle.js";
import { MOVE_REASONS, movesOf } from "../present/moves.js";
import { findLikely } from "../present/people.js";
import { identity, shell } from "../present/shell.js";
import { born, dateFromBoxes, isoSeconds } from "../present/time.js";
import { fullName, wordsFor } from "../present/words.js";
import { typed } from "./edits.js";
import { loadEpisode } from "./episodes.js";
import { newId } from "./ids.js";
import { loadAssessment } from "./load.js";

const MOST = 12;

/** @param {any} ctx @param {"assessment"|"custody_episode"} type @returns {Promise<any>} the work that may be moved, or null */
async function loadWork(ctx, type) {
  const found = type === "assessment" ? await loadAssessment(ctx, ctx.params.id) : await loadEpisode(ctx, ctx.params.id);
  if (!found) return null;
  const whole = type === "custody_episode";
  const address = whole ? `/episodes/${found.id}` : `/assessments/${found.id}`;
  return { type, whole, id: found.id, body: found.body, person: found.person, episode: whole ? found.body : found.episode, address };
}

/** What the rule says of this move. @param {any} ctx @param {any} work @param {any} move */
const refusalOf = (ctx, work, move) => {
  if (work.whole) return moveRefusal(work.body, move);
  const verdict = may("move", work.body, ctx.session.user, move);
  return verdict.allowed ? "" : verdict.why;
};

/** Whether this person may move it at all. @param {any} ctx @param {any} body an assessment's */
export const mayMove = (ctx, body) => may("move", body, ctx.session.user, { from_person: body.person_id, from_episode: body.episode_id, to_person: "someone", reason: "any" }).allowed;

const form = (type) => async (ctx) => {
  const work = await loadWork(ctx, type);
  if (!work) return ctx.problem("page.not_found");
  if (!work.whole && !mayMove(ctx, work.body)) return ctx.problem("assessment.not_author");
  return draw(ctx, work, { name: "", reason: "", words: "", target: "" }, []);
};

async function draw(ctx, work, values, errors) {
  const targets = await targetsOf(ctx, work, values.name);
  return ctx.page("field/moves/show.njk", {
    ...(await shell(ctx, { title: "Recorded on the wrong person", here: "", strip: false, nav: false })),
    who: identity(work.person, work.episode, { link_href: work.address, link_text: "Back" }, ctx.now),
    address: work.address,
    whole: work.whole,
    errors,
    error_of: Object.fromEntries(errors.map((each) => [each.href.slice(1), each.text])),
    values,
    targets: targets.map((each) => ({ ...each, id: `to-${each.code}`, checked: values.target === each.code })),
    reasons: MOVE_REASONS.map(([code, text]) => ({ code, text, id: `reason-${code}`, checked: values.reason === code })),
  });
}

/** The people it may belong to: for an assessment whoever has a stay in the same suite, for a stay whoever is like the one named. */
async function targetsOf(ctx, work, name) {
  const [everybody, all] = await Promise.all([ctx.store.list("person"), ctx.store.list("custody_episode")]);
  const people = everybody.filter((each) => each.id !== work.body.person_id);
  const tile = (person, code, more) => ({ code, text: [fullName(person), born(person?.date_of_birth, ctx.now), ...more].filter(Boolean).join(" · ") });
  if (work.whole) {
    const found = findLikely(people, all, { name: name || fullName(work.person), date_of_birth: "", custody_number: name });
    return found.slice(0, MOST).map(({ person, episodes }) => tile(person, person.id, [episodes[0]?.custody_number]));
  }
  const of = new Map(people.map((each) => [each.id, each]));
  const likely = name ? new Map(findLikely(people, all, { name, date_of_birth: "", custody_number: name }).map(({ person }, index) => [person.id, index])) : null;
  return all
    .filter((each) => each.suite_id === work.body.suite_id && of.has(each.person_id) && (!likely || likely.has(each.person_id)))
    .sort((a, b) => ((likely?.get(a.person_id) ?? 0) - (likely?.get(b.person_id) ?? 0)) || Number(Boolean(a.released_at)) - Number(Boolean(b.released_at)) || ((a.arrived_at ?? "") < (b.arrived_at ?? "") ? 1 : -1))
    .slice(0, MOST)
    .map((each) => tile(of.get(each.person_id), each.id, [each.custody_number, each.released_at ? "released" : each.cell ? `cell ${each.cell}` : ""]));
}

const move = (type) => async (ctx) => {
  const work = await loadWork(ctx, type);
  if (!work) return ctx.problem("page.not_found");
  const read = typed(ctx);
  const values = { name: read("name"), reason: read("reason"), words: read("words"), target: read("target"), given_name: read("given_name"), family_name: read("family_name"), dob_day: read("dob_day"), dob_month: read("dob_month"), dob_year: read("dob_year") };
  if (read("deed") === "search") return draw(ctx, work, values, []);
  const { errors, person } = check(work, values);
  if (errors.length) return draw(ctx, work, values, errors);
  const stay = work.whole ? null : await ctx.store.find("custody_episode", values.target);
  const to_person = person ? newId() : work.whole ? values.target : stay?.body.person_id;
  if (!person && !(await ctx.store.find("person", to_person ?? ""))) return draw(ctx, work, values, [{ href: "#target", text: "Choose whose it is" }]);
  const reason = [values.reason === "other" ? "" : wordsFor(MOVE_REASONS, values.reason), values.words].filter(Boolean).join(": ");
  return carryOut(ctx, work, { to_person, to_episode: stay?.id, reason }, person ? [{ create: "person", id: to_person, body: person }] : []);
};

/** @returns {{errors: any[], person: any}} the person to be made, if it is nobody on this tablet */
function check(work, values) {
  const errors = [];
  /** @type {any} */
  let person = null;
  if (work.whole && values.target === "new") {
    const any_date = values.dob_day || values.dob_month || values.dob_year;
    const date_of_birth = any_date ? dateFromBoxes(values.dob_day, values.dob_month, values.dob_year) : null;
    if (!values.given_name && !values.family_name) errors.push({ href: "#given_name", text: "Type the name of the new person" });
    if (any_date && !date_of_birth) errors.push({ href: "#dob-day", text: "The date of birth is not a real date" });
    person = Object.fromEntries(Object.entries({ given_name: values.given_name, family_name: values.family_name, date_of_birth }).filter(([, value]) => value));
  } else if (!values.target) {
    errors.push({ href: "#target", text: "Choose whose it is" });
  }
  if (!MOVE_REASONS.some(([code]) => code === values.reason)) errors.push({ href: "#reason", text: "Say how it came to the wrong person" });
  if (values.reason === "other" && !values.words) errors.push({ href: "#words", text: "Say in your words how it came to the wrong person" });
  return { errors, person };
}

/** One transaction: the move, where it leads, and the person if they are new. @param {any} ctx @param {any} work @param {any} to @param {any[]} before */
async function carryOut(ctx, work, to, before = []) {
  const said = { from_person: work.body.person_id, from_episode: work.whole ? undefined : work.body.episode_id, ...to, by: ctx.session.user.id, at: isoSeconds(ctx.now) };
  const entry = Object.fromEntries(Object.entries(said).filter(([, value]) => value !== undefined));
  const why = refusalOf(ctx, work, entry);
  if (why) return ctx.problem(why);
  /** @type {[string, any][]} */
  const set = [["/person_id", to.to_person], [`/moves/${newId()}`, entry]];
  if (!work.whole) set.push(["/episode_id", to.to_episode]);
  await ctx.store.transaction([...before, { edit: work.type, id: work.id, set }]);
  return ctx.redirect(work.address);
}

const undo = (type) => async (ctx) => {
  const work = await loadWork(ctx, type);
  if (!work) return ctx.problem("page.not_found");
  const [last] = movesOf(work.body);
  if (!last || last.to_person !== work.body.person_id) return ctx.redirect(work.address);
  return carryOut(ctx, work, { to_person: last.from_person, to_episode: last.from_episode, reason: "Undone: it was with the right person before" });
};

export const routes = [
  ["GET", "/assessments/:id/move", form("assessment")], ["POST", "/assessments/:id/move", move("assessment")], ["POST", "/assessments/:id/move/undo", undo("assessment")],
  ["GET", "/episodes/:id/move", form("custody_episode")], ["POST", "/episodes/:id/move", move("custody_episode")], ["POST", "/episodes/:id/move/undo", undo("custody_episode")],
];
