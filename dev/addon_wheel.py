# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Build the addon's wheel with whool, from a clean copy that has the addon's name.

whool names the wheel after the folder it works in, which may be called anything, and
packs all tracked files, the development environment included.
"""

import os
import shutil
import tempfile
from contextlib import contextmanager
from pathlib import Path

ADDON = "mail_deliverability"
ROOT = Path(__file__).resolve().parents[1]
LEFT_OUT = (".*", "*.egg-info", "*.pyc", "__pycache__", "node_modules")
LEFT_OUT_AT_ROOT = {"Makefile", "bench", "build", "dev", "dist"}


def copy_addon(folder: Path) -> Path:
    """Copy what belongs to the addon, and nothing else, to ``folder``.

    :returns: the copy, a folder with the addon's technical name.
    """
    hidden = shutil.ignore_patterns(*LEFT_OUT)

    def ignore(where: str, names: list[str]) -> set[str]:
        at_root = LEFT_OUT_AT_ROOT if Path(where) == ROOT else set()
        return hidden(where, names) | at_root

    return Path(shutil.copytree(ROOT, Path(folder) / ADDON, ignore=ignore))


@contextmanager
def _in_clean_copy():
    before = Path.cwd()
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(copy_addon(Path(folder)))
        try:
            yield
        finally:
            os.chdir(before)


def prepare_metadata_for_build_wheel(metadata_directory, config_settings=None):
    """Write the wheel's metadata, as PEP 517 asks a build backend to do."""
    from whool import buildapi  # only pip's build environment has it

    target = os.path.abspath(metadata_directory)
    with _in_clean_copy():
        return buildapi.prepare_metadata_for_build_wheel(target, config_settings)


def build_wheel(wheel_directory, config_settings=None, metadata_directory=None):
    """Build the wheel, as PEP 517 asks a build backend to do."""
    from whool import buildapi

    target = os.path.abspath(wheel_directory)
    with _in_clean_copy():
        return buildapi.build_wheel(target, config_settings, metadata_directory)


def build_sdist(sdist_directory, config_settings=None):
    """Build the source package, as PEP 517 asks a build backend to do."""
    from whool import buildapi

    target = Path(sdist_directory).absolute()
    with _in_clean_copy():
        return buildapi.build_sdist(target, config_settings)
