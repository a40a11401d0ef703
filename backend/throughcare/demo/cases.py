"""The invented people that a newcomer meets, one case for each thing that can happen. Minutes are minutes ago."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from throughcare.forms import engine

from . import answers as said
from .names import SERGEANTS
from .tablet import Case, Tablet, World

HOUR, DAY = 60, 24 * 60


@dataclass
class Arrival:
    """Who was brought where, how many minutes ago, by which road; `worker` records it."""

    given: str
    family: str
    born: str
    suite: str
    cell: str
    held: float
    worker: str
    route: str = "cell-sweep"
    cleared: str = "cleared"
    more: dict[str, Any] = field(default_factory=dict)


class Story:
    """One person's episode as its cases tell it."""

    def __init__(self, world: World, arrival: Arrival) -> None:
        self.world, self.arrival = world, arrival
        self.tablet = Tablet(world, arrival.worker)
        self.assessment = ""

    def arrive(self) -> None:
        who, world = self.arrival, self.world
        self.person = self.tablet.create(
            "person", {"given_name": who.given, "family_name": who.family, "date_of_birth": who.born}
        )
        safe: dict[str, Any] = {"state": who.cleared, "at": world.now()}
        if who.cleared != "not-known":
            safe["by"] = world.rng.choice(SERGEANTS)
        suite = world.suites[who.suite].id
        self.episode = self.tablet.create(
            "custody_episode",
            {
                "person_id": self.person,
                "suite_id": suite,
                "custody_number": world.custody_number(who.suite),
                "cell": who.cell,
                "arrested_at": world.now(50),
                "arrived_at": world.now(),
                "route": who.route,
                "safe_to_see": safe,
                "two_person": False,
                **who.more,
            },
        )
        self.shared = {"person_id": self.person, "episode_id": self.episode, "suite_id": suite}
        self.tablet.sync()

    def contact(self, outcome: str, **more: Any) -> None:
        body = {
            **self.shared,
            "kind": self.arrival.route,
            "outcome": outcome,
            "harm_reduction_offered": True,
            "at": self.world.now(),
            "worker_id": self.tablet.user.id,
            **more,
        }
        self.tablet.create("contact", body)
        self.tablet.sync()

    def begin(self, form: str, basis: str, answers: dict[str, Any]) -> None:
        """Start an assessment and answer it; nothing is sent yet."""
        self.assessment = self.tablet.create(
            "assessment",
            {
                **self.shared,
                "form": form,
                "basis": basis,
                "author_id": self.tablet.user.id,
                "started_at": self.world.now(),
                "confirmed_identity_at": self.world.now(),
                "state": "draft",
                "answers": {"basis": basis} if "basis" in answers else {},
            },
        )
        self.tablet.answer(self.assessment, {name: value for name, value in answers.items() if name != "basis"})

    def stop(self, reason: str) -> None:
        body = self.tablet.fetch(self.assessment)
        definition = self.world.forms[body["form"]].definition
        rest = engine.stop_answers(definition, body["answers"], {"now": self.world.now(), "conflicts": {}})
        self.tablet.answer(self.assessment, {k: v for k, v in rest.items() if k not in body["answers"]})
        self.tablet.edit("assessment", self.assessment, {"/stopped": {"reason": reason, "at": self.world.now()}})


def waiting(world: World, who: Arrival) -> Case:
    """Brought in, not seen yet."""
    yield who.held
    Story(world, who).arrive()


def added_by_mistake(world: World, who: Arrival, noticed: float) -> Case:
    """Brought in once and added twice: the second stay, and the second person, are taken away again."""
    yield who.held
    story = Story(world, who)
    story.arrive()
    yield noticed
    mark = {"reason": "It is there twice", "by": story.tablet.user.id, "at": world.now()}
    for kind, record in (("custody_episode", story.episode), ("person", story.person)):
        story.tablet.edit(kind, record, {"/entered_in_error": mark})
    story.tablet.sync()


def declined(world: World, who: Arrival, seen: float) -> Case:
    yield who.held
    story = Story(world, who)
    story.arrive()
    yield seen
    story.contact("declined", reason="not-now")
    story.tablet.edit("custody_episode", story.episode, {"/rest_until": world.now(-seen - 125)})
    story.tablet.sync()


def in_progress(world: World, who: Arrival, seen: float, basis: str, count: int, **more: Any) -> Case:
    """A draft that stops after so many questions; its alerts stand unless `told` names who was told."""
    told = more.pop("told", None)
    yield who.held
    story = Story(world, who)
    story.arrive()
    yield seen
    story.contact("accepted")
    story.begin(said.FIRST_CONTACT, basis, said.first(said.first_contact(world.rng, basis, **more), count))
    alerts = story.tablet.raise_alerts(story.assessment)
    if told:
        story.tablet.settle(alerts, told)
    story.tablet.sync()


def stopped(world: World, who: Arrival, seen: float, basis: str, count: int, reason: str, submit: bool) -> Case:
    yield who.held
    story = Story(world, who)
    story.arrive()
    yield seen
    story.contact("accepted")
    story.begin(said.FIRST_CONTACT, basis, said.first(said.first_contact(world.rng, basis), count))
    story.stop(reason)
    story.tablet.raise_alerts(story.assessment)
    if submit:
        story.tablet.submit(story.assessment)
    yield seen - 35
    if reason == "released":
        story.tablet.edit("custody_episode", story.episode, {"/released_at": world.now()})
    story.tablet.sync()


def submitted(
    world: World, who: Arrival, seen: float, form: str, basis: str, answers: dict[str, Any], **more: Any
) -> Case:
    """Handed in. `received`: minutes ago it reached the server; `reviews`: what a supervisor did with it, in order, as
    (minutes ago, outcome, marks); after a return the worker corrects and hands in again when `again` is set."""
    yield who.held
    story = Story(world, who)
    story.arrive()
    yield seen + 20
    story.contact("accepted")
    yield seen
    story.begin(form, basis, answers)
    alerts = story.tablet.raise_alerts(story.assessment)
    if told := more.get("told"):
        story.tablet.settle(alerts, told)
    if conflict := more.get("conflict"):
        yield from _two_tablets(world, story, conflict)
    story.tablet.submit(story.assessment)
    yield more.get("received", seen)
    story.tablet.sync()
    for ago, outcome, marks in more.get("reviews", ()):
        yield ago
        Tablet(world, "Jo Maddern").review(
            story.assessment, outcome, marks, "Please look at the marked answers." if marks else ""
        )
        if outcome == "returned" and (again := more.get("again")):
            yield again
            for link_id, value in more["corrected"].items():
                story.tablet.edit(
                    "assessment",
                    story.assessment,
                    {f"/answers/{link_id}": value, f"/replies/{link_id}": "Asked again and corrected."},
                )
            story.tablet.submit(story.assessment)
            story.tablet.sync()
    if amended := more.get("amended"):
        yield more["amended_at"]
        story.tablet.edit(
            "assessment",
            story.assessment,
            {f"/answers/{k}": v for k, v in amended.items()},
            reason="The person said on the phone that this was wrong.",
        )
        story.tablet.sync()


def _two_tablets(world: World, story: Story, conflict: dict[str, tuple[Any, Any]]) -> Case:
    """A colleague took the draft over while the author was out of coverage; both answered the same question."""
    story.tablet.sync()
    colleague = Tablet(world, "Sam Brackley")
    colleague.fetch(story.assessment)
    story.tablet.fetch(story.assessment)
    colleague.edit("assessment", story.assessment, {"/taken_over": {"by": colleague.user.id, "at": world.now()}})
    colleague.answer(story.assessment, {link_id: values[0] for link_id, values in conflict.items()})
    story.tablet.answer(story.assessment, {link_id: values[1] for link_id, values in conflict.items()})
    yield world.ago - 25
    colleague.sync()
    story.tablet.sync()


def shift(world: World) -> list[Case]:
    """Everyone whom a newcomer meets by name."""
    rng, nia, sam, ada, bram = world.rng, "Nia Farrow", "Sam Brackley", "Ada Thistle", "Bram Oakley"

    def contact(basis: str, **more: Any) -> dict[str, Any]:
        return said.first_contact(rng, basis, **more)

    quiet = {
        "opioid_use": "never",
        "injecting": "never",
        "alcohol_pattern": "some-days",
        "harm_before": "no",
        "housing_tonight": "settled",
    }
    return [
        waiting(world, Arrival("Tobin", "Sedge", "1987-08-14", "HL", "4", 20 * HOUR + 5, nia, "required")),
        waiting(
            world,
            Arrival(
                "Marla",
                "Quince",
                "1998-03-02",
                "HL",
                "11",
                7 * HOUR + 20,
                nia,
                "self-request",
                more={"two_person": True},
            ),
        ),
        waiting(world, Arrival("Corin", "Halemoss", "1979-10-30", "HL", "2", HOUR + 45, nia, cleared="not-cleared")),
        submitted(
            world,
            Arrival("Ivo", "Larkspur", "1991-05-21", "HL", "9", 17 * HOUR + 34, nia),
            9 * HOUR,
            said.FIRST_CONTACT,
            "voluntary",
            contact("voluntary", **quiet),
            reviews=[
                (
                    2 * HOUR,
                    "returned",
                    {
                        "contact-safe": "Is a letter safe? They share the house.",
                        "treatment": "Which service? It says nothing is prescribed.",
                    },
                )
            ],
        ),
        submitted(
            world,
            Arrival("Asa", "Pennyfold", "1984-01-09", "HL", "12", 11 * HOUR + 16, nia),
            8 * HOUR,
            said.FIRST_CONTACT,
            "voluntary",
            contact("voluntary", **quiet),
            reviews=[(4 * HOUR, "approved", None)],
        ),
        in_progress(
            world,
            Arrival("Jude", "Ockmere", "1995-12-03", "HL", "1", 6 * HOUR + 31, nia),
            3 * HOUR,
            "voluntary",
            14,
            harm_before="yes",
            opioid_use="never",
        ),
        in_progress(
            world,
            Arrival("Della", "Fenwright", "1989-06-17", "HL", "7", 5 * HOUR + 10, nia),
            40,
            "required",
            13,
            **{**quiet, "opioid_use": "current"},
            naloxone_kit="has-kit",
            tolerance_loss=said.some("none"),
            told="Sgt Amory",
        ),
        declined(world, Arrival("Wren", "Tallowby", "2001-02-25", "HL", "5", 4 * HOUR + 44, nia), 2 * HOUR),
        submitted(
            world,
            Arrival("Tamsin", "Orrell", "1993-09-08", "HL", "3", DAY + 14 * HOUR, nia),
            DAY + 11 * HOUR,
            said.FIRST_CONTACT,
            "voluntary",
            contact("voluntary", **{**quiet, "harm_before": None}),
            received=4 * HOUR,
            conflict={"harm-before": ("yes", "no")},
        ),
        submitted(
            world,
            Arrival("Effie", "Marchbank", "1986-11-19", "MG", "6", DAY + 20 * HOUR, sam, "required"),
            DAY + 15 * HOUR,
            said.FIRST_CONTACT,
            "required",
            contact("required", **{**quiet, "opioid_use": "current", "naloxone_kit": "wants-kit"}),
            reviews=[(DAY + 12 * HOUR, "returned", {"overdose": "When was it?", "injecting": "Please ask again."})],
            again=DAY + 6 * HOUR,
            corrected={"overdose": "earlier", "injecting": "previous"},
        ),
        submitted(
            world,
            Arrival("Kester", "Rowanby", "1990-04-04", "HL", "8", DAY + 3 * HOUR, nia, "required"),
            22 * HOUR,
            said.FIRST_CONTACT,
            "required",
            contact(
                "required",
                opioid_use="past",
                tolerance_loss=said.some("prison"),
                naloxone_kit="has-kit",
                alcohol_pattern="none",
                injecting="never",
            ),
            received=19 * HOUR,
        ),
        submitted(
            world,
            Arrival("Linus", "Averill", "1977-07-30", "OB", "2", DAY, ada, "court"),
            20 * HOUR,
            said.FIRST_CONTACT,
            "court",
            contact("court", **quiet),
        ),
        stopped(
            world,
            Arrival("Bryn", "Sallow", "1999-10-12", "HL", "10", 19 * HOUR, nia, "required"),
            16 * HOUR,
            "required",
            17,
            "released",
            True,
        ),
        stopped(
            world,
            Arrival("Odile", "Fernsby", "1996-08-08", "MG", "4", 9 * HOUR, sam),
            6 * HOUR,
            "voluntary",
            9,
            "called",
            False,
        ),
        submitted(
            world,
            Arrival("Marius", "Colby", "1972-03-27", "HL", "6", 12 * HOUR, nia),
            5 * HOUR,
            said.AUDIT,
            "voluntary",
            said.audit(rng, True),
        ),
        submitted(
            world,
            Arrival("Rowan", "Teasel", "1994-05-05", "TR", "1", 8 * HOUR, bram),
            4 * HOUR,
            said.FIRST_CONTACT,
            "voluntary",
            contact("voluntary", **quiet),
        ),
        submitted(
            world,
            Arrival("Petra", "Winslade", "1988-02-14", "MG", "9", 2 * DAY, sam),
            DAY + 16 * HOUR,
            said.SDS,
            "voluntary",
            {**said.sds(rng, "heroin"), "sds-2": "often"},
            reviews=[(DAY, "approved", None)],
            amended={"sds-2": "sometimes"},
            amended_at=3 * HOUR,
        ),
        submitted(
            world,
            Arrival("Hollis", "Brindle", "1982-12-01", "HL", "14", DAY + 2 * HOUR, nia),
            18 * HOUR,
            said.FIRST_CONTACT,
            "voluntary",
            contact("voluntary", **{**quiet, "housing_tonight": None}),
            conflict={"housing-tonight": ("settled", "at-risk")},
            received=10 * HOUR,
        ),
        in_progress(
            world,
            Arrival("Maximiliana-Theodora", "Featherstonehaugh-Wolstenholme", "1969-09-29", "MG", "12", 3 * HOUR, sam),
            HOUR,
            "voluntary",
            10,
            **quiet,
        ),
    ]
