# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Chromium for scripts, and what they read on the pages of the guided setup."""

import shutil
from contextlib import contextmanager

from playwright.sync_api import Page, sync_playwright

from .chromium import NAMES

PATIENCE = 120_000  # milliseconds
CARD = ".o_setup_records > .card .o_setup_record"
# What is there now is read as it stands: a blank in front may be what is wrong with it.
READ = """
cards => cards.map(card => Object.fromEntries(
    [["type", ".o_setup_type"], ["name", ".o_setup_full"],
     ["value", ".o_setup_published"], ["current", ".o_setup_current"]].map(
        ([key, selector]) => {
            const text = card.querySelector(selector)?.textContent ?? "";
            return [key, key === "current" ? text : text.trim()];
        }).concat([["state", card.dataset.state]])))
"""


@contextmanager
def open_page(width: int, height: int = 900):
    """Open a page of this size, in pixels, in a browser that knows nothing yet."""
    path = next(filter(None, map(shutil.which, NAMES)), None)
    with sync_playwright() as playwright:
        chromium = playwright.chromium
        browser = chromium.launch(executable_path=path, args=["--no-sandbox"])
        viewport = {"width": width, "height": height}
        permissions = ["clipboard-read", "clipboard-write"]
        context = browser.new_context(viewport=viewport, permissions=permissions)
        context.set_default_timeout(PATIENCE)
        try:
            yield context.new_page()
        finally:
            browser.close()


def log_in(page: Page, url: str) -> None:
    page.goto(f"{url}/web/login")
    page.fill("#login", "admin")
    page.fill("#password", "admin")
    page.click("button[type=submit]")
    page.wait_for_selector(".o_web_client")


def read_cards(page: Page) -> list[dict]:
    """What the cards of the second step say, for :func:`.zone.publish`."""
    return page.eval_on_selector_all(CARD, READ)
