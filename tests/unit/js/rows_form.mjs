// An invented form: medicines one after another, each with its dose decided as one, rows within rows, and a group decided as one.

const OURS = "https://throughcare.example/StructureDefinition/";
const together = [{ url: `${OURS}together`, valueBoolean: true }];
export const ROWS = {
  resourceType: "Questionnaire", url: "https://throughcare.example/Questionnaire/rows", version: "1", status: "active", title: "Rows",
  extension: [{
    url: `${OURS}alert`,
    extension: [
      { url: "id", valueString: "allergic" }, { url: "kind", valueCode: "urgent" }, { url: "text", valueString: "Allergic" },
      { url: "expression", valueExpression: { language: "text/fhirpath", expression: "%resource.descendants().where(linkId = 'allergy').answer.value.where(code = 'yes').exists()" } },
    ],
  }],
  item: [{
    linkId: "page", type: "group", text: "Page", item: [
      { linkId: "used", type: "choice", repeats: true, text: "Used", answerOption: [{ valueCoding: { code: "heroin", display: "Heroin" } }, { valueCoding: { code: "crack", display: "Crack" } }] },
      { linkId: "names", type: "string", repeats: true, text: "Names" },
      {
        linkId: "doses", type: "group", repeats: true, text: "Medicines", item: [
          { linkId: "drug", type: "string", text: "Medicine" },
          { linkId: "dose", type: "group", text: "Dose", extension: together, item: [{ linkId: "amount", type: "string", text: "Amount" }, { linkId: "unit", type: "string", text: "Unit" }] },
          { linkId: "allergy", type: "choice", text: "Allergic", answerOption: [{ valueCoding: { code: "yes", display: "Yes" } }, { valueCoding: { code: "no", display: "No" } }] },
          { linkId: "takes", type: "group", repeats: true, text: "Taken", item: [{ linkId: "when", type: "string", text: "When" }] },
        ],
      },
      { linkId: "verdict", type: "group", text: "Risk", extension: together, item: [{ linkId: "level", type: "string", text: "Level" }, { linkId: "why", type: "string", text: "Reason" }] },
    ],
  }],
};
