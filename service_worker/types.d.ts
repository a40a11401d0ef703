// What the build bakes into the worker, and the packages without types of their own.
declare module "throughcare:release" {
  export const release: string;
  export const precache: { url: string; integrity: string }[];
  export const policy: { headers?: Record<string, string> };
  export const problems: Record<string, { status: number; title: string; happened: string; safe: string; do: string }>;
}
declare module "throughcare:templates" {
  const templates: Record<string, unknown>;
  export default templates;
}
declare module "nunjucks/browser/nunjucks-slim.js";
declare module "fhirpath";
declare module "fhirpath/fhir-context/r4";
declare module "fhirpath/src/constants.js";
