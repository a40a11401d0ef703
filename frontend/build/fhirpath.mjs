// The esbuild plugin that makes fhirpath.js small enough for a tablet: the R4 model is cut down to what a form needs, UCUM and the
// terminology client (whole files that only the network or unit conversion would use) are replaced by stubs that refuse.
// Never bundle fhirpath.js without a model: a score then comes out as 0, without an error.

import { realpathSync } from "node:fs";
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

// The clock is an input: both sides get the time of the answer, in UTC, so that today() is the same day on the tablet and on the server.
const CLOCK = `
class UtcDate extends Date {
  getFullYear() { return this.getUTCFullYear(); }
  getMonth() { return this.getUTCMonth(); }
  getDate() { return this.getUTCDate(); }
  getHours() { return this.getUTCHours(); }
  getMinutes() { return this.getUTCMinutes(); }
  getSeconds() { return this.getUTCSeconds(); }
  getMilliseconds() { return this.getUTCMilliseconds(); }
  getTimezoneOffset() { return 0; }
}
module.exports = {
  at: "",
  setClock(at) { this.at = at; },
  reset() {
    this.nowDate = this.at ? new UtcDate(this.at) : new UtcDate();
    this.today = null; this.now = null; this.timeOfDay = null; this.localTimezoneOffset = null;
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
      build.onLoad({ filter: /fhirpath[\\/]src[\\/]html-checks\.js$/ }, () => ({ contents: HTML_STUB, loader: "js" }));
      build.onLoad({ filter: /fhirpath[\\/]src[\\/]factory\.js$/ }, () => ({ contents: FACTORY_STUB, loader: "js" }));
      build.onLoad({ filter: /fhirpath[\\/]src[\\/]instance-selector\.js$/ }, () => ({ contents: SELECTOR_STUB, loader: "js" }));
      // The version is all that is wanted of it.
      build.onLoad({ filter: /fhirpath[\\/]package\.json$/ }, () => ({ contents: JSON.stringify({ version: require(path.join(PACKAGE, "package.json")).version }), loader: "json" }));
    },
  };
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
