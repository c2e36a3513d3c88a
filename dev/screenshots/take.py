# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Walk through the guided setup in Chromium, and take a picture of each step.

    take.py http://localhost:8069 zone.json static/description

The records that the screens show are published into the zone before the last picture.
"""

import json
import shutil
import sys
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

BROWSERS = ("google-chrome", "chromium", "chromium-browser", "google-chrome-stable")
WIDTHS = (("", 1400), ("_phone", 400))
MAX_HEIGHT = 2400
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
HEIGHT = """
() => Math.max(...[...document.querySelectorAll(
    ".o_form_renderer, .o_form_sheet_bg")].map(e => e.scrollHeight)) + 220
"""


def main(url: str, zone: Path, target: Path) -> None:
    with sync_playwright() as playwright:
        path = next(filter(None, map(shutil.which, BROWSERS)), None)
        browser = playwright.chromium.launch(
            executable_path=path, args=["--no-sandbox"]
        )
        original = zone.read_text()
        for suffix, width in WIDTHS:
            zone.write_text(original)
            page = browser.new_page(viewport={"width": width, "height": 900})
            log_in(page, url)
            walk(page, url, zone, target, suffix)
            page.close()
        browser.close()


def log_in(page: Page, url: str) -> None:
    page.goto(f"{url}/web/login")
    page.fill("#login", "admin")
    page.fill("#password", "admin")
    page.click("button[type=submit]")
    page.wait_for_selector(".o_web_client")


def walk(page: Page, url: str, zone: Path, target: Path, suffix: str) -> None:
    page.goto(f"{url}/odoo/email-domain-setup/new")
    page.wait_for_selector("[name=server_ids] .o_kanban_record")
    take(page, target / f"setup_1_domain{suffix}.png")
    page.click("[name=server_ids] a:has-text('Enter or Correct')")
    page.fill(".modal [name=sending_host_ips] input", "198.51.100.10")
    page.click(".modal .o_form_button_save")
    page.wait_for_selector(".modal", state="detached")
    page.click("button[name=action_show_records]:visible")
    page.wait_for_selector(CARD)
    take(page, target / f"setup_2_records{suffix}.png")
    publish(zone, page.eval_on_selector_all(CARD, READ))
    page.wait_for_selector(".o_setup_proofs .alert-success")
    page.goto(f"{url}/odoo/email-domain-checks")
    page.wait_for_selector(".o_checklist_summary.alert-success")
    take(page, target / f"setup_3_check{suffix}.png")


def publish(zone: Path, cards: list[dict]) -> None:
    """Do in the zone what the cards say."""
    names = json.loads(zone.read_text())
    for card in cards:
        if card["state"] not in ("add", "replace"):
            continue
        records = names.setdefault(card["name"], {}).setdefault(card["type"], [])
        gone = card["current"].splitlines() if card["state"] == "replace" else []
        kept = [record for record in records if record not in gone]
        names[card["name"]][card["type"]] = [*kept, card["value"]]
    zone.write_text(json.dumps(names))


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
