# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Walk from Odoo's first page to a domain that is set up, and count.

    walk.py http://localhost:8069 zone.json

Prints the clicks beside those that copy, these, and the seconds, in which nothing is
read or thought, until the page says that all is done; Close comes after that. More
clicks than MOST fail.
"""

import sys
import time
from pathlib import Path

from devenv import browser, zone
from playwright.sync_api import Page

DOMAIN = "acme.example"
ADDRESS = "198.51.100.10"
PLACE = "Email Deliverability"
MOST = 6  # clicks
COPY = f"{browser.CARD} .o_setup_value button[title]"


class Walker:
    """A newcomer with a mouse, who types as well as it takes."""

    def __init__(self, page: Page):
        self.page = page
        self.clicks = self.copies = 0
        self.steps: list[str] = []

    def click(self, what: str, selector: str) -> None:
        self.page.locator(selector).locator("visible=true").first.click()
        self.clicks += 1
        self.steps.append(what)

    def fill(self, what: str, selector: str, text: str) -> None:
        """Type, into what has the focus already or is clicked into."""
        field = self.page.locator(selector)
        field.wait_for()
        if field.input_value() == text:
            return
        if not field.evaluate("field => field === document.activeElement"):
            self.click(what, selector)
        self.page.keyboard.type(text)

    def copy_all(self) -> None:
        """Copy what stands on the cards, each name and each value."""
        buttons = self.page.locator(COPY)
        for number in range(buttons.count()):
            buttons.nth(number).click()
            self.copies += 1

    def see(self, selector: str) -> None:
        self.page.locator(selector).locator("visible=true").first.wait_for()


def walk(walker: Walker, path: Path) -> str:
    """Walk until all is done; returns what the page says then."""
    page = walker.page
    walker.click("the apps", ".o_navbar_apps_menu button")
    walker.click("Settings", ".o-dropdown--menu .o_app:has-text('Settings')")
    walker.click(PLACE, f".o_menu_sections button:has-text('{PLACE}')")
    walker.click("Set Up", ".o-dropdown--menu .dropdown-item:has-text('Set Up')")
    walker.fill("the domain", "[name=domain_name] input", DOMAIN)
    walker.see("[name=server_ids] .o_kanban_record")
    walker.fill("the address", "[name=own_address] input", ADDRESS)
    walker.click("Next", "button[name=action_show_records]")
    page.wait_for_selector(browser.CARD)
    walker.copy_all()
    zone.publish(path, browser.read_cards(page))
    # It looks again by itself, and goes on when all is there.
    walker.see(".o_setup_proofs .alert-success")
    walker.click("Send from it", "button[name=action_switch_company]")
    walker.see("button[name=action_undo_switch]")
    return page.locator(".o_setup_proofs h2").inner_text()


def close(walker: Walker) -> None:
    """Leave what is done."""
    walker.click("Close", "button:has-text('Close')")
    walker.see(".o_mail_deliverability_overview")


def main(url: str, path: Path) -> None:
    with browser.open_page(1400) as page:
        browser.log_in(page, url)
        page.wait_for_selector(".o_navbar_apps_menu button")
        walker, start = Walker(page), time.monotonic()
        said = walk(walker, path)
        seconds = time.monotonic() - start
        print("\n".join(f"  {step}" for step in walker.steps))
        clicks = f"{walker.clicks} clicks, {walker.copies} that copy"
        print(f"{clicks}, {seconds:.0f} s: {said}")
        if walker.clicks > MOST:
            sys.exit(f"that is more than {MOST} clicks")
        close(walker)


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
