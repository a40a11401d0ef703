"""Answers get lost between commit and tablet: the tablet sends again, there is one effect and the same outcome, and
nothing is taken for sent that is not. Each promise is also asked of a device that breaks it: there it must fail."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from fault.conftest import Line
from fault.device import Device

PUSH = "/sync/v1/push"
PORTAL = b"<!doctype html><title>Welcome</title><form>Sign in to the guest network</form>"


def outcomes(body: bytes) -> bytes:
    """The bytes of the results alone: the time of the answer beside them is another one each time."""
    return body.partition(b'"results"')[2].partition(b'"server_now"')[0]


class Losing:
    """Loses the first answer to a push; keeps the bytes of all of them."""

    def __init__(self, line: Line, then: Callable[[], None] = lambda: None) -> None:
        self.answers: list[bytes] = []
        self.then = then
        line.proxy.meddle = self

    def __call__(self, path: str, status: int, body: bytes) -> bytes | None:
        if path != PUSH:
            return body
        assert status == 200
        self.answers.append(body)
        if len(self.answers) > 1:
            return body
        self.then()
        return None


def one_effect(line: Line, device: Device, losing: Losing, record: str) -> None:
    """What must hold after an answer was lost and the tablet has sent again."""
    assert line.rows("select count(*) from ops where record_id = :id", id=record) == [(1,)], "one op, one effect"
    assert device.waiting == []
    assert line.rows("select n from records where id = :id", id=record) == [(1,)]
    assert len(losing.answers) == 2
    assert outcomes(losing.answers[0]) == outcomes(losing.answers[1]) != b""


def lose_one(line: Line, device: Device, *, kill: bool) -> tuple[Losing, str]:
    record = device.do("person", given_name="Peregrine")["id"]
    losing = Losing(line, line.server.kill if kill else lambda: None)
    assert device.do("run")["state"] == "unreachable"
    assert len(device.waiting) == 1, "the change waits on although the server has it"
    assert "Waiting to send (1)" in device.do("state")["words"]
    assert "No signal since" in device.do("state")["words"]
    if kill:
        line.server.start()
    assert line.rows("select count(*) from ops where record_id = :id", id=record) == [(1,)], "it was committed"
    device.do("run")
    return losing, record


@pytest.mark.parametrize("kill", [True, False], ids=["server killed", "connection cut"])
def test_an_answer_lost_after_the_commit_has_one_effect_and_the_same_outcome(
    line: Line, make_device: Any, kill: bool
) -> None:
    device = make_device()
    losing, record = lose_one(line, device, kill=kill)
    one_effect(line, device, losing, record)
    words = device.do("state")["words"]
    assert "Sent" in words
    assert "Waiting" not in words
    assert "No signal" not in words
    device.do("rename", id=record, given_name="Peregrin")
    assert device.do("run")["state"] == "done"
    assert line.rows("select n from records where id = :id", id=record) == [(2,)], "and work goes on from there"


def test_a_device_that_makes_a_new_op_of_what_it_sends_again_is_found_out(line: Line, make_device: Any) -> None:
    device = make_device("makes a new op of what it sends again")
    losing, record = lose_one(line, device, kill=False)
    with pytest.raises(AssertionError, match="one op, one effect"):
        one_effect(line, device, losing, record)


def leave_out_the_last(path: str, status: int, body: bytes) -> bytes:
    if path != PUSH or status != 200:
        return body
    answer = json.loads(body)
    answer["results"] = answer["results"][:-1]
    return json.dumps(answer).encode()


def keeps_what_was_left_out(line: Line, device: Device) -> None:
    records = [device.do("person", given_name=name)["id"] for name in ("Thessaly", "Ottoline", "Lysander")]
    *_, last = device.waiting
    line.proxy.meddle = leave_out_the_last
    device.do("run")
    assert device.waiting == [last], "what was left out waits"
    assert "Waiting to send (1)" in device.do("state")["words"]
    line.proxy.meddle = None
    assert device.do("run")["sent"] == 1
    assert device.waiting == []
    for record in records:
        assert line.rows("select count(*) from ops where record_id = :id", id=record) == [(1,)]


def test_a_200_that_leaves_one_result_out_keeps_that_change_waiting(line: Line, make_device: Any) -> None:
    keeps_what_was_left_out(line, make_device())


def test_an_outbox_that_trusts_any_200_is_found_out(line: Line, make_device: Any) -> None:
    with pytest.raises(AssertionError, match="what was left out waits"):
        keeps_what_was_left_out(line, make_device("trusts any 200"))


def keeps_the_queue_at_a_portal(line: Line, device: Device) -> None:
    device.do("person", given_name="Brackenmere")
    line.proxy.meddle = lambda *_: (200, "text/html; charset=utf-8", PORTAL)
    device.do("run")
    assert len(device.waiting) == 1, "the queue stays"
    state = device.do("state")
    assert "Waiting to send (1)" in state["words"]
    assert "No signal since" in state["words"]
    assert "Sent" not in state["words"]
    assert state["sentence"]["first"] == "1 change is saved on this device and waiting to send."
    line.proxy.meddle = lambda *_: (200, "application/json", b'{"ok": true}')
    assert device.do("run")["state"] == "unreachable", "JSON that is not the service's is no answer either"
    line.proxy.meddle = None
    assert device.do("run")["state"] == "done"
    assert device.waiting == []


def test_a_portals_page_is_no_answer(line: Line, make_device: Any) -> None:
    keeps_the_queue_at_a_portal(line, make_device())


def test_a_device_that_reads_a_portals_page_as_an_answer_is_found_out(line: Line, make_device: Any) -> None:
    with pytest.raises(AssertionError, match="the queue stays"):
        keeps_the_queue_at_a_portal(line, make_device("reads a portal's page as an answer"))


def keeps_the_queue_when_refused(line: Line, device: Device, refuse: Callable[[], None], code: str) -> None:
    record = device.do("person", given_name="Saltwhistle")["id"]
    refuse()
    told = device.do("run")
    assert len(device.waiting) == 1, "the queue stays"
    assert told == {"state": "refused", "code": code}
    state = device.do("state")
    assert "Waiting to send (1)" in state["words"]
    assert "The server refuses this tablet" in state["words"]
    assert "No signal" not in state["words"], "the signal is not what is wrong"
    assert "Nothing is lost: the queue stays." in state["sentence"]["more"]
    assert device.do("read", id=record)["body"]["given_name"] == "Saltwhistle"
    assert line.rows("select count(*) from ops where record_id = :id", id=record) == [(0,)], "nothing changed"


def switch_off(line: Line, device: Device) -> Callable[[], None]:
    return lambda: line.server.cli("devices", "revoke", device.id, "--reason", "Left on a bus") and None


def test_a_token_the_service_does_not_know_keeps_the_queue_until_it_is_right_again(
    line: Line, make_device: Any
) -> None:
    device = make_device()
    keeps_the_queue_when_refused(line, device, lambda: device.session("of nobody"), "device.token_refused")
    device.session(device.token)
    assert device.do("run")["state"] == "done"
    assert "refuses" not in device.do("state")["words"]
    assert device.waiting == []


def test_a_tablet_that_was_switched_off_keeps_its_queue(line: Line, make_device: Any) -> None:
    device = make_device()
    keeps_the_queue_when_refused(line, device, switch_off(line, device), "device.revoked")


def test_a_device_that_takes_a_refusal_for_an_answer_is_found_out(line: Line, make_device: Any) -> None:
    device = make_device("takes a refusal for an answer")
    with pytest.raises(AssertionError, match="the queue stays"):
        keeps_the_queue_when_refused(line, device, switch_off(line, device), "device.revoked")


def test_after_all_of_it_a_replay_makes_the_same_rows_and_the_log_holds_nobody(line: Line, make_device: Any) -> None:
    device = make_device()
    device.do("person", given_name="Quillfeather")
    assert device.do("run")["state"] == "done"
    assert "The same" in line.server.cli("rebuild", "--check")
    log = line.server.log.read_text()
    assert PUSH in log
    for secret in ("Quillfeather", "Peregrine", "Saltwhistle", device.token):
        assert secret not in log
