// A refusal with a stable code. Its words come from the catalogue that the server reads too.

import { problems } from "throughcare:release";

export class Problem extends Error {
  /** @param {string} code */
  constructor(code) {
    super(code);
    this.code = code;
  }
}

/** @param {string} code @param {Record<string, any>} [details] @returns {{code: string, status: number, title: string, happened: string, safe: string, do: string}} */
export function problemWords(code, details = {}) {
  const words = problems[code] ?? problems["device.failed"];
  return { code, ...words, ...details };
}
