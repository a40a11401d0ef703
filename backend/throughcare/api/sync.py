"""POST /sync/v1/push, pull and compare: docs/sync-protocol.md. A device token is the only way in; no cookie is read."""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

from flask import Blueprint, Response, current_app, g
from sqlalchemy.exc import OperationalError

from .. import clock
from ..db import apart, db, only_reads
from ..identity import borne
from ..models import Device
from ..permissions import Permission, get_actor, public, requires
from ..problems import Problem
from ..services import clearing, heard
from ..sync import history
from ..sync.carried import as_text
from ..sync.compare import compare as compare_range
from ..sync.pull import pull as pull_page
from ..sync.receive import receive_texts
from ..sync.scopes import furthest
from ..sync.work import meta_of
from .sync_wire import ClearedSchema, CompareSchema, PullSchema, PushSchema, answer, read

blueprint = Blueprint("sync", __name__)
PUSH, PULL, COMPARE, CLEARED = PushSchema(), PullSchema(), CompareSchema(), ClearedSchema()
SCHEMAS = {file.stem: file.read_text("utf-8") for file in (Path(__file__).parent / "schemas").glob("*.json")}


@blueprint.post("/sync/v1/push")
@requires(Permission.SYNC, way="device")
def push() -> Any:
    sent = read(PUSH)
    actor = get_actor()
    session = db.session()
    device: Device = actor.device
    if sent["device"] not in (None, device.id):
        raise Problem("device.mismatch")
    if history.is_set_back(session, sent, 0, device.id):
        history.begin(session, "device", device.id, judged=sent["epoch"])
    # A device that does not know of the new epoch first puts back what it has an answer to: only then do its ops come in
    # the order in which they build on each other.
    ops = sent["ops"] if sent["epoch"] in (None, meta_of(session).epoch) else []
    results = receive_texts(session, actor.user, device, ops)
    heard.pushed(device, sent, len(ops))
    now = meta_of(session)
    g.witness = (now.epoch, now.seq)
    told = {"epoch": now.epoch, "server_now": clock.now(), "durable_seq": now.durable_seq}
    head = json.dumps({**told, **clearing.told(device)})
    # The stored results go out as they were stored.
    return answer(f'{head[:-1]}, "results": [{",".join(results)}]}}')


@blueprint.post("/sync/v1/pull")
@requires(Permission.SYNC, way="device")
@only_reads
def pull() -> Any:
    sent = read(PULL)
    actor, session = get_actor(), db.session()
    device: Device = actor.device
    reached = furthest(sent["cursor"], sent["epoch"], actor.user.id)
    if history.is_set_back(session, sent, reached, device.id):
        with apart() as alone:
            history.begin(alone, "device", actor.device_id, judged=sent["epoch"])
        session.rollback()  # the next picture is of the new epoch
    page = pull_page(session, actor.user, device, sent)
    if heard.is_news(device, sent):
        _note(heard.pulled, device, sent)
    return answer(as_text({**page, **clearing.told(device)}))


@blueprint.post("/sync/v1/compare")
@requires(Permission.SYNC, way="device")
@only_reads
def compare() -> Any:
    sent = read(COMPARE)
    found = compare_range(db.session(), get_actor().user, sent)
    if not sent["after"]:
        _note(heard.compared, get_actor().device)
    return answer(as_text(found))


def _note(write: Callable[..., None], device: Device, *given: Any) -> None:
    """What the office is told of a tablet stops nobody from fetching while a writer holds the database: the tablet says it
    again."""
    with suppress(OperationalError), apart(patience=0.2) as alone:
        write(alone.get_one(Device, device.id), *given)


@blueprint.post("/sync/v1/cleared")
@public("Whoever has the proof can only say that the tablet is empty; it has no token any more to say it with.")
def cleared() -> Any:
    """A tablet that was asked to clear itself says that it has. Its proof is what it bears in place of a token."""
    sent = read(CLEARED)
    return answer(json.dumps({"cleared_at": clearing.done(sent["device"], borne())}))


@blueprint.after_request
def witness(response: Response) -> Response:
    """The commit is done; before the answer leaves, the witness knows how far we came. Where the commit failed we came no
    further."""
    if "witness" in g and response.status_code == 200:
        history.Witness(Path(current_app.config["WITNESS"])).write(*g.witness)
    return response


@blueprint.get("/sync/v1/schemas/<name>.json")
@public("Shapes without any data; whoever writes a client has no token yet.")
@only_reads
def schema(name: str) -> Any:
    """The JSON Schema (draft 2020-12) of a request, an answer or a part of them; they name each other relatively."""
    if name not in SCHEMAS:
        raise Problem("page.not_found")
    return Response(SCHEMAS[name], mimetype="application/schema+json")
