"""Settings: read from the environment (prefix THROUGHCARE_), checked once at start, every problem listed together."""

from __future__ import annotations

import os
import secrets
from collections.abc import Mapping
from pathlib import Path
from typing import Any, cast

from marshmallow import EXCLUDE, Schema, ValidationError, fields, validate

PROJECT = Path(__file__).resolve().parents[2]
FRONTEND = PROJECT / "frontend"
# The tests serve builds of their own, so that one may be built while another is served.
DIST = Path(os.environ.get("THROUGHCARE_DIST") or FRONTEND / "dist")
PREFIX = "THROUGHCARE_"
LOOPBACK = ("localhost", "127.0.0.1", "[::1]")


class ConfigProblem(Exception):
    """The settings cannot be used. `problems` holds one sentence per setting."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("The settings cannot be used:\n" + "\n".join(f"  * {problem}" for problem in problems))
        self.problems = problems


class ConfigSchema(Schema):
    """What may be set, its type and its default. Unknown names are ignored: the environment belongs to everyone."""

    class Meta:
        unknown = EXCLUDE

    DATA_DIR = fields.String(load_default=str(PROJECT / ".data"), validate=validate.Length(min=1))
    DATABASE_URL = fields.String(load_default=None, allow_none=True)
    SECRET_KEY = fields.String(load_default=None, allow_none=True, validate=validate.Length(min=32))
    PUBLIC_HOST = fields.String(
        load_default="localhost:8000",
        validate=validate.Regexp(r"^[A-Za-z0-9.\-]+(:[0-9]{1,5})?$", error="must be a host, with a port if it has one"),
    )
    DEMO = fields.Boolean(load_default=False)
    RELEASE = fields.String(load_default="development")
    ENROLMENT_MINUTES = fields.Integer(load_default=30, validate=validate.Range(min=5, max=1440))
    # The warning stands one minute before the lock.
    IDLE_MINUTES = fields.Integer(load_default=5, validate=validate.Range(min=2, max=60))
    PROXIES = fields.Integer(load_default=0, validate=validate.Range(min=0, max=5))
    SYNC_DAYS = fields.Integer(load_default=28, validate=validate.Range(min=1, max=3650))
    # Whatever the pattern of shifts, a day has one of each: nobody who works with it has brought it into coverage since.
    SILENT_HOURS = fields.Integer(load_default=24, validate=validate.Range(min=1, max=720))
    # A push takes milliseconds and a backup of a whole service well under a minute: what is open for longer was forgotten.
    HELD_OPEN_MINUTES = fields.Integer(load_default=5, validate=validate.Range(min=0, max=1440))
    WITNESS = fields.String(load_default=None, allow_none=True)
    TESTING = fields.Boolean(load_default=False)


def from_environment() -> dict[str, str]:
    """The settings that the environment holds, without their prefix. NAME_FILE stands for what that file holds: a
    secret given to a container as a file never shows in its environment."""
    found = {name[len(PREFIX) :]: value for name, value in os.environ.items() if name.startswith(PREFIX)}
    for name in [name for name in found if name.endswith("_FILE")]:
        try:
            found[name.removesuffix("_FILE")] = Path(found.pop(name)).read_text().strip()
        except OSError as error:
            raise ConfigProblem([f"{PREFIX}{name}: the file cannot be read ({error.strerror})"]) from None
    return found


def load_config(given: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """Return checked settings: what is `given` before what the environment holds. Raises ConfigProblem.

    Makes DATA_DIR, and in it a secret key when none is set, so that a laptop needs no settings at all.
    """
    raw = {**from_environment(), **(given or {})}
    problems: list[str] = []
    try:
        settings = ConfigSchema().load({name: raw[name] for name in ConfigSchema().fields if name in raw})
    except ValidationError as error:
        problems += [
            f"{PREFIX}{name}: {' '.join(words)}" for name, words in sorted(error.normalized_messages().items())
        ]
        # What is right goes on to be checked together, so that one start tells everything.
        settings = ConfigSchema().load({}) | cast(dict[str, Any], error.valid_data)
    host = settings["PUBLIC_HOST"].rsplit(":", 1)[0]
    if settings["DEMO"] and host not in LOOPBACK:
        problems.append(
            f"{PREFIX}DEMO: demo mode lets anyone sign in, so it runs on localhost only; unset it or PUBLIC_HOST"
        )
    url = settings["DATABASE_URL"]
    if url and not url.startswith(("sqlite:///", "postgresql://", "postgresql+psycopg://")):
        problems.append(f"{PREFIX}DATABASE_URL: must start with sqlite:/// or postgresql+psycopg://")
    data_dir = Path(settings["DATA_DIR"])
    try:
        data_dir.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        problems.append(f"{PREFIX}DATA_DIR: the folder cannot be made or written ({error.strerror})")
    if problems:
        raise ConfigProblem(problems)
    settings["DATABASE_URL"] = _with_driver(url) or f"sqlite:///{data_dir.resolve() / 'throughcare.sqlite3'}"
    settings["WITNESS"] = settings["WITNESS"] or str(data_dir / "witness.json")
    settings["SECRET_KEY"] = settings["SECRET_KEY"] or _kept_secret(data_dir)
    settings["PUBLIC_ORIGIN"] = ("http://" if host in LOOPBACK else "https://") + settings["PUBLIC_HOST"]
    extra = {name: value for name, value in (given or {}).items() if name not in settings}
    return {**settings, **extra}


def _with_driver(url: str | None) -> str | None:
    return url.replace("postgresql://", "postgresql+psycopg://", 1) if url else None


def _kept_secret(data_dir: Path) -> str:
    """The key of this data folder, made once, readable by its owner only."""
    path = data_dir / "secret_key"
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return path.read_text().strip()
    except OSError as error:
        raise ConfigProblem([f"{PREFIX}DATA_DIR: the folder cannot be written ({error.strerror})"]) from None
    with os.fdopen(handle, "w") as file:
        file.write(secrets.token_urlsafe(48))
    return path.read_text().strip()
