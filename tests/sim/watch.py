"""What must hold of a tablet after every step: no record goes back, and one's own work stays in sight."""

from __future__ import annotations

from typing import Any

from sim.engine import Engine, Violation
from sim.work import at
from throughcare import clock

Place = tuple[str, str]


class Watch:
    def __init__(self, engine: Engine, suite: str) -> None:
        self.engine, self.suite = engine, suite
        # (tablet, record) -> (epoch, revision number) that it had.
        self.revisions: dict[Place, tuple[str, int]] = {}
        # (tablet, record, pointer) -> (op, value) that was called saved and not answered yet.
        self.own: dict[tuple[str, str, str], tuple[str, Any]] = {}
        # Tablets that may differ from the server: something was changed behind somebody's back.
        self.may_differ: set[str] = set()
        # Every op that a tablet had an answer to when the server was set back, or still waited with.
        self.must_arrive: dict[str, set[str]] = {}
        # Ops that a suite's supervisors have now: the tablet has no more to do with them.
        self.given_over: dict[str, dict[str, Any]] = {}
        # What was ever sent, and what each tablet kept of it at the last look.
        self.sent: dict[str, dict[str, Any]] = {}
        self.kept: dict[str, set[str]] = {}
        # tablet -> op that was never sent, at the last look -> its record.
        self.unsent: dict[str, dict[str, str]] = {}
        # (record, revision) that a tablet holds and the server never had.
        self.unseen: set[Place] = set()
        # (tablet, record, revision) whose bytes are gone from the disk: what was there when it last reckoned is nowhere now.
        self.destroyed: set[tuple[str, str, str]] = set()
        # Tablets that heard that a copy of theirs has used their ops' numbers: these go once more under new ones, and so does
        # what was chained on them and never sent.
        self.copied: set[str] = set()
        # Tablets whose power went in a save that may have put back what an op had changed, so that it is no more.
        self.doubtful: set[str] = set()

    def clone(self, name: str, to: str) -> None:
        """Tablet `to` has from here on what tablet `name` has."""
        self.own |= {
            (to, record, pointer): was for (tablet, record, pointer), was in self.own.items() if tablet == name
        }
        self.must_arrive[to] = set(self.must_arrive.get(name, set()))
        if name in self.may_differ:
            self.may_differ.add(to)

    def saved(self, name: str, told: dict[Place, Any]) -> None:
        """A worker of tablet `name` was told that these values are saved."""
        seen = self.engine.do("look", name=name)
        entries = seen["entries"]
        self.taken_back(name, {record for record, _pointer in told}, seen)
        for (record, pointer), value in told.items():
            carrying = [each["op"]["op"] for each in entries if _chosen(each["op"], record, pointer) == value]
            if carrying:
                self.own[name, record, pointer] = carrying[-1], value
            else:  # it was so already: there is nothing to send
                self.own.pop((name, record, pointer), None)

    def taken_back(self, name: str, records: set[str], seen: dict[str, Any]) -> None:
        """An op that was never sent and whose every field its worker has just put back to what they had found says nothing
        any more, so the tablet drops it, and it need not arrive anywhere. Only such a one: an op that was sent may be on
        the server already, and a field that the worker did not put back is still in `own`, so that `_own_work` finds the
        op gone."""
        here = {each["op"]["op"] for each in seen["entries"]}
        unsent = {op for op, record in self.unsent.get(name, {}).items() if record in records} - here
        if unsent:
            self.must_arrive[name] = self.must_arrive.get(name, set()) - unsent

    def unsure(self, name: str) -> None:
        """Power went while tablet `name` saved: what was typed may be there or not, and nobody was told."""
        self.own = {key: was for key, was in self.own.items() if key[0] != name}
        self.doubtful.add(name)

    def compares(self, name: str) -> None:
        """Any comparison that nothing planted explains would be a bug in the field."""
        if name not in self.may_differ:
            raise Violation(f"I7: tablet {name} differs from the server, and nothing of it was changed")
        self.revisions = {key: was for key, was in self.revisions.items() if key[0] != name}

    def heard(self, name: str, path: str, body: dict[str, Any], answer: dict[str, Any]) -> None:
        """Tablet `name` got this answer, unless its power went over it."""
        seen = self.engine.do("look", name=name)
        results = answer.get("results", [])
        # It was answered and is kept, also if power goes right after that: what is kept may then be let go of by its own rules.
        self.own = {key: was for key, was in self.own.items() if key[0] != name or was[0] not in seen["kept"]}
        # One that came more than 35 days ago, and was held since, is not kept beyond its answer (docs/sync-protocol.md).
        oldest = clock.after(base=answer["server_now"], hours=-35 * 24)
        long_ago = {each["op"] for each in results if (each.get("received_at") or oldest) < oldest}
        self.own = {key: was for key, was in self.own.items() if key[0] != name or was[0] not in long_ago}
        self.sent |= {op["op"]: op for op in body.get("ops", [])}
        given_over = {each["op"] for each in results if each.get("why") == "record.out_of_scope_now"}
        self.given_over |= {op["op"]: op for op in body.get("ops", []) if op["op"] in given_over}
        if any(each.get("why") == "op.mismatch" for each in results):
            self.copied.add(name)
        # An answer of another epoch is no comparison yet: the tablet turns to that epoch first, takes what the service has there,
        # as the protocol says, and compares then. What it still holds alone comes up again in that comparison.
        if path.endswith("compare") and not seen["dead"] and answer["epoch"] == body["epoch"]:
            have = dict(body["have"])
            self.unseen |= {
                (key, have[key]) for key in answer["unseen"] if (name, key, have[key]) not in self.destroyed
            }
        not_named = answer.get("digest") is not None and self.suite not in answer["digest"]
        if answer.get("drop_scopes") or not_named:
            # What belonged to a suite that was taken away goes, also what was kept for a restore.
            here = {*seen["verbatim"], *(each["op"]["op"] for each in seen["entries"])}
            self.must_arrive[name] = self.must_arrive.get(name, set()) & here
            let_go = self.kept.get(name, set()) - here
            self.given_over |= {op: self.sent[op] for op in let_go if op in self.sent}

    def look(self, name: str, seen: dict[str, Any]) -> None:
        if name in self.copied | self.doubtful:
            here = {*seen["kept"], *(each["op"]["op"] for each in seen["entries"])}
            self.must_arrive[name] = self.must_arrive.get(name, set()) - (self.unsent.get(name, {}).keys() - here)
        self.doubtful.discard(name)
        self.kept[name] = set(seen["verbatim"])
        fresh = [each for each in seen["entries"] if each["state"] == "waiting" and each["tries"] == 0]
        self.unsent[name] = {each["op"]["op"]: each["op"]["record"] for each in fresh}
        self._never_back(name, seen)
        self._own_work(name, seen)

    def _never_back(self, name: str, seen: dict[str, Any]) -> None:
        had = {key: was for key, was in self.revisions.items() if key[0] == name}
        here = {(name, key): (each.get("epoch"), int(each["rev"].split("-")[0])) for key, each in seen["records"]}
        for key, (epoch, number) in here.items():
            if key in had and had[key][0] == epoch and number < had[key][1]:
                raise Violation(f"I10: tablet {name} went back from revision {had[key][1]} to {number} of {key[1]}")
        self.revisions = {key: was for key, was in self.revisions.items() if key[0] != name} | here

    def _own_work(self, name: str, seen: dict[str, Any]) -> None:
        entries = {each["op"]["op"]: each for each in seen["entries"]}
        for (tablet, record, pointer), (op, value) in list(self.own.items()):
            if tablet != name:
                continue
            entry = entries.get(op)
            if entry and entry["state"] in ("waiting", "sending") and not entry.get("again"):
                shown = self.engine.do("read", name=name, type=entry["op"]["type"], id=record)
                newer = [each for each in seen["entries"] if each["op"]["op"] > op]
                if shown and not any(_chosen(each["op"], record, pointer) for each in newer):
                    there = at(shown["body"], pointer)
                    if there != value:
                        raise Violation(f"I11: tablet {name} shows {there} at {pointer}, and {value} was saved")
                continue
            if not entry and name in self.copied:
                anew = [each["op"]["op"] for each in seen["entries"] if _chosen(each["op"], record, pointer) == value]
                # Else a later change of one's own, already sent, has decided since.
                if anew:
                    self.own[name, record, pointer] = anew[-1], value
                    continue
            elif not entry and op not in seen["kept"] and op not in self.given_over:
                raise Violation(f"I11: the op {op} of tablet {name} is neither waiting nor kept")
            del self.own[tablet, record, pointer]


def _chosen(op: dict[str, Any], record: str, pointer: str) -> Any:
    if op["record"] != record or op.get("recovered"):
        return None
    last = [chosen for where, _seen, chosen, _at in op["set"] if where == pointer]
    return last[-1] if last else at(op.get("body"), pointer)
