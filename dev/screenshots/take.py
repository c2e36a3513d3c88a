# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Walk through the guided setup in Chromium, and take a picture of each step.

    take.py http://localhost:8069 zone.json static/description

The records that the screens show are published into the zone before the last picture.
"""

import sys
from pathlib import Path

from devenv import browser
from devenv.zone import publish
from playwright.sync_api import Page

WIDTHS = (("", 1400), ("_phone", 400))
MAX_HEIGHT = 2400
HEIGHT = """
() => Math.max(...[...document.querySelectorAll(
    ".o_form_renderer, .o_form_sheet_bg")].map(e => e.scrollHeight)) + 220
"""


def main(url: str, zone: Path, target: Path) -> None:
    original = zone.read_text()
    for suffix, width in WIDTHS:
        zone.write_text(original)
        with browser.open_page(width) as page:
            browser.log_in(page, url)
            walk(page, url, zone, target, suffix)


def walk(page: Page, url: str, zone: Path, target: Path, suffix: str) -> None:
    page.goto(f"{url}/odoo/email-domain-setup/new")
    page.wait_for_selector("[name=server_ids] .o_kanban_record")
    take(page, target / f"setup_1_domain{suffix}.png")
    page.click("[name=server_ids] a:has-text('Enter or Correct')")
    page.fill(".modal [name=sending_host_ips] input", "198.51.100.10")
    page.click(".modal .o_form_button_save")
    page.wait_for_selector(".modal", state="detached")
    page.click("button[name=action_show_records]:visible")
    page.wait_for_selector(browser.CARD)
    take(page, target / f"setup_2_records{suffix}.png")
    publish(zone, browser.read_cards(page))
    page.wait_for_selector(".o_setup_proofs .alert-success")
    page.goto(f"{url}/odoo/email-domain-checks")
    page.wait_for_selector(".o_checklist_summary.alert-success")
    take(page, target / f"setup_3_check{suffix}.png")


def take(page: Page, path: Path) -> None:
    """Take a picture of the whole form."""
    page.wait_for_timeout(700)
    size = page.viewport_size
    height = min(MAX_HEIGHT, max(400, page.evaluate(HEIGHT)))
    page.set_viewport_size({"width": size["width"], "height": int(height)})
    page.wait_for_timeout(400)
    page.screenshot(path=path)
    page.set_viewport_size(size)


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3]))
