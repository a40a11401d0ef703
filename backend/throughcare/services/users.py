"""Making users known and deciding which suites they hold."""

from __future__ import annotations

from collections.abc import Iterable

from .. import audit, clock
from ..db import db
from ..models import Suite, User, UserSuite, new_id
from ..permissions import Role
from ..problems import Problem
from ..sync.work import meta_of


def get_user(user_id: str) -> User:
    """Raises user.unknown."""
    user = db.session.get(User, user_id)
    if user is None:
        raise Problem("user.unknown")
    return user


def find_by_name(text: str) -> User:
    """The one user with this id, e-mail address or exact name. Raises user.unknown."""
    query = db.select(User).where((User.id == text) | (User.email == text) | (User.name == text))
    found = list(db.session.scalars(query))
    if len(found) != 1:
        raise Problem("user.unknown")
    return found[0]


def create(name: str, role: str, suites: Iterable[str] = (), email: str | None = None) -> User:
    """`suites` are ids, names or short names. Raises user.invalid, suite.unknown."""
    if not name.strip() or role not in set(Role):
        raise Problem("user.invalid")
    if email and db.session.scalars(db.select(User).where(User.email == email)).first():
        raise Problem("user.email_taken")
    user = User(id=new_id(), name=name.strip(), role=role, email=email or None, created_at=clock.now())
    db.session.add(user)
    audit.deed("user.created", user.id, role=role)
    for suite in suites:
        grant(user, suite)
    return user


def find_suite(text: str) -> Suite:
    query = db.select(Suite).where((Suite.id == text) | (Suite.name == text) | (Suite.short == text))
    suite = db.session.scalars(query).first()
    if suite is None:
        raise Problem("suite.unknown")
    return suite


def grant(user: User, suite: str) -> None:
    """Let a user hold a suite's records, from the next sync on."""
    found = find_suite(suite)
    if found.id not in user.suite_ids:
        _epoch, seq = meta_of(db.session())
        user.grants.append(UserSuite(suite_id=found.id, granted_seq=seq))
        audit.deed("user.suite_granted", user.id, suite=found.id)


def revoke(user: User, suite: str) -> None:
    """Take a suite away: its records leave the user's tablets with their next sync."""
    found = find_suite(suite)
    user.grants[:] = [one for one in user.grants if one.suite_id != found.id]
    audit.deed("user.suite_revoked", user.id, suite=found.id)


def end_sessions(user: User) -> None:
    """Every office session of this user ends with its next request."""
    user.session_version += 1
    audit.deed("user.sessions_ended", user.id)
