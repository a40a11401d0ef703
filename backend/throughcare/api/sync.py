"""POST /sync/v1/push and /sync/v1/pull: docs/sync-protocol.md. A device token is the only way in; no cookie is read."""

from __future__ import annotations

import gzip
import json
import zlib
from pathlib import Path
from typing import Any

from flask import Blueprint, Response, current_app, g, request
from marshmallow import RAISE, Schema, ValidationError, fields, validate

from .. import clock
from ..db import apart, db, only_reads, snapshot
from ..models import Device, User
from ..permissions import Permission, get_actor, requires
from ..problems import Problem
from ..sync import history
from ..sync.compare import compare as compare_range
from ..sync.pull import as_text
from ..sync.pull import pull as pull_page
from ..sync.receive import receive_texts
from ..sync.scopes import furthest
from ..sync.wire import MAX_BATCH, MAX_OPS
from ..sync.work import durable_seq, meta_of

blueprint = Blueprint("sync", __name__)
PROTOCOL = 1
WORTH_PACKING = 2000  # bytes; a shorter answer fits into one packet or two as it is
MAX_HAVE = 2000
SOON = 60  # seconds within which a second idle pull does not write its time again


class _Request(Schema):
    class Meta:
        unknown = RAISE

    proto = fields.Integer(required=True, strict=True)
    epoch = fields.String(load_default=None, allow_none=True)
    schema = fields.Integer(load_default=None, allow_none=True)
    device = fields.String(load_default=None, allow_none=True)


class _Told(_Request):
    last_op = fields.String(load_default=None, allow_none=True)


class PushSchema(_Told):
    now = fields.String(load_default=None, allow_none=True)
    waiting = fields.Integer(load_default=0, strict=True, validate=validate.Range(min=0))
    ops = fields.List(fields.Raw(allow_none=True), required=True)


class PullSchema(_Told):
    cursor = fields.String(load_default=None, allow_none=True)
    reference = fields.String(load_default=None, allow_none=True)
    max_records = fields.Integer(load_default=500, strict=True, validate=validate.Range(min=1, max=500))


class CompareSchema(_Request):
    scope = fields.String(required=True)
    after = fields.String(load_default="")
    until = fields.String(load_default=None, allow_none=True)
    have = fields.List(
        fields.Tuple((fields.String(), fields.String())), required=True, validate=validate.Length(max=MAX_HAVE)
    )


@blueprint.post("/sync/v1/push")
@requires(Permission.SYNC, way="device")
def push() -> Any:
    sent = _read(PushSchema())
    if len(sent["ops"]) > MAX_OPS:
        raise Problem("sync.too_large")
    actor = get_actor()
    session = db.session()
    device: Device = session.get_one(Device, actor.device_id)
    if sent["device"] not in (None, device.id):
        raise Problem("device.mismatch")
    if history.is_set_back(session, sent, 0, device.id):
        history.begin(session, "device", device.id)
    # A device that does not know of the new epoch first puts back what it has an answer to: only then do its ops come in
    # the order in which they build on each other.
    ops = sent["ops"] if sent["epoch"] in (None, meta_of(session)[0]) else []
    results = receive_texts(session, session.get_one(User, actor.user_id), device, ops)
    device.waiting = max(0, sent["waiting"] - len(ops))
    device.last_sync_at = clock.now()
    epoch, seq = meta_of(session)
    g.witness = (epoch, seq)
    head = json.dumps({"epoch": epoch, "server_now": clock.now(), "durable_seq": durable_seq(session)})
    # The stored results go out as they were stored.
    return _answer(f'{head[:-1]}, "results": [{",".join(results)}]}}')


@blueprint.post("/sync/v1/pull")
@requires(Permission.SYNC, way="device")
@only_reads
def pull() -> Any:
    sent = _read(PullSchema())
    actor = get_actor()
    device_id = actor.device_id
    with snapshot() as session:
        reached = furthest(sent["cursor"], sent["epoch"])
        set_back = history.is_set_back(session, sent, reached, device_id)
    if set_back:
        with apart() as alone:
            history.begin(alone, "device", device_id)
    with snapshot() as session:
        device = session.get_one(Device, device_id)
        user = session.get_one(User, actor.user_id)
        page = pull_page(session, user, device, sent)
        last = device.last_sync_at
    if not last or last < clock.after(seconds=-SOON):
        with apart() as alone:
            alone.get_one(Device, device_id).last_sync_at = clock.now()
    return _answer(as_text(page))


@blueprint.post("/sync/v1/compare")
@requires(Permission.SYNC, way="device")
@only_reads
def compare() -> Any:
    sent = _read(CompareSchema())
    with snapshot() as session:
        found = compare_range(session, session.get_one(User, get_actor().user_id), sent)
    return _answer(as_text(found))


@blueprint.after_request
def witness(response: Response) -> Response:
    """The commit is done; before the answer leaves, the witness knows how far we came."""
    if "witness" in g:
        history.Witness(Path(current_app.config["WITNESS"])).write(*g.witness)
    return response


def _answer(text: str) -> Response:
    """JSON, packed where the device takes it. Nobody else can make a device ask, so its length tells nothing to steal."""
    body, headers = text.encode(), {"Cache-Control": "no-store", "Vary": "Accept-Encoding"}
    if len(body) > WORTH_PACKING and request.accept_encodings["gzip"] > 0:
        body = gzip.compress(body, compresslevel=5, mtime=0)
        headers["Content-Encoding"] = "gzip"
    return Response(body, mimetype="application/json", headers=headers)


def _read(schema: Schema) -> dict[str, Any]:
    """The request as checked by its schema. Raises Problems with stable codes."""
    if request.mimetype != "application/json":
        raise Problem("sync.wrong_type")
    try:
        data = json.loads(_body(), parse_constant=_refuse)
    except (ValueError, RecursionError):
        raise Problem("sync.malformed") from None
    if isinstance(data, dict) and data.keys() - schema.fields.keys():
        raise Problem(
            "sync.unknown_field",
            fields={str(name)[:40]: "unknown" for name in sorted(data.keys() - schema.fields.keys())},
        )
    try:
        loaded: dict[str, Any] = schema.load(data)
    except ValidationError:
        raise Problem("sync.malformed") from None
    if loaded["proto"] != PROTOCOL:
        raise Problem("sync.protocol")
    return loaded


def _body() -> bytes:
    """The bytes, unpacked up to the limit: a small body that unpacks to a huge one is refused while it grows."""
    if request.content_length is not None and request.content_length > MAX_BATCH:
        raise Problem("sync.too_large")
    raw = request.get_data(cache=False)
    packing = request.headers.get("Content-Encoding", "identity")
    if packing == "gzip":
        unpacker = zlib.decompressobj(wbits=31)
        try:
            raw = unpacker.decompress(raw, MAX_BATCH + 1)
        except zlib.error:
            raise Problem("sync.malformed") from None
    elif packing != "identity":
        raise Problem("sync.wrong_type")
    if len(raw) > MAX_BATCH:
        raise Problem("sync.too_large")
    return raw


def _refuse(_name: str) -> None:
    raise ValueError("not JSON")
