"""The shortest and the longest road through the first contact, page by page, as first-form.md section 8 counts them."""

from __future__ import annotations

# One list of (question, codes) for each page that asks something; `basis` is set when the assessment is started.
Road = list[list[tuple[str, tuple[str, ...]]]]

_OPENING: Road = [
    [
        ("gate-cleared", ("cleared",)),
        ("gate-age", ("adult",)),
        ("gate-presentation", ("able",)),
        ("gate-support", ("none",)),
    ],
    [("take-part", ("agrees",))],
    [("harm-now", ("no",)), ("harm-before", ("no",)), ("health-now", ("none",))],
]
_CLOSING: Road = [
    [("treatment", ("no",)), ("housing-tonight", ("settled",))],
    [("safeguarding", ("none",)), ("next-step", ("information",))],
]

SHORTEST: Road = [
    *_OPENING,
    [("contact-safe", ("call",))],
    [("opioid-use", ("never",))],
    [("overdose", ("never",)), ("injecting", ("never",))],
    [("alcohol-pattern", ("none",))],
    [("substances", ("none",))],
    *_CLOSING,
]

# Every question is asked, and where several boxes can be ticked, several are.
LONGEST: Road = [
    *_OPENING,
    [("contact-safe", ("call", "text", "letter"))],
    [("opioid-use", ("current",)), ("tolerance-loss", ("prison", "stopped")), ("naloxone-kit", ("wants-kit",))],
    [("overdose", ("last-12-months",)), ("injecting", ("current",)), ("hep-c-test", ("never",))],
    [("alcohol-pattern", ("daily",)), ("alcohol-last", ("6-24-hours",))],
    [
        ("substances", ("heroin", "crack", "benzos", "alcohol")),
        ("main-substance", ("heroin",)),
        ("main-last-used", ("today",)),
    ],
    [("treatment", ("no",)), ("housing-tonight", ("asked-declined",))],
    _CLOSING[-1],
]


def questions(road: Road) -> list[str]:
    return [link_id for page in road for link_id, _codes in page]
