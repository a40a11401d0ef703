// Signing in to the office with whichever passkey this browser holds for the service.
//   [data-sign-in] the button     [data-sign-in-told] role=alert

import { fromBase64url } from "./page/base64url.js";
import { assertion, canPasskey } from "./page/passkey.js";

const told = document.querySelector("[data-sign-in-told]");
const button = /** @type {HTMLButtonElement|null} */ (document.querySelector("[data-sign-in]"));

/** @param {string} words */
const tell = (words) => {
  if (told) told.textContent = words;
};

/** @param {string} path @param {any} body */
async function post(path, body) {
  const response = await fetch(path, { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) });
  const answer = await response.json();
  if (!response.ok) throw new Error(`${answer.title}. ${answer.do}`);
  return answer;
}

async function signIn() {
  const { public_key } = await post("/api/v1/sign-in/start", {});
  const credential = /** @type {any} */ (await navigator.credentials.get({ publicKey: { ...public_key, challenge: fromBase64url(public_key.challenge), allowCredentials: [] } }));
  const answer = await post("/api/v1/sign-in/finish", { credential: assertion(credential) });
  location.assign(answer.next);
}

button?.addEventListener("click", () => {
  if (!canPasskey()) return tell("This browser has no passkeys. Use a current browser, over HTTPS or on localhost.");
  tell("");
  signIn().catch((error) => tell(error instanceof DOMException ? "The passkey was not used. Nothing was changed. Try again." : error.message));
});
