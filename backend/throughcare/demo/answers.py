"""Answers that hang together, for the three forms. `rng` decides what a case does not say itself."""

from __future__ import annotations

from random import Random
from typing import Any

BASE = "https://throughcare.example/Questionnaire/"
FIRST_CONTACT, AUDIT, SDS = (f"{BASE}{name}|1.0.0" for name in ("first-contact", "audit", "sds"))
# The questions in the order in which they are asked, so that a draft may stop anywhere.
ORDER = (
    "basis", "gate-cleared", "gate-age", "gate-presentation", "gate-support", "take-part", "harm-now", "harm-before",
    "health-now", "contact-safe", "opioid-use", "tolerance-loss", "naloxone-kit", "overdose", "injecting", "hep-c-test",
    "alcohol-pattern", "alcohol-last", "substances", "main-substance", "main-last-used", "treatment", "housing-tonight",
    "safeguarding", "next-step",
)  # fmt: skip
FREQUENCY = ("never", "less-than-monthly", "monthly", "weekly", "daily-or-almost-daily")


def some(*codes: str) -> dict[str, bool]:
    """A repeating choice."""
    return dict.fromkeys(codes, True)


def first_contact(rng: Random, basis: str, **said: Any) -> dict[str, Any]:
    """A whole first contact. `said` names questions with underscores: `harm_before="yes"`; None leaves one empty."""
    opioids = rng.choice(("current", "past", "never", "never"))
    drinks = rng.choice(("daily", "some-days", "some-days", "none"))
    used = rng.sample(("heroin", "crack", "cannabis", "cocaine", "benzos", "synthetic-cannabinoid"), rng.randint(1, 3))
    answers: dict[str, Any] = {
        "basis": basis,
        "gate-cleared": "cleared",
        "gate-age": "adult",
        "gate-presentation": some("able"),
        "gate-support": some("none"),
        "take-part": "agrees",
        "harm-now": "no",
        "harm-before": rng.choice(("no", "no", "no", "asked-declined")),
        "health-now": some("none"),
        "contact-safe": some(*rng.sample(("call", "text", "letter"), 2)),
        "opioid-use": opioids,
        "tolerance-loss": some(rng.choice(("none", "none", "prison", "stopped"))),
        "naloxone-kit": rng.choice(("has-kit", "wants-kit", "declined-kit")),
        "overdose": rng.choice(("never", "never", "earlier", "last-12-months")),
        "injecting": rng.choice(("never", "never", "previous", "current")),
        "hep-c-test": rng.choice(("last-12-months", "earlier", "never")),
        "alcohol-pattern": drinks,
        "alcohol-last": rng.choice(("6-24-hours", "over-24-hours")),
        "substances": some(*used),
        "main-substance": used[0],
        "main-last-used": rng.choice(("today", "yesterday", "2-7-days")),
        "treatment": rng.choice(("no", "no", "prescribed-on-time", "not-prescribed")),
        "housing-tonight": rng.choice(("settled", "settled", "temporary", "sofa", "at-risk")),
        "safeguarding": some("none"),
        "next-step": rng.choice(("refer", "refer", "full", "call-later", "information")),
    }
    answers.update({name.replace("_", "-"): value for name, value in said.items()})
    return consistent({name: answers[name] for name in ORDER if answers[name] is not None})


def consistent(answers: dict[str, Any]) -> dict[str, Any]:
    """Without the answers to questions that these answers close."""
    if answers.get("opioid-use") == "never":
        answers = {k: v for k, v in answers.items() if k not in ("tolerance-loss", "naloxone-kit")}
    if answers.get("injecting") == "never":
        answers.pop("hep-c-test", None)
    if answers.get("alcohol-pattern") != "daily":
        answers.pop("alcohol-last", None)
    return answers


def first(answers: dict[str, Any], count: int) -> dict[str, Any]:
    """What had been answered after so many questions."""
    return dict(list(answers.items())[:count])


def audit(rng: Random, heavy: bool) -> dict[str, Any]:
    """Ten answers; heavy ones add up to dependence, the others to little."""
    low, high = (2, 4) if heavy else (0, 1)
    answers: dict[str, Any] = {
        "audit-1": "4-times-or-more-per-week" if heavy else "monthly-or-less",
        "audit-2": "10-or-more" if heavy else "0-to-2",
    }
    answers.update({f"audit-{number}": FREQUENCY[rng.randint(low, high)] for number in range(3, 9)})
    answers["audit-9"] = "yes-but-not-in-the-last-year" if heavy else "no"
    answers["audit-10"] = "yes-during-the-last-year" if heavy else "no"
    return answers


def sds(rng: Random, drug: str) -> dict[str, Any]:
    words = ("never-or-almost-never", "sometimes", "often", "always-or-nearly-always")
    answers: dict[str, Any] = {"drug": drug}
    answers.update({f"sds-{number}": words[rng.randint(1, 3)] for number in range(1, 5)})
    answers["sds-5"] = rng.choice(("quite-difficult", "very-difficult"))
    return answers
