// In the demo a newcomer needs no link and no authenticator: one press makes an enrolment for an invented worker.

/** @param {(words: string) => void} tell */
export function demoButtons(tell) {
  document.addEventListener("click", async (event) => {
    const button = event.target instanceof Element ? event.target.closest("[data-demo-user]") : null;
    if (!button) return;
    event.preventDefault();
    tell("Making an enrolment for this device");
    const response = await fetch("/api/v1/enrolments/demo", { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify({ user_id: button.getAttribute("data-demo-user") }) }).catch(() => null);
    const answer = await response?.json().catch(() => null);
    if (!response?.ok || !answer?.code) return tell(answer?.title ?? "The service did not answer. Try again.");
    const was_here = location.pathname.startsWith("/enrol");
    location.assign(`/enrol/#${answer.code}`);
    if (was_here) location.reload();
  });
}
