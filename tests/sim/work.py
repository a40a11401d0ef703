"""What workers do in a history: people and stays, assessments and their answers, settling of conflicts; and what is decided
elsewhere meanwhile: a new version of the form is published, and somebody copies a tablet's disk to another tablet."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import factories
from throughcare import clock
from throughcare.db import transaction
from throughcare.forms.publish import find_form
from throughcare.models import Form
from throughcare.records.revision import sha256
from throughcare.sync import form_facts, receive

if TYPE_CHECKING:
    from sim.world import World

FIELDS = ("/given_name", "/family_name", "/prison_number", "/local_number")
# The question about harm is flagged as safety; a box is ticked or not there.
ANSWERS = {
    "/answers/harm-now": ("yes", "no"),
    "/answers/notes": ("n1", "n2", "n3"),
    "/answers/days": (1, 2, 3),
    "/answers/drugs/heroin": (True,),
    "/answers/drugs/crack": (True,),
}
NEW_VERSION = "2.0.0"
CLONE = "3"

Place = tuple[str, str]


def at(body: dict[str, Any] | None, pointer: str) -> Any:
    """The value in a body, None where it is absent."""
    found: Any = body
    for step in pointer.split("/")[1:]:
        found = found.get(step) if isinstance(found, dict) else None
    return found


def may_edit(body: dict[str, Any]) -> tuple[str, str | None]:
    return body["author_id"], (body.get("taken_over") or {}).get("by")


class Work:
    def __init__(self, world: World) -> None:
        self.world = world
        self.people: list[str] = []
        self.stays: list[Place] = []
        self.assessments: list[str] = []
        # The assessment that was answered or read last, on any tablet.
        self.open = ""

    # --- people

    def save(self, name: str) -> None:
        rng = self.world.rng
        if not self.people or rng.random() < 0.25:
            self._meet(name)
            return
        person = rng.choice(self.people)
        if self._read(name, "person", person) is None:
            return
        chosen = [(field, f"v{rng.randint(1, 3)}") for field in rng.sample(FIELDS, rng.randint(1, 2))]
        self._keep(name, [{"edit": "person", "id": person, "set": chosen}], {(person, key): to for key, to in chosen})

    def _meet(self, name: str) -> None:
        world = self.world
        person, stay = world.new_id(), world.new_id()
        body = {"given_name": "Zebedee", "family_name": "Exemplar"}
        at_suite = {"person_id": person, "suite_id": world.service.suite, "arrived_at": world.time(), "cell": None}
        at_suite["safe_to_see"] = {"state": "not-known", "by": None, "at": world.time()}
        changes = [
            {"create": "person", "id": person, "body": body},
            {"create": "custody_episode", "id": stay, "body": at_suite},
        ]
        if self._keep(name, changes, {(person, f"/{key}"): value for key, value in body.items()}):
            self.people.append(person)
            self.stays.append((person, stay))

    # --- assessments

    def assess(self, name: str) -> None:
        """Begin one, with the form that stands or with a version that this tablet knows and the service not yet; or answer."""
        rng = self.world.rng
        if self.stays and (not self.assessments or rng.random() < 0.25):
            self._begin(name, *rng.choice(self.stays))
        elif self.assessments:
            # Often the one that somebody has just worked on, else two would hardly ever meet.
            self.open = self.open if self.open and rng.random() < 0.8 else rng.choice(self.assessments)
            self._answer(name, self.open)

    def _begin(self, name: str, person: str, stay: str) -> None:
        world = self.world
        version = world.rng.choice(["1.0.0", "1.0.0", NEW_VERSION])
        if self._read(name, "custody_episode", stay) is None:
            return
        made = world.new_id()
        about = {"person_id": person, "episode_id": stay, "suite_id": world.service.suite, "basis": "voluntary"}
        life = {"author_id": world.users[name], "started_at": world.time(name), "state": "draft", "answers": {}}
        body = about | life | {"form": f"{factories.FORM_URL}|{version}"}
        if self._keep(name, [{"create": "assessment", "id": made, "body": body}], {}):
            self.assessments.append(made)

    def _answer(self, name: str, assessment: str) -> None:
        world = self.world
        rng, user = world.rng, world.users[name]
        here = self._read(name, "assessment", assessment)
        if here is None:
            return
        chosen = [
            (question, rng.choice(ANSWERS[question])) for question in rng.sample(sorted(ANSWERS), rng.randint(1, 2))
        ]
        taken = []
        if user not in may_edit(here["body"]):
            taken = [("/taken_over", {"by": user, "at": world.time(name)})]
        change = {"edit": "assessment", "id": assessment, "set": [*taken, *chosen]}
        self._keep(name, [change], {(assessment, question): value for question, value in chosen})

    def hand_in(self, name: str) -> None:
        """An assessment is handed in by whoever may edit it; a supervisor returns or approves it."""
        world = self.world
        user = world.users[name]
        # A supervisor reads what waits for one.
        wanted = (
            ("submitted",) if user == world.service.supervisor and world.rng.random() < 0.7 else ("draft", "returned")
        )
        shown = world.engine.do("look", name=name)["records"]
        ready = [key for key, each in shown if each["type"] == "assessment" and each["body"]["state"] in wanted]
        which = (
            self.open if self.open in ready and world.rng.random() < 0.8 else world.rng.choice(sorted(ready) or [""])
        )
        here = self._read(name, "assessment", which) if which else None
        if here is None:
            return
        self.open, body, at = here["id"], here["body"], world.time(name)
        number = (body.get("submission") or {}).get("number", 0)
        if body["state"] in ("draft", "returned") and user in may_edit(body):
            handed_in = {"number": number + 1, "at": at, "by": user}
            chosen = [("/submission", handed_in), ("/state", "submitted")]
        elif body["state"] == "submitted" and user == world.service.supervisor:
            outcome = world.rng.choice(["returned", "returned", "approved"])
            review = {"number": number, "outcome": outcome, "marks": {}, "comment": "Say more", "by": user, "at": at}
            chosen = [("/review", review), ("/state", outcome)]
        else:
            return
        self._keep(name, [{"edit": "assessment", "id": here["id"], "set": chosen}], {})
        world.say(name, chosen[1][1], here["id"])

    # --- conflicts

    def settle(self, name: str) -> None:
        """The tablet's worker settles a conflict that they see: by taking a side as they read it, or by neither."""
        world = self.world
        shown = world.engine.do("look", name=name)["records"]
        seen = sorted(key for key, each in shown if each["type"] == "conflict")
        conflict = self._read(name, "conflict", world.rng.choice(seen)) if seen else None
        if conflict is None or conflict["body"].get("resolution"):
            return
        body, choice = conflict["body"], world.rng.choice(["mine", "theirs", "neither"])
        value = None if choice == "neither" else (body.get(choice) or {}).get("value")
        resolution = {"choice": choice, "value": value, "reason": "Read from the card", "at": world.time(name)}
        change = {"edit": "conflict", "id": conflict["id"], "set": [("/resolution", resolution)], "reason": "Read it"}
        self._keep(name, [change | {"resolves": [conflict["id"]]}], {})

    # --- what others do

    def publish(self, _name: str = "") -> None:
        """The form's new version is published: what waited for it is applied."""
        service = self.world.service
        with service.app.app_context(), clock.standing_at(self.world.time()), transaction() as session:
            if find_form(factories.FORM_URL, NEW_VERSION) is not None:
                return
            definition = factories.example_form(NEW_VERSION)
            facts = {"title": "Example", "status": "active", "definition": definition, "sha256": sha256(definition)}
            form = Form(
                id=self.world.new_id(), url=factories.FORM_URL, version=NEW_VERSION, published_at=clock.now(), **facts
            )
            session.add(form)
            session.flush()
            receive.release(session, form_facts.awaited(form.form))
        self.world.say("published")

    def clone(self, name: str) -> None:
        """The tablet's disk is copied to another tablet, which wakes up as the same device, now or long after: what the first
        one sends meanwhile, it sends again, and what both go on with was one op."""
        world = self.world
        if CLONE in world.tablets or name == CLONE:
            return
        world.tablets[CLONE], world.users[CLONE] = world.tablets[name], world.users[name]
        world.engine.do("clone", name=name, to=CLONE)
        world.watch.clone(name, CLONE)
        world.say(name, "cloned")

    # --- the tablet

    def _read(self, name: str, kind: str, record: str) -> dict[str, Any] | None:
        found: dict[str, Any] | None = self.world.engine.do("read", name=name, type=kind, id=record)
        return found

    def _keep(self, name: str, changes: list[dict[str, Any]], told: dict[Place, Any]) -> bool:
        """Whether the worker was told that it is saved."""
        world = self.world
        if world.engine.do("save", name=name, time=world.time(name), changes=changes) == "power":
            world.say(name, "save: power")
            world.watch.unsure(name)
            world.engine.do("crash", name=name)
            return False
        world.say(
            name, "saved", [each["id"] for each in changes], sorted((place, str(to)) for place, to in told.items())
        )
        for place, value in told.items():
            world.saved.setdefault(place, set()).add(value)
        world.watch.saved(name, told)
        return True
