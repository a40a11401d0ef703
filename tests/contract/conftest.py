"""Every answer of sync that any of these tests gets is of the shape that is published for others."""

from __future__ import annotations

import gzip
import json

import pytest

import factories
import schemas


@pytest.fixture(autouse=True)
def sync_answers_are_of_their_shape(monkeypatch):
    post = factories.Tablet.post

    def checked(self, path, data, **options):
        answer = post(self, path, data, **options)
        if path.startswith("/sync/v1/"):
            body = gzip.decompress(answer.data) if answer.headers.get("Content-Encoding") == "gzip" else answer.data
            schemas.check_answer(path, answer.status_code, json.loads(body))
        return answer

    monkeypatch.setattr(factories.Tablet, "post", checked)
