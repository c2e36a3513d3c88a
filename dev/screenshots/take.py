# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Take the pictures of the manual in Chromium, each as a screen shows it.

    take.py http://localhost:8069 zone.json static/description setup
    take.py http://localhost:8069 zone.json static/description pages

First the guided setup: the records that it shows are published into the zone once the
check has told what is missing. Then, once fill.py has let some weeks pass, a test
message, which goes out and comes back, and the pages of every day.
"""

import sys
from pathlib import Path

from devenv import browser
from devenv.zone import publish
from playwright.sync_api import Page

WIDTHS = (("", 1400), ("_phone", 400))
MAX_HEIGHT = 2400
SETTLED = 1000  # milliseconds until what moves has come to rest
HEIGHT = """
() => Math.max(...[...document.querySelectorAll(
    ".o_form_renderer, .o_form_sheet_bg, .o_content, .o_list_renderer"
)].map(e => e.scrollHeight)) + 220
"""


GROUP = ".o_group_header"
# Of each page the path, and what is there once it is drawn.
PAGES = {
    "overview": ("email-deliverability", "canvas"),
    "sender_addresses": ("email-sender-addresses", GROUP),
    "waiting": ("emails-waiting", ".o_data_row"),
    "refusals": ("email-refusals", ".o_data_row"),
    "dmarc_reports": ("email-dmarc-reports", "[data-section=sources]"),
}
ON_PHONES = {"overview"}


def main(url: str, zone: Path, target: Path, part: str) -> None:
    with browser.open_page(WIDTHS[0][1]) as page:
        browser.log_in(page, url)
        if part == "setup":
            take_setup(page, url, zone, target)
        else:
            take_verdict(page, url, target)
            take_pages(page, url, target)


def take_pages(page: Page, url: str, target: Path) -> None:
    """Take the pages of every day; on phones those of which the README has one."""
    for name, (path, selector) in PAGES.items():
        page.goto(f"{url}/odoo/{path}")
        page.wait_for_selector(selector)
        for group in page.locator(GROUP).all():
            group.click()
        page.mouse.move(0, 0)  # what stands below it tells more
        page.evaluate("document.querySelector('.o_content').scrollTop = 0")
        take(page, target / name, WIDTHS if name in ON_PHONES else WIDTHS[:1])


def take_setup(page: Page, url: str, zone: Path, target: Path) -> None:
    page.goto(f"{url}/odoo/email-domain-setup/new")
    page.fill("[name=own_address] input", "198.51.100.10")
    take(page, target / "setup_1_domain")
    page.click("button[name=action_show_records]:visible")
    page.wait_for_selector(browser.CARD)
    open_again(page, browser.CARD)
    take(page, target / "setup_2_records")
    cards = browser.read_cards(page)
    page.click("button[name=action_next]:visible")
    page.wait_for_selector(".o_checklist_item .o_setup_record")
    open_again(page, ".o_checklist_item .o_setup_record")
    take(page, target / "setup_3_check")
    publish(zone, cards)
    page.wait_for_selector(".o_setup_proofs .alert-success")
    page.click("button[name=action_switch_company]:visible")
    page.wait_for_selector("button[name=action_undo_switch]:visible")
    open_again(page, "button[name=action_undo_switch]:visible")
    take(page, target / "setup_4_done")


def take_verdict(page: Page, url: str, target: Path) -> None:
    """Send a test message, and wait for what is found on it."""
    page.goto(f"{url}/odoo/email-test-messages")
    page.click(".o_control_panel button:has-text('Send a Test Message'):visible")
    page.click(".modal footer button.btn-primary")
    page.wait_for_selector(".o_verdict_answers")
    open_again(page, ".o_verdict_answers")
    take(page, target / "verdict")


def open_again(page: Page, selector: str) -> None:
    """Open a page anew: the menus of one that was a phone's a moment ago stay small."""
    page.reload()
    page.wait_for_selector(selector)


def take(page: Page, path: Path, widths=WIDTHS) -> None:
    """Take a picture of the whole page, as a screen and as a phone show it."""
    before = page.viewport_size
    for suffix, width in widths:
        page.set_viewport_size({"width": width, "height": before["height"]})
        page.wait_for_timeout(SETTLED)
        height = min(MAX_HEIGHT, max(400, page.evaluate(HEIGHT)))
        page.set_viewport_size({"width": width, "height": int(height)})
        page.wait_for_timeout(SETTLED)
        page.screenshot(path=path.with_name(f"{path.name}{suffix}.png"))
    page.set_viewport_size(before)


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3]), sys.argv[4])
