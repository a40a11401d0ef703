"""Filling a service with invented data: `seed` once, `more` as often as wanted."""

from __future__ import annotations

import hashlib
import json
import uuid
from pathlib import Path

from flask import Flask
from sqlalchemy import func, select

from throughcare import clock, forms
from throughcare.db import db, transaction
from throughcare.forms.publish import publish
from throughcare.models import Assessment, Authority, CustodyEpisode, Device, Record, Suite, User, UserSuite

from . import answers as said
from . import cases, names
from .tablet import Case, Tablet, World

SEED = 20261122
FORM_FILES = (
    "first-contact", "arrest-referral", "required-assessment", "safe-to-see", "audit", "audit-1.1.0", "sds", "phq-9", "gad-7", "sadq",
    "ldq",
)  # fmt: skip
SPREAD_DAYS = 27


def place_id(kind: str, name: str) -> str:
    """The same id on every machine."""
    return str(uuid.uuid5(uuid.NAMESPACE_URL, f"https://throughcare.example/demo/{kind}/{name}"))


def seed(app: Flask) -> None:
    """Places, people who work there, forms, and a shift of named cases. For an empty service only."""
    with app.app_context():
        with transaction():
            _places()
            _forms()
        with transaction():
            world = World(SEED)
            world.play(cases.shift(world))
            _change_that_waits(world)
            twice = cases.Arrival("Perrin", "Twicewell", "1979-04-02", "HL", "7", 200, "Nia Farrow")
            world.play([cases.added_by_mistake(world, twice, 185)])
            _unsent_work(world)


def more(app: Flask, assessments: int = 0, people: int = 0) -> int:
    """So many more assessments over the last four weeks; so many more people in Mill Gate now. Returns records made."""
    with app.app_context():
        if db.session.get(Suite, place_id("suite", "MG")) is None:
            raise ValueError("seed() comes first: this service has no invented suites")
        before = db.session.scalar(select(func.count()).select_from(Record)) or 0
        done = db.session.scalar(select(func.count()).select_from(Assessment)) or 0
        db.session.rollback()
        with transaction():
            world = World(SEED + before)
            world.numbers = dict.fromkeys(world.suites, 3000 + before)
            crowd = [
                cases.waiting(world, _arrival(world, index, "MG", "Sam Brackley", world.rng.uniform(5, 23 * 60)))
                for index in range(people)
            ]
            world.play([*crowd, *(_worked(world, done + index) for index in range(assessments))])
        with transaction() as session:
            return (session.scalar(select(func.count()).select_from(Record)) or 0) - before


def _places() -> None:
    session, now = db.session, clock.now()
    session.add_all(Authority(id=place_id("authority", name), name=name, gss=None) for name in names.AUTHORITIES)
    session.flush()
    for name, short, authority, days in names.SUITES:
        opened = clock.after(days=-days)[:10]
        session.add(
            Suite(
                id=place_id("suite", short),
                name=name,
                short=short,
                authority_id=place_id("authority", authority),
                open_from=opened,
            )
        )
    for name, role, _suites in names.USERS:
        email = f"{name.lower().replace(' ', '.')}@throughcare.example"
        session.add(
            User(
                id=place_id("user", name),
                name=name,
                role=role,
                email=email,
                active=True,
                created_at=now,
            )
        )
    session.flush()
    for name, role, suites in names.USERS:
        session.add_all(
            UserSuite(user_id=place_id("user", name), suite_id=place_id("suite", short), granted_seq=0)
            for short in suites
        )
        if role not in ("custody_worker", "outreach_worker", "supervisor"):
            continue
        # Nobody holds this token: its hash is of a sentence that is no token.
        digest = hashlib.sha256(f"an invented tablet of {name} has no token".encode()).hexdigest()
        session.add(
            Device(
                id=place_id("device", name),
                user_id=place_id("user", name),
                name=f"Tablet of {name}",
                token_sha256=digest,
                created_at=clock.after(days=-40),
                waiting=0,
            )
        )
    session.flush()


def _forms() -> None:
    folder = Path(forms.__file__).parent / "definitions"
    for name in FORM_FILES:
        publish(json.loads((folder / f"{name}.json").read_text()), None)


def _change_that_waits(world: World) -> None:
    """Bram's connection broke in mid-sync: a change came without the one before it."""
    tablet = Tablet(world, "Bram Oakley")
    stays = select(CustodyEpisode.person_id).where(CustodyEpisode.suite_id == world.suites["OB"].id)
    person = db.session.scalars(stays.order_by(CustodyEpisode.id)).first()
    if person is None:
        return
    world.ago = 75
    with clock.standing_at(world.now()):
        body = tablet.fetch(person)
        tablet.held[person] = ({"op": world.id()}, body)
        tablet.edit("person", person, {"/language": "Polish"})
        tablet.sync()


def _unsent_work(world: World) -> None:
    """Two tablets said at their last sync that they still held something."""
    for name, waiting, minutes in (("Ada Thistle", 5, 190), ("Bram Oakley", 2, 75)):
        device = Tablet(world, name).device
        if device:
            device.waiting, device.last_sync_at = waiting, clock.after(minutes=-minutes)


def _arrival(world: World, index: int, suite: str, worker: str, held: float) -> cases.Arrival:
    rng = world.rng
    family = rng.choice(names.FAMILY_START) + rng.choice(names.FAMILY_END)
    born = f"{rng.randint(1960, 2005)}-{rng.randint(1, 12):02d}-{rng.randint(1, 28):02d}"
    route = rng.choice(("cell-sweep", "cell-sweep", "required", "self-request", "liaison"))
    offence = {"offence_category": rng.choice(names.OFFENCES)}
    return cases.Arrival(
        rng.choice(names.GIVEN), family, born, suite, str(index % 40 + 1), held, worker, route, more=offence
    )


def _worked(world: World, index: int) -> Case:
    """One assessment of the last weeks: mostly approved, some waiting, returned, stopped or still a draft."""
    rng = world.rng
    worker, role_suites = rng.choice([(name, suites) for name, role, suites in names.USERS if role == "custody_worker"])
    suite = rng.choice([short for short in role_suites if short != "QS"])
    held = rng.uniform(1, SPREAD_DAYS) * cases.DAY
    who = _arrival(world, index, suite, worker, held)
    basis = "required" if who.route == "required" else "voluntary"
    seen = held - rng.uniform(1, 12) * cases.HOUR
    answers, fate = said.first_contact(rng, basis), rng.random()
    if fate < 0.08:
        return cases.stopped(world, who, seen, basis, rng.randint(7, 18), "released", True)
    if fate < 0.16:
        return cases.in_progress(world, who, seen, basis, rng.randint(8, 20))
    reviewed = max(seen - rng.uniform(2, 40) * cases.HOUR, 1)
    outcome: dict[str, list] = {"reviews": [(reviewed, "approved", None)]} if fate < 0.85 else {}
    if fate > 0.95:
        outcome = {"reviews": [(reviewed, "returned", {"harm-before": "Please ask again."})]}
    return cases.submitted(
        world, who, seen, said.FIRST_CONTACT, basis, answers, told=rng.choice(names.SERGEANTS), **outcome
    )
