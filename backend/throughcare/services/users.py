"""Making users known, deciding their role and which suites they hold, switching them off and on again.

A role and a suite hold from the user's next request on. What somebody did before keeps the role and the suites of that
day: each op carries them (models/op.py). Nobody changes their own role or switches themselves off, and there is always
an active administrator: both are checked here, for the office and the command line alike.
"""

from __future__ import annotations

from collections.abc import Iterable

from .. import audit, clock
from ..db import db
from ..models import OfficeSession, PastGrant, ScopeDigest, Suite, User, UserSuite, new_id
from ..permissions import Permission, Role, may
from ..problems import Problem
from ..sync.work import meta_of

# Records that the tablet of somebody carries: from the first on it grows slow, more than the second are refused.
MANY_RECORDS, MOST_RECORDS = 5_000, 20_000


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
    """`suites` are ids, names or short names. Raises user.invalid, user.email_taken, suite.not_found."""
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


def change_role(user: User, role: str, by: str | None) -> None:
    """`by` is who does it, or nobody on the command line. Raises user.invalid, user.yourself, user.last_administrator."""
    if role not in set(Role):
        raise Problem("user.invalid")
    if role == user.role:
        return
    _keep_an_administrator(user, by)
    before, user.role = user.role, role
    audit.deed("user.role_changed", user.id, before=before, role=role)


def deactivate(user: User, by: str | None) -> None:
    """Refuse this user and their tablets from the next request on; what those hold stays sealed there.

    Raises user.yourself, user.last_administrator.
    """
    if not user.active:
        return
    _keep_an_administrator(user, by)
    user.active = False
    audit.deed("user.deactivated", user.id)
    end_sessions(user)


def reactivate(user: User) -> None:
    """Let this user in again, and their tablets that were not switched off for themselves."""
    if user.active:
        return
    user.active = True
    audit.deed("user.reactivated", user.id)


def _keep_an_administrator(user: User, by: str | None) -> None:
    if user.id == by:
        raise Problem("user.yourself")
    if user.role != Role.ADMINISTRATOR:
        return
    # Locked, so that of two administrators who demote each other at the same moment one is refused.
    rows = db.select(User.id).where(User.role == Role.ADMINISTRATOR, User.active).order_by(User.id).with_for_update()
    if set(db.session.scalars(rows)) <= {user.id}:
        raise Problem("user.last_administrator")


def find_suite(text: str) -> Suite:
    """By id, name or short name. Raises suite.not_found."""
    query = db.select(Suite).where((Suite.id == text) | (Suite.name == text) | (Suite.short == text))
    suite = db.session.scalars(query).first()
    if suite is None:
        raise Problem("suite.not_found")
    return suite


def carried(suite_ids: Iterable[str]) -> int:
    """How many records a tablet with these suites carries; one of two suites counts twice, so it is never too few."""
    query = db.select(db.func.coalesce(db.func.sum(ScopeDigest.n), 0)).where(ScopeDigest.scope.in_(list(suite_ids)))
    return int(db.session.scalar(query) or 0)


def grant(user: User, suite: str) -> None:
    """Let a user hold a suite's records, from the next sync on. Raises Problem (suite.not_found, suite.too_many_records)."""
    found = find_suite(suite)
    if found.id not in user.suite_ids:
        if may(user.role, Permission.RECORD) and carried([*user.suite_ids, found.id]) > MOST_RECORDS:
            raise Problem("suite.too_many_records")
        seq = meta_of(db.session()).seq
        user.grants.append(UserSuite(suite_id=found.id, granted_seq=seq))
        audit.deed("user.suite_granted", user.id, suite=found.id)


def revoke(user: User, suite: str) -> None:
    """Take a suite away: its records leave the user's tablets with their next sync."""
    found = find_suite(suite)
    if found.id in user.suite_ids:
        user.grants[:] = [one for one in user.grants if one.suite_id != found.id]
        seq = meta_of(db.session()).seq
        db.session.merge(PastGrant(user_id=user.id, suite_id=found.id, revoked_seq=seq))
        audit.deed("user.suite_revoked", user.id, suite=found.id)


def set_suites(user: User, suite_ids: Iterable[str]) -> None:
    """Let this user hold exactly these suites. Raises suite.not_found, suite.too_many_records."""
    wanted = set(suite_ids)
    for suite_id in sorted(set(user.suite_ids) - wanted):
        revoke(user, suite_id)
    for suite_id in sorted(wanted - set(user.suite_ids)):
        grant(user, suite_id)


def end_sessions(user: User) -> None:
    """Every office session of this user ends with its next request."""
    db.session.execute(db.delete(OfficeSession).where(OfficeSession.user_id == user.id))
    audit.deed("user.sessions_ended", user.id)
