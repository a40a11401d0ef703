// Finding a person on this device: parts of names, date of birth, custody number. Pure.

import { born, clockNear, held } from "./time.js";
import { counted, fullName } from "./words.js";

/** Letters only, without accents, so that "O'Neill" and "oneill" meet. @param {string} text */
const plain = (text) => (text ?? "").normalize("NFD").replace(/[\u0300-\u036f]/g, "").toLowerCase();
const parts = (text) => plain(text).split(/[^a-z0-9]+/).filter(Boolean);
const squashed = (text) => plain(text).replace(/[^a-z0-9]/g, "");

/**
 * People that may be the one asked for, the likeliest first. Wide on purpose: a missed match makes a second record.
 * @param {any[]} people @param {any[]} episodes @param {{name: string, date_of_birth: string, custody_number: string}} asked
 * @returns {{person: any, episodes: any[], weight: number}[]}
 */
export function findLikely(people, episodes, asked) {
  const of = new Map();
  for (const episode of episodes) of.set(episode.person_id, [...(of.get(episode.person_id) ?? []), episode]);
  const wanted = parts(asked.name);
  const number = squashed(asked.custody_number);
  const found = [];
  for (const person of people) {
    const mine = of.get(person.id) ?? [];
    const names = parts(`${person.given_name ?? ""} ${person.family_name ?? ""} ${person.also_known_as ?? ""}`);
    const whole = squashed(`${person.given_name ?? ""}${person.family_name ?? ""}`);
    let weight = wanted.filter((each) => names.some((name) => name.startsWith(each) || (each.length > 3 && near(name, each)))).length * 2;
    if (wanted.length && squashed(asked.name).length > 3 && whole.includes(squashed(asked.name))) weight += 2;
    if (asked.date_of_birth && person.date_of_birth === asked.date_of_birth) weight += 4;
    if (number && mine.some((each) => squashed(each.custody_number) === number)) weight += 8;
    if (weight > 0) found.push({ person, episodes: mine, weight });
  }
  return found.sort((a, b) => b.weight - a.weight || fullName(a.person).localeCompare(fullName(b.person))).slice(0, 30);
}

/** One letter more, less or other: heard through a cell door, "Steven" is "Stephen". */
function near(a, b) {
  if (Math.abs(a.length - b.length) > 1) return false;
  let i = 0;
  while (i < a.length && i < b.length && a[i] === b[i]) i += 1;
  return a.slice(i + 1) === b.slice(i + 1) || a.slice(i) === b.slice(i + 1) || a.slice(i + 1) === b.slice(i);
}

/** @param {{person: any, episodes: any[]}[]} found @param {string} now @param {{id: string, name: string}[]} suites */
export function personRows(found, now, suites) {
  const suite = new Map(suites.map((each) => [each.id, each.name]));
  return found.map(({ person, episodes }) => {
    const here = episodes.filter((each) => !each.released_at);
    return {
      id: person.id,
      name: fullName(person),
      born: born(person.date_of_birth, now),
      also: person.also_known_as ? `Also known as ${person.also_known_as}` : "",
      href: here[0] ? `/episodes/${here[0].id}` : `/people/${person.id}`,
      here: here.length > 0,
      stays: here.length ? here.map((each) => stayWords(each, suite, now)).join("; ") : counted(episodes.length, "earlier stay on this tablet", "earlier stays on this tablet"),
      episodes: episodes.map((each) => ({ href: `/episodes/${each.id}`, words: stayWords(each, suite, now) })),
    };
  });
}

function stayWords(episode, suite, now) {
  const place = [suite.get(episode.suite_id) ?? "Another suite", episode.cell ? `cell ${episode.cell}` : "", episode.custody_number].filter(Boolean).join(", ");
  return episode.released_at ? `${place}, released ${clockNear(episode.released_at, now)}` : `${place}, held ${held(episode.arrived_at, now).text}`;
}
