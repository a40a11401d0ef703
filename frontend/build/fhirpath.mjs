// The esbuild plugin that makes fhirpath.js small enough for a tablet: the R4 model is cut down to what a form needs, UCUM and the
// terminology client (whole files that only the network or unit conversion would use) are replaced by stubs that refuse.
// Never bundle fhirpath.js without a model: a score then comes out as 0, without an error.

import { realpathSync } from "node:fs";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";
import { fileURLToPath } from "node:url";

const require = createRequire(import.meta.url);
// The real path, as esbuild tells it: a build beside a linked node_modules would otherwise quietly keep the files as they come.
const PACKAGE = realpathSync(path.join(path.dirname(fileURLToPath(import.meta.url)), "..", "node_modules", "fhirpath"));
const RESOURCES = ["Questionnaire", "QuestionnaireResponse", "Patient"];
// Data types that none of the three holds, save in an extension that no rule of ours looks into.
const NEVER_HELD = /^(ElementDefinition|Dosage|Timing|DataRequirement|TriggerDefinition|ParameterDefinition|ProdCharacteristic|ProductShelfLife|MarketingStatus|Population|SubstanceAmount|SampledData|Signature|RelatedArtifact)$/;

// What fhirpath.js calls of UCUM. "No such unit" is an answer that its callers know; quantities of one unit still compare.
const UCUM_STUB = `
const none = { status: "failed", toVal: null, msg: ["units are not converted"] };
exports.UcumLhcUtils = { getInstance: () => ({
  convertUnitTo: (from, value, to) => (from === to ? { status: "succeeded", toVal: value } : none),
  convertToBaseUnits: () => ({ status: "failed", msg: ["units are not converted"] }),
  getSpecifiedUnit: () => ({ unit: null, retMsg: ["units are not converted"] }),
}) };
`;

// memberOf(), %terminologies and %factory need a server: forms may not use them, and a form that tries gets an error, never a request.
const TERMINOLOGY_STUB = `
class Terminologies {
  constructor() { throw new Error("Terminology servers are not used here."); }
}
module.exports = Terminologies;
`;

// The clock is an input: both sides get the time of the answer and the offset of the tablet ("2026-07-01T00:30:00+01:00"; "Z" is UTC), so that
// today() is the same day on the tablet and on the server. Each run of an expression has a limit of steps and of sizes besides: a tablet has
// no other way to stop a rule that never ends, and a limit that is counted stops both sides at the same place.
const CLOCK = `
const MOST_STEPS = 25000;
const LONGEST_TEXT = 100000;
const LONGEST_LIST = 20000;
const offsetOf = (at) => {
  const found = /([+-])([0-9]{2}):([0-9]{2})$/.exec(at);
  return found ? (found[1] === "-" ? -1 : 1) * (Number(found[2]) * 60 + Number(found[3])) : 0;
};
class DeviceDate extends Date {
  constructor(at, offset) { super(at); this.offset = offset; this.there = new Date(this.getTime() + offset * 60000); }
  getFullYear() { return this.there.getUTCFullYear(); }
  getMonth() { return this.there.getUTCMonth(); }
  getDate() { return this.there.getUTCDate(); }
  getHours() { return this.there.getUTCHours(); }
  getMinutes() { return this.there.getUTCMinutes(); }
  getSeconds() { return this.there.getUTCSeconds(); }
  getMilliseconds() { return this.there.getUTCMilliseconds(); }
  getTimezoneOffset() { return this.offset === 0 ? 0 : -this.offset; }
}
module.exports = {
  at: "",
  left: 0,
  setClock(at) { this.at = at; },
  reset() {
    this.nowDate = new DeviceDate(this.at || "1970-01-01T00:00:00Z", offsetOf(this.at));
    this.today = null; this.now = null; this.timeOfDay = null; this.localTimezoneOffset = null;
    this.left = MOST_STEPS;
  },
  step(result) {
    this.left -= 1;
    if (this.left < 0) throw new Error("It takes too many steps.");
    if (!Array.isArray(result)) return result;
    if (result.length > LONGEST_LIST) throw new Error("It gathers too much.");
    for (let at = 0; at < result.length && at < 3; at += 1) if (typeof result[at] === "string" && result[at].length > LONGEST_TEXT) throw new Error("It makes a text that is too long.");
    return result;
  },
  today: null, now: null, timeOfDay: null,
};
`;

// htmlChecks() looks into narrative, which no answer has.
const HTML_STUB = `exports.htmlChecksFn = () => [];`;

// %factory and instance selectors (`Coding {code: 'x'}`) build new resources: a rule about answers reads, it does not build.
const FACTORY_STUB = `module.exports = class {};`;
const SELECTOR_STUB = `
const refuse = () => { throw new Error("A form's rule cannot build objects."); };
module.exports = { getInstanceElementInfo: refuse, buildInstanceSelectorResult: refuse, prepareInstanceSelectorResultValue: (value) => value };
`;

/** @returns {import("esbuild").Plugin} for every bundle that imports `fhirpath` */
export function fhirpathPlugin() {
  return {
    name: "fhirpath",
    setup(build) {
      build.onResolve({ filter: /^fhirpath$/ }, () => ({ path: path.join(PACKAGE, "src", "fhirpath.js") }));
      build.onResolve({ filter: /^fhirpath\/fhir-context\/r4$/ }, () => ({ path: "r4", namespace: "throughcare-r4" }));
      build.onResolve({ filter: /^@lhncbc\/ucum-lhc$/ }, () => ({ path: "ucum", namespace: "throughcare-ucum" }));
      build.onResolve({ filter: /^fhirpath\/src\/constants\.js$/ }, () => ({ path: path.join(PACKAGE, "src", "constants.js") }));
      build.onLoad({ filter: /.*/, namespace: "throughcare-r4" }, () => ({ contents: modelSource(), loader: "js", resolveDir: PACKAGE }));
      build.onLoad({ filter: /.*/, namespace: "throughcare-ucum" }, () => ({ contents: UCUM_STUB, loader: "js" }));
      build.onLoad({ filter: /fhirpath[\\/]src[\\/]terminologies\.js$/ }, () => ({ contents: TERMINOLOGY_STUB, loader: "js" }));
      build.onLoad({ filter: /fhirpath[\\/]src[\\/]constants\.js$/ }, () => ({ contents: CLOCK, loader: "js" }));
      build.onLoad({ filter: /fhirpath[\\/]src[\\/]fhirpath\.js$/ }, () => ({ contents: counted(), loader: "js" }));
      build.onLoad({ filter: /fhirpath[\\/]src[\\/]html-checks\.js$/ }, () => ({ contents: HTML_STUB, loader: "js" }));
      build.onLoad({ filter: /fhirpath[\\/]src[\\/]factory\.js$/ }, () => ({ contents: FACTORY_STUB, loader: "js" }));
      build.onLoad({ filter: /fhirpath[\\/]src[\\/]instance-selector\.js$/ }, () => ({ contents: SELECTOR_STUB, loader: "js" }));
      // The version is all that is wanted of it.
      build.onLoad({ filter: /fhirpath[\\/]package\.json$/ }, () => ({ contents: JSON.stringify({ version: require(path.join(PACKAGE, "package.json")).version }), loader: "json" }));
    },
  };
}

/** The evaluator with every step counted. Where the library has changed so that the place is not found, the build fails. */
function counted() {
  const source = readFileSync(path.join(PACKAGE, "src", "fhirpath.js"), "utf8");
  const place = "let result = evaluator.call(engine, ctx, parentData, node);";
  if (source.split(place).length !== 2) throw new Error("fhirpath.js has changed: its steps can no longer be counted in frontend/build/fhirpath.mjs.");
  return source.replace(place, `constants.step();\n    ${place.replace("evaluator.call(engine, ctx, parentData, node)", "constants.step(evaluator.call(engine, ctx, parentData, node))")}`);
}

/** The R4 model with only the three resources that an expression can meet, the data types, and the types' parents. */
export function trimmedModel() {
  const r4 = (name) => require(path.join(PACKAGE, "fhir-context", "r4", `${name}.json`));
  const parents = r4("type2Parent");
  const wanted = (type) => RESOURCES.includes(type) || !isResource(type, parents);
  const held = (path) => wanted(path.split(".")[0]) && !(path.includes(".") && NEVER_HELD.test(path.split(".")[0]));
  const ofWanted = (table) => Object.fromEntries(Object.entries(table).filter(([key]) => held(key)));
  return {
    choiceTypePaths: ofWanted(r4("choiceTypePaths")),
    pathsDefinedElsewhere: ofWanted(r4("pathsDefinedElsewhere")),
    type2Parent: ofWanted(parents),
    path2Type: withoutReferenceTargets(ofWanted(r4("path2Type"))),
    path2Repeating: r4("path2Repeating").filter(held),
    resourcesWithUrlParam: ["Questionnaire"],
  };
}

function isResource(type, parents) {
  for (let at = type; at; at = parents[at]) if (at === "DomainResource" || at === "Bundle" || at === "Binary" || at === "Parameters") return type !== "DomainResource";
  return false;
}

/** Where a reference may point is only asked by resolve(), which is refused. */
function withoutReferenceTargets(table) {
  return Object.fromEntries(Object.entries(table).map(([key, value]) => [key, value?.refType ? { code: value.code, refType: [] } : value]));
}

function modelSource() {
  return `
    const { updateWithGeneratedData, arrToHash } = require("./fhir-context/general-additions");
    const data = ${JSON.stringify(trimmedModel())};
    const model = {
      version: "r4",
      score: { extensionURI: ["http://hl7.org/fhir/StructureDefinition/ordinalValue", "http://hl7.org/fhir/StructureDefinition/itemWeight"] },
      ...data, path2Repeating: arrToHash(data.path2Repeating), resourcesWithUrlParam: arrToHash(data.resourcesWithUrlParam),
    };
    updateWithGeneratedData(model);
    module.exports = model;
  `;
}
