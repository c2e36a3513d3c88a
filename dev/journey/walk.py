# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Walk from Odoo's first page to a domain that is set up, and count.

    walk.py http://localhost:8069 zone.json

Prints the clicks beside those that copy, these, and the seconds, in which nothing is
read or thought.
"""

import sys
import time
from pathlib import Path

from devenv import browser, zone
from playwright.sync_api import Page

DOMAIN = "acme.example"
ADDRESS = "198.51.100.10"
TODO = f"{browser.CARD}:has(.badge:text-matches('Add|Replace'))"


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

    def copy_all(self, selector: str) -> None:
        buttons = self.page.locator(selector)
        for number in range(buttons.count()):
            buttons.nth(number).click()
            self.copies += 1

    def see(self, selector: str) -> None:
        self.page.locator(selector).locator("visible=true").first.wait_for()


def walk(walker: Walker, path: Path) -> None:
    page = walker.page
    walker.click("the apps", ".o_navbar_apps_menu button")
    walker.click("Settings", ".o-dropdown--menu .o_app:has-text('Settings')")
    walker.click("Set up your email domain", "button:has-text('Set up your email')")
    walker.see("button[name=action_show_records]")
    walker.click("the domain", "[name=alias_domain_id] input")
    page.keyboard.type(DOMAIN)
    walker.click("Create it", ".o_m2o_dropdown_option_create")
    walker.see("[name=server_ids] .o_kanban_record")
    walker.click("Enter or Correct", "[name=server_ids] a:has-text('Enter')")
    walker.click("the address", ".modal [name=sending_host_ips] input")
    page.keyboard.type(ADDRESS)
    walker.click("Save", ".modal .o_form_button_save")
    page.wait_for_selector(".modal", state="detached")
    walker.click("Next", "button[name=action_show_records]")
    page.wait_for_selector(TODO)
    walker.copy_all(f"{TODO} .o_clipboard_button")
    zone.publish(path, browser.read_cards(page))
    page.wait_for_timeout(1000)  # until the server has read the zone
    walker.click("Check", "button[name=action_check]")
    walker.see(".alert-success")


def main(url: str, path: Path) -> None:
    with browser.open_page(1400) as page:
        browser.log_in(page, url)
        page.wait_for_selector(".o_navbar_apps_menu button")
        walker, start = Walker(page), time.monotonic()
        walk(walker, path)
        seconds = time.monotonic() - start
        print("\n".join(f"  {step}" for step in walker.steps))
        print(
            f"{walker.clicks} clicks, {walker.copies} that copy, {seconds:.0f} s:",
            page.locator(".alert-success:visible").first.inner_text().splitlines()[0],
        )


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
