"""What people typed is text on every office screen, whichever template draws it: the components of the tablet too."""

from __future__ import annotations

from office import Office

MARKUP = '"><img src=x id="planted">'


def test_what_was_typed_comes_back_as_text_in_a_component(service):
    office = Office(service, service.administrator)
    answer = office.post("/office/users/new", name=MARKUP, role="", email="")
    page = answer.get_data(as_text=True)
    assert answer.status_code == 422
    assert MARKUP not in page
    assert "&#34;&gt;&lt;img src=x" in page
