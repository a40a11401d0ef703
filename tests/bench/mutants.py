"""`run.py bench mutants`: twenty-seven bugs that real systems had or that are easily made, planted one by one into a copy of
the shipped source; each must be caught by the tests named beside it, which pass without it.

The first twenty are those of the public issues that the sync was built to avoid; the last seven take one safeguard away.
`--only 3,14` chooses. Exit 1 when one survives, or when a test fails without any bug.
"""

from __future__ import annotations

import argparse
import os
import shlex
import shutil
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

HOME = Path(__file__).resolve().parents[2]
SYNC = "backend/throughcare/sync/"
DEVICE = "service_worker/src/"
NODE = shutil.which("node") or "node"


@dataclass(frozen=True)
class Mutant:
    """`right` stands once in `file` and becomes `wrong`. `tests` is what pytest is given; "node:FILE" is one of the device's
    own, "sim:SEED/STEPS,…" histories of the simulation."""

    name: str
    file: str
    right: str
    wrong: str
    tests: str


MUTANTS = (
    Mutant(
        "the number is taken before the transaction",
        SYNC + "work.py",
        "    last = _count(session, seq=SyncMeta.seq + count, open_from=began)\n",
        "    from ..db import apart\n    with apart() as early:\n        early.execute(update(SyncMeta).values(seq=SyncMeta.seq + count))\n"
        "    last = _count(session, seq=SyncMeta.seq + count, open_from=began)\n",
        "tests/contract/test_sync_push.py",
    ),
    Mutant(
        "one transaction, no savepoint for each op",
        SYNC + "receive.py",
        "        with session.begin_nested():\n            decisions.check",
        "        if True:\n            decisions.check",
        "tests/contract/test_sync_push.py::test_a_bad_op_never_takes_its_neighbours_along",
    ),
    Mutant(
        "the cursor is stored before the records",
        DEVICE + "store/synced.js",
        "records, known: before, ended, gone });",
        "records: new Map(), known: before, ended, gone });",
        "sim:1/60,2/60",
    ),
    Mutant(
        "a device ignores the epoch",
        DEVICE + "sync/step.js",
        "if (state.epoch && answer.epoch !== state.epoch)",
        "if (false)",
        "sim:5/60,28/60",
    ),
    Mutant(
        "a page says that it reached more than it brought",
        SYNC + "pull.py",
        "    reached = page.rows[-1].seq if page.more else now.seq\n",
        "    reached = now.seq\n",
        "tests/contract/test_sync_pull.py -k pages_of_any_size",
    ),
    Mutant(
        "a counter below its records is trusted",
        SYNC + "history.py",
        "(highest or 0) > seq",
        "False",
        "tests/contract/test_set_back.py",
    ),
    Mutant(
        "a suite that was taken away is not told",
        SYNC + "scopes.py",
        "sorted(set(held) - set(granted))",
        "[]",
        "tests/contract/test_sync_pull.py -k lost_one_is_dropped",
    ),
    Mutant(
        "what leaves is not told to who made it",
        SYNC + "pull.py",
        "for row in page.rows if not row.deleted and not row.here]",
        "for row in page.rows if not row.here"
        " and session.connection().exec_driver_sql(f\"SELECT created_by FROM records WHERE id = '{row.id}'\").scalar()"
        " != user.id]",
        "tests/contract/test_carried.py -k leaves_the_tablet_of_who_made_it",
    ),
    Mutant(
        "an op is applied without its predecessor",
        SYNC + "chains.py",
        '        raise Held(op.base_op, "op.waits_predecessor")\n    if before.record_id',
        "        return\n    if before.record_id",
        "tests/contract/test_sync_push.py -k predecessor",
    ),
    Mutant(
        "a chain is compared with the last version only",
        SYNC + "chains.py",
        "    if body is None:\n        body = _body_of_base(session, first)\n",
        "    record = session.get(Record, op.record)\n    return record.body if record else {}\n",
        "tests/contract/test_sync_push.py tests/contract/test_rows.py",
    ),
    Mutant(
        "an op changes after it was sent",
        DEVICE + "store/ops.js",
        'last.state === "waiting" && last.tries === 0 && ',
        "",
        "sim:2/60,3/60",
    ),
    Mutant(
        "the digest does not see what is too much on the device",
        DEVICE + "store/outcomes.js",
        "  for (const { id, scope } of answer.leaves) leave(now, set, id, scope);\n  return { records, touched };",
        "  return { records, touched };",
        "node:synced.test.mjs",
    ),
    Mutant(
        "a cursor that brings its last number again",
        SYNC + "pages.py",
        '"number": since + 1,',
        '"number": since,',
        "tests/contract/test_sync_pull.py -k 'pages_of_any_size or quiet'",
    ),
    Mutant(
        "the removal of a row wins",
        "backend/throughcare/records/merge.py",
        "            merged.clashes.append(Clash(row, base, theirs, None, at))",
        "            _take(merged, row, None, at)",
        "tests/sim/test_triples.py -k twenty_thousand",
    ),
    Mutant(
        "the last one who writes wins",
        "backend/throughcare/records/merge.py",
        "        merged.clashes.append(Clash(change.path, seen, theirs, chosen, change.at))",
        "        _take(merged, change.path, chosen, change.at)",
        "tests/unit/test_merge.py",
    ),
    Mutant(
        "the later clock wins",
        "backend/throughcare/records/merge.py",
        "        merged.clashes.append(Clash(change.path, seen, theirs, chosen, change.at))",
        '        if (change.at or "") > "2027":\n            _take(merged, change.path, chosen, change.at)\n            return\n        merged.clashes.append(Clash(change.path, seen, theirs, chosen, change.at))',
        "tests/sim/test_clocks.py -k change_nothing",
    ),
    Mutant(
        "a pull never says that it is at its end",
        SYNC + "pull.py",
        '"more": page.more,',
        '"more": True,',
        "tests/contract/test_sync_pull.py -k pages_of_any_size",
    ),
    Mutant(
        "the digest is copied from the answer",
        DEVICE + "sync/effects.js",
        "digest: await store.synced.reckon(effect.scopes) }",
        "digest: state.digest }",
        "sim:13/300,19/300",
    ),
    Mutant(
        "another worker's answers are kept under their address",
        "service_worker/sw.js",
        "  const answered = field(event.request);\n",
        '  const answered = field(event.request).then(async (response) => {\n    if (event.request.method === "GET") await (await caches.open("pages")).put(event.request, response.clone());\n    return response;\n  });\n',
        "tests/browser/test_raw_profile.py",
    ),
    Mutant(
        "saved is said before the transaction is complete",
        DEVICE + "store/db.js",
        "  await Promise.all([...asked, tx.done]);\n}",
        "  await Promise.all(asked);\n}",
        "node:durable.test.mjs",
    ),
    Mutant(
        "no savepoint for a batch",
        SYNC + "receive.py",
        "            with session.begin_nested():\n                return [_receive(",
        "            if True:\n                return [_receive(",
        "tests/contract/test_sync_push.py",
    ),
    Mutant(
        "without synchronous=FULL",
        "backend/throughcare/db.py",
        '"synchronous=FULL"',
        '"synchronous=NORMAL"',
        "tests/contract/test_migrations.py -k sqlite_keeps_its_promises",
    ),
    Mutant(
        "without strict durability",
        DEVICE + "store/db.js",
        '      const tx = db.transaction(ALL, "readwrite", { durability: "strict" });\n      const steps',
        '      const tx = db.transaction(ALL, "readwrite", { durability: "relaxed" });\n      const steps',
        "node:durable.test.mjs",
    ),
    Mutant(
        "without counting the suites of a record",
        DEVICE + "store/outcomes.js",
        "left.length ? { ...record, scopes: left } : undefined",
        "undefined",
        "node:store.test.mjs",
    ),
    Mutant(
        "without comparing the epoch of a cursor",
        SYNC + "scopes.py",
        'if isinstance(found, dict) and found.get("e") == epoch:',
        "if isinstance(found, dict) and found:",
        "tests/contract/test_set_back.py tests/contract/test_backup.py",
    ),
    Mutant(
        "without the lock before the first decision",
        "backend/throughcare/db.py",
        'connection.exec_driver_sql("BEGIN" if _is_reading() else "BEGIN IMMEDIATE")',
        'connection.exec_driver_sql("BEGIN")',
        "tests/contract/test_commit_order.py tests/contract/test_requests.py",
    ),
    Mutant(
        "without comparing the content of an op that comes again",
        SYNC + "receive.py",
        "known.sha256 == digest and known.user_id == user.id",
        "known.user_id == user.id",
        "tests/contract/test_sync_push.py -k other_content",
    ),
)


def run(folder: Path, tests: str) -> tuple[bool, str]:
    """(whether all of them pass, the last line)."""
    if tests.startswith("sim:"):
        return _simulate(folder, tests.removeprefix("sim:").split(","))
    if tests.startswith("node:"):
        words = [NODE, "--test", f"tests/unit/js/{tests.removeprefix('node:')}"]
    else:
        if tests.startswith("tests/browser"):
            built = _run([NODE, "build.mjs"], folder / "frontend")
            if built.returncode:
                raise SystemExit(f"the copy could not be built:\n{built.stderr[-1500:]}")
        words = [sys.executable, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", *shlex.split(tests)]
    done = _run(words, folder)
    if not tests.startswith("node:") and done.returncode not in (0, 1):
        raise SystemExit(f"{tests} did not run at all:\n{done.stdout[-1500:]}{done.stderr[-1500:]}")
    lines = [line for line in done.stdout.splitlines() if line.strip()]
    failed = [line for line in lines if line.startswith(("FAILED", "not ok"))]
    return done.returncode == 0, (failed or lines or [""])[-1 if not failed else 0]


def _run(words: list[str], folder: Path) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PYTHONPATH": str(folder / "backend")}
    return subprocess.run(words, cwd=folder, capture_output=True, text=True, env=environment)


def _simulate(folder: Path, histories: list[str]) -> tuple[bool, str]:
    """Histories of these seeds and steps, until one shows a violation."""
    for seed, steps in (each.split("/") for each in histories):
        words = ["tests/bench/faults.py", "--only", "simulation", "--seeds", "1", "--steps", steps, "--first", seed]
        done = _run([sys.executable, *words], folder)
        if done.returncode:
            seen = [line for line in done.stderr.splitlines() if line.startswith("seed ")]
            if not seen:
                raise SystemExit(f"the simulation did not run at all:\n{done.stderr[-1500:]}")
            return False, seen[0]
    return True, ""


def copy_tree(folder: Path) -> None:
    names = subprocess.run(["git", "ls-files"], cwd=HOME, capture_output=True, text=True, check=True).stdout.split("\n")
    for name in filter(None, names):
        if (HOME / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(HOME / name, folder / name)
    for installed in ("frontend/node_modules", ".venv"):
        (folder / installed).symlink_to(HOME / installed)
    shutil.copytree(HOME / "frontend" / "dist", folder / "frontend" / "dist")


def main() -> int:
    options = argparse.ArgumentParser(prog="run.py bench mutants")
    options.add_argument("--only", default="", help="numbers, such as 3,14")
    chosen = {int(each) for each in options.parse_args().only.split(",") if each}
    wanted = [(n, each) for n, each in enumerate(MUTANTS, 1) if not chosen or n in chosen]
    survived = 0
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name) / "main"
        folder.mkdir()
        copy_tree(folder)
        sound = {tests: run(folder, tests)[0] for tests in sorted({each.tests for _n, each in wanted})}
        for tests, passes in sound.items():
            if not passes:
                print(f"fails without any bug: {tests}", flush=True)
        for number, mutant in wanted:
            path = folder / mutant.file
            text = path.read_text()
            if text.count(mutant.right) != 1:
                print(f"{number:2}  NOT PLANTED  {mutant.name}: its place in {mutant.file} has changed", flush=True)
                survived += 1
                continue
            path.write_text(text.replace(mutant.right, mutant.wrong))
            start = time.perf_counter()
            passes, line = run(folder, mutant.tests)
            path.write_text(text)
            survived += passes
            word = "SURVIVED" if passes else "caught"
            print(
                f"{number:2}  {word:8}  {mutant.name}: {line[:110]}  ({time.perf_counter() - start:.0f} s)", flush=True
            )
    print(f"{len(wanted) - survived} of {len(wanted)} caught.")
    return 1 if survived or not all(sound.values()) else 0


if __name__ == "__main__":
    sys.exit(main())
