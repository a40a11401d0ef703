// Find or add a person. Finding comes before registering: likely matches are shown first, and a search is a POST, so that
// no name ever stands in an address or a history.

import { identity, shell } from "../present/shell.js";
import { moveHistory } from "../present/moves.js";
import { findLikely, personRows } from "../present/people.js";
import { dateFromBoxes, isoSeconds } from "../present/time.js";
import { ROUTES, formTitle } from "../present/words.js";
import { typed } from "./edits.js";
import { newId } from "./ids.js";
import { goneView } from "./removals.js";

async function findForm(ctx) {
  return ctx.page("field/people/find.njk", { ...(await shell(ctx, { title: "Find a person", here: "suite" })), typed: {}, errors: [], searched: false });
}

async function find(ctx) {
  const asked = searched(typed(ctx));
  const page = await shell(ctx, { title: "Find a person", here: "suite" });
  if (!asked.name && !asked.date_of_birth && !asked.custody_number) {
    const errors = [{ href: "#name", text: "Type a name, a date of birth or a custody number" }];
    return ctx.page("field/people/find.njk", { ...page, typed: asked, errors, searched: false });
  }
  const rows = personRows(findLikely(await ctx.store.list("person"), await ctx.store.list("custody_episode"), asked), ctx.now, ctx.session.suites ?? []);
  return ctx.page("field/people/find.njk", { ...page, typed: asked, errors: [], searched: true, rows, none: rows.length === 0 });
}

/** What was typed goes along to the next step in a POST body, never in the address. */
async function addForm(ctx) {
  const read = typed(ctx);
  const asked = searched(read);
  const names = asked.name.split(/\s+/).filter(Boolean);
  const values = { given_name: names.slice(0, -1).join(" ") || names[0] || "", family_name: names.length > 1 ? names.at(-1) : "", dob_day: read("dob_day"), dob_month: read("dob_month"), dob_year: read("dob_year"), custody_number: asked.custody_number };
  return drawAdd(ctx, values, []);
}

async function drawAdd(ctx, values, errors) {
  const error_of = Object.fromEntries(errors.map((each) => [each.href.slice(1), each.text]));
  const routes = Object.entries(ROUTES).map(([code, text]) => ({ code, text, id: `route-${code}`, checked: values.route === code }));
  const gates = [["cleared", "Yes, cleared"], ["not-cleared", "No, not cleared"], ["not-known", "Not asked yet"]].map(([code, text]) => ({ code, text, id: `gate-${code}`, checked: values.gate === code }));
  return ctx.page("field/people/new.njk", { ...(await shell(ctx, { title: "Add a person", here: "suite", nav: false })), typed: values, errors, error_of, routes, gates });
}

async function add(ctx) {
  const read = typed(ctx);
  const names = ["given_name", "family_name", "dob_day", "dob_month", "dob_year", "also_known_as", "language", "custody_number", "cell", "route", "gate", "gate_by", "two_person", "arrived_hours", "reviewed", "person_id"];
  const values = Object.fromEntries(names.map((name) => [name, read(name)]));
  const { errors, date_of_birth } = checkAdd(values);
  if (errors.length) return drawAdd(ctx, values, errors);

  const asked = { name: `${values.given_name} ${values.family_name}`, date_of_birth: date_of_birth ?? "", custody_number: values.custody_number };
  const likely = findLikely(await ctx.store.list("person"), await ctx.store.list("custody_episode"), asked).slice(0, 8);
  if (likely.length && values.reviewed !== "new" && !values.person_id) {
    const rows = personRows(likely, ctx.now, ctx.session.suites ?? []);
    return ctx.page("field/people/likely.njk", { ...(await shell(ctx, { title: "Is it one of these?", here: "suite" })), rows, typed: hiddenFields(values) });
  }
  return store(ctx, values, date_of_birth);
}

async function store(ctx, values, date_of_birth) {
  const now = isoSeconds(ctx.now);
  const person_id = values.person_id || newId();
  const episode_id = newId();
  const episode = {
    person_id, suite_id: ctx.session.suite_id, custody_number: values.custody_number, cell: values.cell || null,
    arrived_at: arrived(values.arrived_hours, ctx.now), route: values.route,
    safe_to_see: { state: values.gate || "not-known", by: values.gate === "cleared" ? values.gate_by || null : null, at: now },
    two_person: values.two_person === "yes",
  };
  const changes = [];
  if (!values.person_id) {
    const person = { given_name: values.given_name, family_name: values.family_name, date_of_birth, also_known_as: values.also_known_as || null, language: values.language || null };
    changes.push({ create: "person", id: person_id, body: withoutEmpty(person) });
  }
  changes.push({ create: "custody_episode", id: episode_id, body: withoutEmpty(episode) });
  await ctx.store.transaction(changes);
  return ctx.redirect(`/episodes/${episode_id}`);
}

function checkAdd(values) {
  const errors = [];
  if (!values.person_id && !values.given_name && !values.family_name) errors.push({ href: "#given_name", text: "Type a name, or what they call themselves" });
  const any_date = values.dob_day || values.dob_month || values.dob_year;
  const date_of_birth = any_date ? dateFromBoxes(values.dob_day, values.dob_month, values.dob_year) : null;
  if (any_date && !date_of_birth) errors.push({ href: "#dob-day", text: "The date of birth is not a real date" });
  if (!values.custody_number) errors.push({ href: "#custody_number", text: "Type the custody number" });
  if (!values.route) errors.push({ href: "#route", text: "Choose how they came to us" });
  if (values.arrived_hours && !/^[0-9]{1,3}$/.test(values.arrived_hours)) errors.push({ href: "#arrived_hours", text: "Hours held must be a whole number" });
  return { errors, date_of_birth };
}

const arrived = (hours, now) => isoSeconds(new Date(now).getTime() - Number(hours || 0) * 3600000);
const withoutEmpty = (body) => Object.fromEntries(Object.entries(body).filter(([, value]) => value !== null && value !== undefined));
const hiddenFields = (values) => Object.entries(values).filter(([name, value]) => value && !["reviewed", "person_id"].includes(name)).map(([name, value]) => ({ name, value }));

function searched(read) {
  const box = (name) => read(name);
  return { name: box("name"), date_of_birth: dateFromBoxes(box("dob_day"), box("dob_month"), box("dob_year")) ?? "", custody_number: box("custody_number"), dob_day: box("dob_day"), dob_month: box("dob_month"), dob_year: box("dob_year") };
}

/** Whatever may once have stood on another person. */
async function movable(ctx) {
  const [stays, assessments, forms] = await Promise.all([ctx.store.list("custody_episode"), ctx.store.list("assessment"), ctx.forms.list()]);
  return [
    ...stays.map((row) => ({ ...row, title: "Stay in custody", href: `/episodes/${row.id}` })),
    ...assessments.map((row) => ({ ...row, title: formTitle(forms, row.form), href: `/assessments/${row.id}` })),
  ];
}

async function show(ctx) {
  const gone = await goneView(ctx, "person");
  if (gone) return gone;
  const person = await ctx.store.find("person", ctx.params.id);
  if (!person) return ctx.problem("page.not_found");
  const episodes = (await ctx.store.list("custody_episode")).filter((row) => row.person_id === person.id).sort((a, b) => ((a.arrived_at ?? "") < (b.arrived_at ?? "") ? 1 : -1));
  const rows = personRows([{ person: { id: person.id, ...person.body }, episodes }], ctx.now, ctx.session.suites ?? []);
  const who = identity(person.body, episodes[0], {}, ctx.now);
  const moves = moveHistory(await movable(ctx), { person_id: person.id }, ctx.now);
  return ctx.page("field/people/show.njk", { ...(await shell(ctx, { title: "Person", here: "suite" })), who, moves, person: rows[0], unsent: person.unsent });
}

export const routes = [
  ["GET", "/people/find", findForm], ["POST", "/people/find", find],
  ["GET", "/people/new", (ctx) => drawAdd(ctx, {}, [])], ["POST", "/people/new", addForm],
  ["POST", "/people", add], ["GET", "/people/:id", show],
];
