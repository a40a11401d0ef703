"""An office browser without a browser: one signed-in user, real requests, and the text of the page that came back."""

from __future__ import annotations

import html
import re
from typing import Any

from flask import request

from factories import Service
from throughcare.db import db
from throughcare.models import User
from throughcare.permissions import Actor, set_way_in
from throughcare.problems import Problem

WHO = "X-Test-User"


def _who() -> Actor:
    user = db.session.get(User, request.headers.get(WHO, ""))
    if user is None:
        raise Problem("auth.sign_in_needed")
    return Actor(user.id, user.role, user=user)


class Office:
    """Requests of one user. How somebody signs in is tested elsewhere; here the session is given."""

    def __init__(self, service: Service, user_id: str | None) -> None:
        set_way_in(service.app, "session", _who)
        self.client = service.app.test_client()
        self.headers = {WHO: user_id or "", "Origin": "http://localhost", "Sec-Fetch-Site": "same-origin"}

    def get(self, path: str) -> Any:
        return self.client.get(path, headers=self.headers)

    def post(self, path: str, **fields: str) -> Any:
        return self.client.post(
            path, headers=self.headers, data={name.replace("__", "-"): value for name, value in fields.items()}
        )

    def read(self, path: str, status: int = 200) -> str:
        """The page's text, without tags and repeated space."""
        answer = self.get(path)
        assert answer.status_code == status, answer.get_data(as_text=True)
        return text_of(answer)


def text_of(answer: Any) -> str:
    body = re.sub(r"(?s)<(script|style|svg)\b.*?</\1>", " ", answer.get_data(as_text=True))
    return re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]+>", " ", body))).strip()


def field_of(answer: Any, name: str) -> str:
    """The value of a hidden field."""
    found = re.search(rf'name="{re.escape(name)}" value="([^"]*)"', answer.get_data(as_text=True))
    assert found, f"no field {name}"
    return html.unescape(found[1])
