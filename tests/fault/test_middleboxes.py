"""What stands between a tablet and the service says things by itself: portals, proxies, limits, slow and broken links.
Nothing is taken for delivered, the queue survives, and the words on the screen say what is the matter. Each promise is
also asked of a device that breaks it."""

from __future__ import annotations

import gzip
import json
import time
from typing import Any

import pytest

from fault.conftest import Line
from fault.device import Device
from fault.proxy import Part, Stopped

# What is asked here has nothing to do with the database.
pytestmark = pytest.mark.parametrize("running", ["sqlite"], indirect=True)

PUSH, PULL = "/sync/v1/push", "/sync/v1/pull"
HTML = {"Content-Type": "text/html; charset=utf-8"}
JSON = {"Content-Type": "application/json"}
SIGN_IN = b"<!doctype html><title>Welcome</title><form>Sign in to the guest network</form>"
PORTALS = {
    "a page with 200": Stopped(200, HTML, SIGN_IN),
    "a redirect": Stopped(302, {"Location": "http://127.0.0.1:9/portal"}),
    "nothing with 200": Stopped(200, JSON),
    "nothing with 204": Stopped(204),
    "JSON that is not ours": Stopped(200, JSON, b'{"results": "none", "epoch": 1}'),
    "a list": Stopped(200, JSON, b"[]"),
    "a refusal in JSON": Stopped(403, JSON, b'{"code": "not_signed_in", "status": 403}'),
    "a refusal in HTML": Stopped(401, {**HTML, "WWW-Authenticate": "Basic"}, SIGN_IN),
    "a proxy that wants a name": Stopped(407, HTML, SIGN_IN),
    "a network that wants a sign-in": Stopped(511, HTML, SIGN_IN),
}


def ops_in(body: bytes) -> list[dict[str, Any]]:
    text = gzip.decompress(body) if body[:2] == b"\x1f\x8b" else body
    return json.loads(text).get("ops", [])


def kept(line: Line, record: str) -> int:
    [(found,)] = line.rows("select count(*) from ops where record_id = :id", id=record)
    return found


def goes_nowhere_at_a_portal(line: Line, device: Device) -> None:
    record = device.do("person", given_name="Brackenmere")["id"]
    for name, answer in PORTALS.items():
        line.proxy.gate = lambda *_, answer=answer: answer
        told = device.do("run")
        state = device.do("state")
        assert len(device.waiting) == 1, f"{name}: the queue stays"
        assert told["state"] == "unreachable", name
        assert "Waiting to send (1)" in state["words"], name
        assert "No signal since" in state["words"], name
        assert "refuses" not in state["words"], f"{name}: it was not the service that said no"
        assert state["stuck"] == [], name
        assert kept(line, record) == 0
    line.proxy.gate = None
    assert device.do("run")["state"] == "done"
    assert (device.waiting, kept(line, record)) == ([], 1)


def test_nothing_goes_and_nothing_is_lost_at_any_kind_of_portal(line: Line, make_device: Any) -> None:
    goes_nowhere_at_a_portal(line, make_device())


def test_a_device_that_takes_a_portals_word_is_found_out(line: Line, make_device: Any) -> None:
    with pytest.raises(AssertionError, match="the queue stays"):
        goes_nowhere_at_a_portal(line, make_device("reads a portal's page as an answer"))


def survives_half_answers(line: Line, device: Device) -> None:
    record = device.do("person", given_name="Saltwhistle")["id"]
    for name, place in {
        "none": lambda size: 0,
        "one byte": lambda size: 1,
        "in the results": lambda size: size // 2,
        "all but one": lambda size: size - 1,
    }.items():
        for stalls in (0, 4) if name == "in the results" else (0,):
            line.proxy.meddle = lambda path, status, body, place=place, stalls=stalls: (
                Part(body, place(len(body)), stalls) if path == PUSH else body
            )
            # Cut off, this sync ends. Silent, the rest goes on, and the one that gets no answer is told.
            assert device.do("run")["state"] == ("done" if stalls else "unreachable"), name
            assert len(device.waiting) == 1, f"{name}, {stalls} s: the change waits on although the server has it"
            state = device.do("state")
            assert "Waiting to send (1)" in state["words"]
            assert not stalls or state["stuck"] == [{"record_id": record, "why": "op.no_answer"}]
            assert kept(line, record) == 1, "one op, one effect"
    line.proxy.meddle = None
    assert device.do("run")["sent"] == 1
    assert (device.waiting, kept(line, record), device.do("state")["stuck"]) == ([], 1, [])


def test_an_answer_that_is_cut_or_stalls_anywhere_counts_as_none(line: Line, make_device: Any) -> None:
    survives_half_answers(line, make_device())


def test_a_device_that_takes_half_an_answer_is_found_out(line: Line, make_device: Any) -> None:
    with pytest.raises(AssertionError, match="none"):
        survives_half_answers(line, make_device("takes half an answer for an answer"))


def test_a_page_that_is_cut_is_fetched_again_whole(line: Line, make_device: Any) -> None:
    device = make_device()
    line.proxy.meddle = lambda path, status, body: Part(body, len(body) // 2) if path == PULL else body
    assert device.do("run")["state"] == "unreachable"
    assert device.do("state")["sentence"]["first"] == "This device has not fetched its records yet."
    line.proxy.meddle = None
    assert device.do("run")["received"] > 0


def test_without_a_trusted_connection_nothing_is_sent(line: Line, make_device: Any) -> None:
    device = make_device()
    record = device.do("person", given_name="Quillfeather")["id"]
    device.do("moved", to=line.server.origin.replace("http://", "https://"))
    assert device.do("run")["state"] == "unreachable"
    assert "No signal since" in device.do("state")["words"]
    assert (len(device.waiting), kept(line, record)) == (1, 0)
    device.do("moved", to=line.server.origin)
    assert device.do("run")["state"] == "done"
    assert (device.waiting, kept(line, record)) == ([], 1)


def stops_where_the_token_ends(line: Line, device: Device) -> None:
    """The token holds for the first change and is refused at the second."""
    first, second = (device.do("person", given_name=name)["id"] for name in ("Thessaly", "Ottoline"))
    gone: list[str] = []

    def gate(path: str, body: bytes) -> Stopped | None:
        if path != PUSH:
            return None
        ops = ops_in(body)
        if len(ops) > 1:
            return Stopped(413, HTML, b"<h1>Too large</h1>")
        gone.extend(each["record"] for each in ops)
        if len(gone) > 1:
            device.session("of nobody")
            problem = {
                "type": "https://throughcare.example/problems/device.token_refused",
                "code": "device.token_refused",
            }
            return Stopped(401, {"Content-Type": "application/problem+json"}, json.dumps(problem).encode())
        return None

    token = device.token
    line.proxy.gate = gate
    # The session is looked at when a sync begins: what this one sends is refused by the gate.
    device.session = lambda *_: None  # type: ignore[method-assign]
    told = device.do("run")
    assert len(device.waiting) == 1, "the queue stays"
    assert told == {"state": "refused", "code": "device.token_refused"}
    assert "The server refuses this tablet" in device.do("state")["words"]
    assert (kept(line, first), kept(line, second)) == (1, 0), "what went before is delivered, the rest is not"
    line.proxy.gate = None
    assert device.token == token
    assert device.do("run")["state"] == "done"
    assert (device.waiting, kept(line, first), kept(line, second)) == ([], 1, 1)


def test_a_token_that_ends_in_the_middle_of_a_sync_keeps_the_rest(line: Line, make_device: Any) -> None:
    stops_where_the_token_ends(line, make_device())


def test_a_device_that_goes_on_over_a_refused_token_is_found_out(line: Line, make_device: Any) -> None:
    with pytest.raises(AssertionError, match="the queue stays"):
        stops_where_the_token_ends(line, make_device("takes a refusal for an answer"))


def holds_up_only_its_own_record(line: Line, device: Device) -> None:
    """A proxy lets nothing pass that holds a certain long text, however little is sent with it."""
    large = device.do("person", given_name="Wellingborough " * 9)["id"]
    others = [device.do("person", given_name=name)["id"] for name in ("Thessaly", "Ottoline", "Lysander")]
    sizes: list[int] = []

    def limit(path: str, body: bytes) -> Stopped | None:
        ops = ops_in(body)
        sizes.append(len(ops))
        return Stopped(413, HTML, b"<h1>Too large</h1>") if any(each["record"] == large for each in ops) else None

    line.proxy.gate = limit
    assert device.do("run")["state"] == "done"
    assert sizes[:3] == [4, 2, 1], "halved down to one"
    assert [kept(line, record) for record in others] == [1, 1, 1], "the others went"
    assert len(device.waiting) == 1, "nobody else has it: it stays in the queue"
    state = device.do("state")
    assert state["stuck"] == [{"record_id": large, "why": "op.not_passed"}]
    assert "Does not get through (1)" in state["words"]
    assert state["sentence"]["first"] == "1 change is saved on this device and does not get through."
    assert device.do("read", id=large)["body"]["given_name"].startswith("Wellingborough"), "its author sees it"

    device.do("rename", id=large, given_name="Wells")
    device.do("rename", id=others[0], given_name="Thess")
    device.do("run")
    assert kept(line, others[0]) == 2, "other records go on"
    assert (len(device.waiting), kept(line, large)) == (2, 0), "its own record waits behind it"
    line.proxy.gate = None
    assert device.do("run")["state"] == "done"
    assert (device.waiting, kept(line, large)) == ([], 2), "when the limit is raised all of it arrives"
    assert "get through" not in device.do("state")["words"]


def test_what_a_proxy_finds_too_large_stands_aside_in_the_queue(line: Line, make_device: Any) -> None:
    holds_up_only_its_own_record(line, make_device())


def test_a_device_that_gives_up_what_is_too_large_is_found_out(line: Line, make_device: Any) -> None:
    with pytest.raises(AssertionError, match="nobody else has it"):
        holds_up_only_its_own_record(line, make_device("gives up what is too large"))


def waits_as_long_as_asked(line: Line, device: Device) -> None:
    record = device.do("person", given_name="Brackenmere")["id"]
    for status in (429, 503):
        asked: list[str] = []

        def busy(path: str, _body: bytes, status: int = status, asked: list[str] = asked) -> Stopped:
            asked.append(path)
            return Stopped(status, {**HTML, "Retry-After": "2"}, b"<h1>Slow down</h1>")

        line.proxy.gate = busy
        assert device.do("run") == {"state": "refused", "code": ""}
        state = device.do("state")
        assert "The server does not take changes now" in state["words"]
        assert "Nothing is lost: the queue stays." in state["sentence"]["more"]
        assert state["planned"] >= 2000
        assert device.do("run") == {"state": "waiting"}, "asked again before it was time"
        assert len(asked) == 1
        assert (len(device.waiting), kept(line, record)) == (1, 0)
        line.proxy.gate = None
        for _ in range(200):
            if device.do("run")["state"] != "waiting":
                break
            time.sleep(0.05)
        if status == 429:
            record = device.do("person", given_name="Brackenmoor")["id"]
    assert (device.waiting, kept(line, record)) == ([], 1)


def test_what_asks_us_to_wait_is_left_alone_until_then(line: Line, make_device: Any) -> None:
    waits_as_long_as_asked(line, make_device())


def test_a_device_that_asks_again_at_once_is_found_out(line: Line, make_device: Any) -> None:
    with pytest.raises(AssertionError, match="before it was time"):
        waits_as_long_as_asked(line, make_device("does not wait when asked to"))


def gets_through_a_slow_link(line: Line, device: Device) -> None:
    """The first page takes twice as long as a silence may last, and never falls silent."""
    line.proxy.meddle = lambda path, status, body: (
        Part(body, len(body), pace=len(body) // 30 + 1) if path == PULL else body
    )
    told = device.do("run")
    assert told["state"] == "done", "a slow link is a link"
    assert told["received"] > 0


def test_a_slow_link_brings_everything(line: Line, make_device: Any) -> None:
    gets_through_a_slow_link(line, make_device())


def test_a_device_without_patience_is_found_out(line: Line, make_device: Any) -> None:
    with pytest.raises(AssertionError, match="a slow link is a link"):
        gets_through_a_slow_link(line, make_device("has no patience with a slow link"))
