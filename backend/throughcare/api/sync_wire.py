"""A sync request as it comes, and its answer as it goes: packing, limits, shapes. The same shapes are written down for
others in schemas/."""

from __future__ import annotations

import gzip
import json
import zlib
from typing import Any

from flask import Response, request
from marshmallow import RAISE, Schema, ValidationError, fields, validate

from ..problems import Problem
from ..sync.pages import MAX_BYTES
from ..sync.wire import MAX_BATCH, MAX_OPS

PROTOCOL = 1
WORTH_PACKING = 2000  # bytes; a shorter answer fits into one packet or two as it is
MAX_HAVE = 2000
MAX_UNPACKED = 8_000_000
MAX_RATIO = 100
PIECE = 65_536
# Of a page of 500 assessments (911 KB), level 5 makes 140 KB in 9.5 ms, level 1 makes 202 KB in 5.3 ms: on a suite's poor
# signal the third of the bytes is worth more than four milliseconds.
LEVEL = 5


class _Whole(fields.Integer):
    """A whole number as JSON knows it: 1.0 is 1, and true is none."""

    def _validated(self, value: Any) -> int:
        if isinstance(value, float) and value.is_integer():
            value = int(value)
        return super()._validated(value)


class _Request(Schema):
    class Meta:
        unknown = RAISE

    proto = _Whole(required=True, strict=True)
    epoch = fields.String(load_default=None, allow_none=True)
    schema = _Whole(load_default=None, allow_none=True, strict=True)
    device = fields.String(load_default=None, allow_none=True)


class _Told(_Request):
    last_op = fields.String(load_default=None, allow_none=True)


class PushSchema(_Told):
    now = fields.String(load_default=None, allow_none=True)
    waiting = _Whole(load_default=0, strict=True, validate=validate.Range(min=0))
    oldest = fields.String(load_default=None, allow_none=True)
    ops = fields.List(fields.Raw(allow_none=True), required=True)


class PullSchema(_Told):
    waiting = _Whole(load_default=None, allow_none=True, strict=True, validate=validate.Range(min=0))
    oldest = fields.String(load_default=None, allow_none=True)
    out_of_step = fields.String(load_default=None, allow_none=True)
    cursor = fields.String(load_default=None, allow_none=True)
    reference = fields.String(load_default=None, allow_none=True)
    max_records = _Whole(load_default=500, strict=True, validate=validate.Range(min=1, max=500))
    max_bytes = _Whole(load_default=MAX_BYTES, strict=True, validate=validate.Range(min=1, max=MAX_BYTES))


class ClearedSchema(_Request):
    device = fields.String(required=True)


class CompareSchema(_Request):
    scope = fields.String(required=True)
    after = fields.String(load_default="")
    until = fields.String(load_default=None, allow_none=True)
    have = fields.List(
        fields.Tuple((fields.String(), fields.String())), required=True, validate=validate.Length(max=MAX_HAVE)
    )


def answer(text: str) -> Response:
    """JSON, packed where the device takes it. Nobody else can make a device ask, so its length tells nothing to steal."""
    body, headers = text.encode(), {"Cache-Control": "no-store", "Vary": "Accept-Encoding"}
    if len(body) > WORTH_PACKING and request.accept_encodings["gzip"] > 0:
        body = gzip.compress(body, compresslevel=LEVEL, mtime=0)
        headers["Content-Encoding"] = "gzip"
    return Response(body, mimetype="application/json", headers=headers)


def read(schema: Schema) -> dict[str, Any]:
    """The request as checked by its schema. Raises Problems with stable codes."""
    if request.mimetype != "application/json":
        raise Problem("sync.wrong_type")
    try:
        data = json.loads(_body(), parse_constant=_refuse)
    except (ValueError, RecursionError):
        raise Problem("sync.malformed") from None
    loaded = checked(schema, data)
    try:
        # Half a character cannot be written anywhere. Ops are judged one by one, and keep their neighbours out of it.
        json.dumps({**loaded, "ops": []}, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        raise Problem("sync.malformed") from None
    return loaded


def checked(schema: Schema, data: Any) -> dict[str, Any]:
    """Raises Problem (sync.malformed, sync.unknown_field, sync.protocol, sync.too_large)."""
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
    if len(loaded.get("ops", ())) > MAX_OPS:
        raise Problem("sync.too_large")
    return loaded


def _body() -> bytes:
    if request.content_length is not None and request.content_length > MAX_BATCH:
        raise Problem("sync.too_large")
    raw = request.get_data(cache=False)
    packing = request.headers.get("Content-Encoding", "identity")
    if packing == "gzip":
        raw = _unpack(raw)
    elif packing != "identity":
        raise Problem("sync.wrong_type")
    if len(raw) > MAX_BATCH:
        raise Problem("sync.too_large")
    return raw


def _unpack(raw: bytes) -> bytes:
    """One whole gzip member. What goes beyond a batch is counted and not kept: too much of honest JSON is
    sync.too_large; what unpacks to more than 100 times its size, or to more than 8 MB, is sync.bomb. A batch of the
    allowed size may be as repetitive as people write."""
    unpacker = zlib.decompressobj(wbits=31)
    kept, size, rest = [], 0, raw
    while not unpacker.eof:
        try:
            piece = unpacker.decompress(rest, PIECE)
        except zlib.error:
            raise Problem("sync.malformed") from None
        rest = unpacker.unconsumed_tail
        size += len(piece)
        if size > MAX_BATCH and size > min(MAX_RATIO * len(raw), MAX_UNPACKED):
            raise Problem("sync.bomb")
        if size <= MAX_BATCH:
            kept.append(piece)
        if not piece and not rest and not unpacker.eof:
            raise Problem("sync.malformed")  # cut off before its end and its checksum
    if unpacker.unused_data:
        raise Problem("sync.malformed")
    if size > MAX_BATCH:
        raise Problem("sync.too_large")
    return b"".join(kept)


def _refuse(_name: str) -> None:
    raise ValueError("not JSON")
