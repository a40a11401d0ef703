// The colours are one list: dim by choice and dim by the device must not drift apart, and text keeps its contrast.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

const css = readFileSync(new URL("../../../frontend/css/tokens.css", import.meta.url), "utf8");
const block = (opening) => {
  const start = css.indexOf(opening);
  assert.ok(start >= 0, `tokens.css has no block "${opening}"`);
  const inner = css.slice(css.indexOf("{", start) + 1, css.indexOf("}", start));
  return Object.fromEntries([...inner.matchAll(/--([a-z-]+):\s*([^;]+);/g)].map((match) => [match[1], match[2].trim()]));
};
const light = block(":root {");
const chosen = block(':root[data-theme="dim"] {');
const asked = block(':root:not([data-theme="light"]) {');

const luminance = (hex) => {
  const channels = [1, 3, 5].map((at) => parseInt(hex.slice(at, at + 2), 16) / 255).map((c) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4));
  return 0.2126 * channels[0] + 0.7152 * channels[1] + 0.0722 * channels[2];
};
const ratio = (one, other) => {
  const [high, low] = [luminance(one), luminance(other)].sort((a, b) => b - a);
  return (high + 0.05) / (low + 0.05);
};

test("dim is the same whether it is chosen or asked for by the device", () => assert.deepEqual(chosen, asked));

for (const [theme, tokens] of [["light", light], ["dim", chosen]]) {
  test(`every word of the ${theme} theme has a contrast of 4.5 on the surfaces it stands on`, () => {
    for (const [text, surfaces] of Object.entries({
      ink: ["paper", "card", "sunk", "act-tint", "urgent-tint"], "ink-quiet": ["paper", "card", "sunk"], act: ["paper", "card", "act-tint"], "on-act": ["act"],
      stop: ["paper", "card", "stop-tint"], urgent: ["card", "urgent-tint"], waiting: ["card", "waiting-tint"], done: ["paper", "card", "done-tint"],
      decide: ["card", "decide-tint"], "header-text": ["header"], "header-quiet": ["header"], "on-conceal": ["conceal"],
    })) {
      for (const surface of surfaces) {
        const measured = ratio(tokens[text], tokens[surface]);
        assert.ok(measured >= 4.5, `--${text} on --${surface} is ${measured.toFixed(2)}; choose a stronger token in tokens.css`);
      }
    }
  });

  test(`every control of the ${theme} theme has an edge of 3 to 1`, () => {
    for (const surface of ["paper", "card"]) assert.ok(ratio(tokens.edge, tokens[surface]) >= 3, `--edge on --${surface}`);
  });
}
