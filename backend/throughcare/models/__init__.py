"""The tables, one file per noun: columns and constraints, no rules.

Inputs (never derived): users, devices, suites, forms, ops, audit. Derived from ops: records and every read table.
"""

from __future__ import annotations

import uuid_utils

from .alert import Alert
from .amendment import Amendment
from .assessment import Assessment
from .audit_event import AuditEvent
from .conflict import Conflict
from .contact import Contact
from .custody_episode import CustodyEpisode
from .device import Challenge, Device, Enrolment, Passkey
from .form import Form
from .kept import KeptOp, PastGrant
from .move import Move
from .office_session import OfficeSession
from .op import Op
from .person import Person
from .record import Record, RecordScope, RecordVersion, ScopeDigest, SyncMeta
from .refusal import Refusal
from .submission import Submission
from .suite import Authority, Suite
from .user import User, UserSuite

DERIVED = (
    Alert,
    Amendment,
    Assessment,
    Conflict,
    Contact,
    CustodyEpisode,
    KeptOp,
    Move,
    Person,
    Submission,
    Record,
    RecordScope,
    RecordVersion,
    ScopeDigest,
)

__all__ = [
    "Alert",
    "Amendment",
    "Assessment",
    "AuditEvent",
    "Authority",
    "Challenge",
    "Conflict",
    "Contact",
    "CustodyEpisode",
    "DERIVED",
    "Device",
    "Enrolment",
    "Form",
    "KeptOp",
    "Move",
    "OfficeSession",
    "Op",
    "Passkey",
    "PastGrant",
    "Person",
    "Record",
    "RecordScope",
    "RecordVersion",
    "Refusal",
    "ScopeDigest",
    "Submission",
    "Suite",
    "SyncMeta",
    "User",
    "UserSuite",
    "new_id",
]


def new_id() -> str:
    """A UUIDv7: made anywhere, sorts by when."""
    return str(uuid_utils.uuid7())
