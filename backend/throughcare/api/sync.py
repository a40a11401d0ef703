"""POST /sync/v1/push and /sync/v1/pull: docs/sync-protocol.md. A device token is the only way in; no cookie is read."""

from __future__ import annotations

import gzip
import json
import zlib
from typing import Any

from flask import Blueprint, Response, current_app, request
from marshmallow import RAISE, Schema, ValidationError, fields, validate

from .. import clock
from ..db import db, snapshot
from ..models import Device, User
from ..permissions import Permission, get_actor, requires
from ..problems import Problem
from ..sync.pull import pull as pull_page
from ..sync.receive import receive_texts
from ..sync.wire import MAX_BATCH, MAX_OPS
from ..sync.work import meta_of

blueprint = Blueprint("sync", __name__)
PROTOCOL = 1
WORTH_PACKING = 2000  # bytes; a shorter answer fits into one packet or two as it is
SOON = 60  # seconds within which a second idle pull does not write its time again


class _Request(Schema):
    class Meta:
        unknown = RAISE

    proto = fields.Integer(required=True, strict=True)
    epoch = fields.String(load_default=None, allow_none=True)
    schema = fields.Integer(load_default=None, allow_none=True)
    device = fields.String(load_default=None, allow_none=True)


class PushSchema(_Request):
    now = fields.String(load_default=None, allow_none=True)
    waiting = fields.Integer(load_default=0, strict=True, validate=validate.Range(min=0))
    ops = fields.List(fields.Raw(allow_none=True), required=True)


class PullSchema(_Request):
    cursor = fields.String(load_default=None, allow_none=True)
    reference = fields.String(load_default=None, allow_none=True)
    max_records = fields.Integer(load_default=500, strict=True, validate=validate.Range(min=1, max=500))


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
    results = receive_texts(session, session.get_one(User, actor.user_id), device, sent["ops"])
    device.waiting = max(0, sent["waiting"] - len(sent["ops"]))
    device.last_sync_at = clock.now()
    head = json.dumps({"epoch": meta_of(session)[0], "server_now": clock.now()})
    # The stored results go out as they were stored.
    return _answer(f'{head[:-1]}, "results": [{",".join(results)}]}}')


@blueprint.post("/sync/v1/pull")
@requires(Permission.SYNC, way="device")
def pull() -> Any:
    sent = _read(PullSchema())
    actor = get_actor()
    device_id = actor.device_id
    with snapshot() as session:
        device = session.get_one(Device, device_id)
        user = session.get_one(User, actor.user_id)
        page = pull_page(session, user, device, sent, current_app.config["SYNC_DAYS"])
    known: Device = db.session.get_one(Device, device_id)
    if not known.last_sync_at or known.last_sync_at < clock.after(seconds=-SOON):
        known.last_sync_at = clock.now()
    return _answer(json.dumps(page, ensure_ascii=False, separators=(",", ":")))


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
