# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Export the texts to translate, and bring the translations up to date with them."""

import shutil
import tempfile
from pathlib import Path

from addon_wheel import copy_addon

from . import odoo_source
from .database import MINIMAL, Databases
from .odoo import Odoo
from .state import ADDON, ROOT, run, step

DATABASE = "export_texts"
FOLDER = ROOT / "i18n"
# Runs where polib is installed. What is translated stays; new texts are empty.
MERGE = """
import sys
import polib
template = polib.pofile(sys.argv[1])
for path in sys.argv[2:]:
    translation = polib.pofile(path)
    translation.merge(template)
    for entry in translation.obsolete_entries():
        translation.remove(entry)
    translation.sort(key=lambda entry: entry.msgid)
    translation.save()
    print(f"{path}: {translation.percent_translated()} % translated")
"""


def export(odoo: Odoo) -> None:
    """Write i18n/mail_deliverability.pot and merge it into the .po files beside it."""
    template = FOLDER / f"{ADDON}.pot"
    with tempfile.TemporaryDirectory() as folder, step("exporting the texts"):
        # Odoo reads each file below the addon's folder, even what is no part of it.
        shutil.rmtree(copy_addon(Path(folder)) / "tests")
        _export(odoo, folder, Path(folder) / template.name)
        FOLDER.mkdir(exist_ok=True)
        shutil.copy(Path(folder) / template.name, template)
    translations = sorted(FOLDER.glob("*.po"))
    if translations:
        print(run(odoo.python, "-c", MERGE, template, *translations).stdout, end="")


def _export(odoo: Odoo, folder: str, target: Path) -> None:
    databases = Databases(odoo)
    databases.copy_of(MINIMAL, DATABASE)
    sources = odoo_source.python_path()
    folders = [one for source in sources for one in odoo_source.addons_path(source)]
    path = f"--addons-path={','.join([folder, *map(str, folders)])}"
    variables = odoo.environment()
    install = ("-d", DATABASE, "-i", ADDON, "--stop-after-init", "--log-level=warn")
    run(*odoo.command(path, *install), env=variables)
    words = ("i18n", "export", "-d", DATABASE, "-l", "pot", "-o", target, ADDON)
    run(*odoo.command(path, *words), env=variables)
    databases.drop(DATABASE)
