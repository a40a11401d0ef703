"""A passkey that an account carries to a second tablet of the same worker: it is used there, not made again."""

from __future__ import annotations

import sqlite3

from playwright.sync_api import expect

from browser.conftest import who
from browser.server import Server


def test_a_second_tablet_takes_the_synced_passkey_and_is_unlocked_by_it(server: Server, make_tablet) -> None:
    tablet = make_tablet()
    tablet.enrol(who("Nia Farrow"), passkey=True, name="First")
    # A tablet with the same passkey and nothing else: the authenticator stays, everything that the site kept goes.
    tablet.go("/office/sign-in")
    tablet.cdp.send("Storage.clearDataForOrigin", {"origin": server.origin, "storageTypes": "all"})

    tablet.invite(who("Nia Farrow"))
    form = tablet.page.locator("[data-enrol-form]")
    form.locator("[name=device_name]").fill("Second")
    form.locator("[name=passkey]").check(force=True)
    form.locator("[type=submit]").click()
    expect(tablet.heading).to_contain_text("here", timeout=30_000)

    with sqlite3.connect(server.folder / "throughcare.sqlite3") as database:
        made = database.execute("select credential_id from devices where name in ('First', 'Second')").fetchall()
        keys = database.execute("select credential_id from passkeys").fetchall()
    assert len(keys) == 1
    assert made == keys * 2, "both tablets are known by the one passkey"
    tablet.conceal()
    tablet.unlock_with_passkey()
    expect(tablet.page.locator(".tc-switch__now")).to_contain_text("Harbour Lane")
    assert not tablet.violations
    assert not tablet.errors
