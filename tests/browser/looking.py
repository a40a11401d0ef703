"""How a screen is looked at: each width and both themes from one load."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

from playwright.sync_api import Error, expect

from browser.screens import Screen
from browser.tablet import Browser

# A screen is opened at the first.
WIDTHS = {820: 1180, 1280: 900, 390: 844}
# 1280 CSS px at 400 %: what WCAG 2.2 asks to reflow (1.4.10).
ZOOMED = (320, 256)


def look(browser: Browser, screens: Iterable[Screen], side: str, people: list[str], wide_axe: int = 820) -> list[str]:
    """Every complaint about these screens as "screen, how it was looked at: what"; an empty list is good."""
    found: list[str] = []
    browser.bring_axe()
    browser.page.emulate_media(color_scheme="light")
    for screen in screens:
        _size(browser, 820, WIDTHS[820])
        try:
            browser.go(screen.path)
            if screen.then:
                screen.then(browser)
            expect(browser.page.locator("h1").first).to_be_attached()
            browser.page.wait_for_load_state()
        except (AssertionError, Error) as error:
            found.append(f"{side} {screen.name}: not reached: {str(error).splitlines()[0]}")
            continue
        for what in _at_every_size(browser, screen, side, wide_axe):
            found.append(f"{side} {screen.name}, {what}")
        title = browser.page.title()
        found += [f"{side} {screen.name}: the title holds a name" for each in people if each.lower() in title.lower()][
            :1
        ]
        if (count := browser.page.locator("h1:visible").count()) != screen.h1:
            found.append(f"{side} {screen.name}: {count} headings of the first level")
    return found + [f"policy: {each}" for each in browser.violations] + [f"script: {each}" for each in browser.errors]


def _at_every_size(browser: Browser, screen: Screen, side: str, wide_axe: int) -> Iterable[str]:
    for scheme in ("light", "dark"):
        if scheme == "dark":
            browser.page.emulate_media(color_scheme=scheme)
        for width, height in WIDTHS.items():
            # Dim changes colours and no size: one width of it, unless pictures are wanted.
            if scheme == "dark" and width != wide_axe and not os.environ.get("THROUGHCARE_SCREENSHOTS"):
                continue
            _size(browser, width, height)
            yield from _too_wide(browser, f"{width} {scheme}")
            _shoot(browser, f"{side}-{screen.name}-{width}{'-dim' if scheme == 'dark' else ''}")
            # The narrowest in light, a wider one in dim: between them every rule of the style sheets is met.
            if (width, scheme) == (390, "light") or ((width, scheme) == (wide_axe, "dark") and not screen.many):
                # On glass as tall as the page: a bar that stays in view lies on whatever it happens to meet, which a
                # finger scrolls away and axe counts as a smaller target.
                _size(browser, width, max(height, browser.page.evaluate("document.documentElement.scrollHeight")))
                yield from (f"{width} {scheme}: {what}" for what in browser.axe())
    browser.page.emulate_media(color_scheme="light")
    if not screen.main:
        return
    _size(browser, *ZOOMED)
    yield from _too_wide(browser, "400 % zoom")
    yield from _covered(browser)
    _shoot(browser, f"{side}-{screen.name}-zoom")
    _size(browser, 820, WIDTHS[820])
    browser.page.emulate_media(forced_colors="active")
    yield from _unseen_choices(browser)
    _shoot(browser, f"{side}-{screen.name}-forced")
    browser.page.emulate_media(forced_colors="none")


def _size(browser: Browser, width: int, height: int) -> None:
    wanted = {"width": width, "height": height}
    if browser.page.viewport_size != wanted:  # asking for what is there takes as long as a change
        browser.page.set_viewport_size(wanted)


def _too_wide(browser: Browser, how: str) -> Iterable[str]:
    wide = browser.page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    if wide > 0:
        yield f"{how}: {wide} px wider than the screen"


def _covered(browser: Browser) -> Iterable[str]:
    """At 400 % nothing may stand in front of the page: what stays in view would cover most of it."""
    stuck = browser.page.evaluate(
        """() => [...document.body.querySelectorAll('*')].filter(e => ['fixed', 'sticky'].includes(getComputedStyle(e).position))
        .filter(e => { const r = e.getBoundingClientRect(); return r.height > 0 && r.width > 100 && getComputedStyle(e).visibility === 'visible' && !e.closest('.tc-visually-hidden, .tc-skip'); })
        .filter(e => e.getBoundingClientRect().height > innerHeight / 4).map(e => e.className || e.tagName)"""
    )
    yield from (f"400 % zoom: {each} stays in front of the page" for each in stuck)


def _unseen_choices(browser: Browser) -> Iterable[str]:
    """In forced colours a chosen tile still differs from one that is not chosen, by more than its colour."""
    same = browser.page.evaluate(
        """() => [...document.querySelectorAll('.tc-choices')].filter(group => {
          const of = chosen => { const tile = group.querySelector(`input${chosen ? ':checked' : ':not(:checked)'} + .tc-choice__tile`);
            if (!tile) return null; const s = getComputedStyle(tile); return [s.borderTopWidth, s.outlineStyle, s.fontWeight].join(); };
          return of(true) !== null && of(true) === of(false); }).length"""
    )
    if same:
        yield f"forced colours: {same} groups in which the chosen tile looks like the others"


def _shoot(browser: Browser, name: str) -> None:
    """A picture of the whole page, where THROUGHCARE_SCREENSHOTS names a folder for them."""
    if folder := os.environ.get("THROUGHCARE_SCREENSHOTS"):
        Path(folder).mkdir(parents=True, exist_ok=True)
        browser.page.screenshot(path=Path(folder) / f"{name}.png", full_page=True)
