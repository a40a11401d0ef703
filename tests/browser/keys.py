"""A worker at a keyboard: Tab, arrows, space and Enter, and nothing that a finger or a mouse would do."""

from __future__ import annotations

from playwright.sync_api import expect

from browser.tablet import Tablet

# More stops than any page has: what is not met by then cannot be reached.
STOPS = 150
FOCUSED = """() => { const e = document.activeElement; return {
  id: e.id, tag: e.tagName, code: e.value ?? '', text: (e.innerText || '').trim(), type: e.type ?? '',
  name: e.name ?? '', question: e.closest('section.tc-question')?.querySelector('[name=link_id]')?.value ?? '' }; }"""


class Keys:
    def __init__(self, tablet: Tablet) -> None:
        self.tablet, self.pressed = tablet, 0

    def press(self, key: str) -> dict[str, str]:
        """What has the focus afterwards."""
        self.tablet.page.keyboard.press(key)
        self.pressed += 1
        return self.focus()

    def focus(self) -> dict[str, str]:
        found: dict[str, str] = self.tablet.page.evaluate(FOCUSED)
        return found

    def tab_to(self, what: str, **wanted: str) -> None:
        """Forwards until the focus is there: `tab_to("the box", question="harm-now")`."""
        at = self.focus()
        for _ in range(STOPS):
            if all(at[name] == value for name, value in wanted.items()):
                self._seen(what)
                return
            at = self.press("Tab")
        raise AssertionError(f"Tab never came to {what} {wanted}")

    def choose(self, link_id: str, code: str) -> None:
        """To the question, by arrows among its options, and the space bar."""
        page = self.tablet.page
        question = self.tablet.question(link_id)
        many = question.locator("input[name=value][type=checkbox]").count() > 0
        if many:
            self.tab_to(f"the box {code}", question=link_id, code=code)
        else:
            self.tab_to(f"an option of {link_id}", question=link_id, name="value")
            for _ in range(question.locator("input[name=value]").count()):
                if self.focus()["code"] == code:
                    break
                self.press("ArrowDown")
        question.evaluate("element => element.setAttribute('data-before', '')")
        self.press(" ")
        expect(page.locator("section.tc-question[data-before]")).to_have_count(0, timeout=20_000)
        expect(page.locator("#saved")).to_contain_text("Saved", timeout=20_000)
        self.tablet.shows(link_id, code)
        at = self.focus()
        assert (at["question"], at["code"]) == (link_id, code), (
            "the answer was drawn anew, and the focus is where it was"
        )

    def go_on(self, words: str) -> None:
        before = self.tablet.page.url
        self.tab_to(f"the button {words}", text=words)
        self.press("Enter")
        expect(self.tablet.page).not_to_have_url(before)

    def _seen(self, what: str) -> None:
        """Whoever uses keys must see where they are: nothing hides the focus (WCAG 2.2, 2.4.11), and it is drawn."""
        told = self.tablet.page.evaluate(
            """() => { const e = document.activeElement; const tile = e.matches('.tc-choice__input') ? e.nextElementSibling : e;
            const r = tile.getBoundingClientRect(); const s = getComputedStyle(tile);
            const at = part => document.elementFromPoint(r.x + r.width / 2, r.y + r.height * part);
            const free = over => over && (over === tile || tile.contains(over) || e === over || over.contains(tile));
            const middle = at(0.5);
            return { free: [0.1, 0.5, 0.9].some(part => free(at(part))), drawn: s.outlineStyle !== 'none' || s.boxShadow !== 'none',
              over: middle ? `${middle.tagName} ${middle.className}` : 'nothing: it is off the glass' }; }"""
        )
        assert told["free"], f"{what} has the focus, and over it lies {told['over']}"
        assert told["drawn"], f"{what} has the focus and does not show it"
