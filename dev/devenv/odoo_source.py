# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Odoo 19: a checkout that ODOO_HOME names, else Debian's package, unpacked."""

import os
import re
import shutil
from pathlib import Path

from .state import SetupError, cache_folder, make_once, run, step

KEYRING = Path("/usr/share/keyrings/debian-archive-keyring.gpg")
# The package links to files of these packages; sid's font-awesome has other files.
LINKED_SUITE = "trixie"
LINKED_PACKAGES = (
    "fonts-font-awesome",
    "fonts-inconsolata",
    "fonts-montserrat",
    "fonts-ocr-b",
    "fonts-roboto-unhinted",
    "libjs-jquery",
    "libjs-jquery-form",
    "libjs-underscore",
)
# Left out of the package; without it each page logs an error and every tour fails.
MISSING_FILE = "addons/mail/static/lib/selfie_segmentation/selfie_segmentation.js"
NO_SOURCE = """\
No Odoo 19 can be had on this machine. Either
  - name a checkout of Odoo 19: export ODOO_HOME=/path/to/odoo, or
  - install the package debian-archive-keyring, and on Ubuntu, whose mirrors have no
    Odoo, name a mirror of Debian: export DEBIAN_MIRROR=..., or
  - see "On other machines" in README.md for the container image.
Reason: {reason}"""


def python_path() -> list[Path]:
    """The folders that make `import odoo` find Odoo 19 and its addons.

    :raises SetupError: neither a checkout nor Debian's package can be had.
    """
    home = os.environ.get("ODOO_HOME")
    if home:
        return [_checked_checkout(Path(home).expanduser().absolute())]
    return [_debian_package() / "usr/lib/python3/dist-packages"]


def addons_path(source: Path) -> list[Path]:
    """Odoo's addon folders of one source tree, as `addons_path` wants them."""
    candidates = (source / "addons", source / "odoo" / "addons")
    known = ("base", "mail")
    return [one for one in candidates if any((one / name).is_dir() for name in known)]


def _checked_checkout(home: Path) -> Path:
    release = home / "odoo" / "release.py"
    if not release.is_file():
        raise SetupError(f"ODOO_HOME={home} is no Odoo checkout: {release} is missing")
    if not re.search(r"version_info\s*=\s*\(19\s*,\s*0", release.read_text()):
        raise SetupError(f"ODOO_HOME={home} is not Odoo 19.0")
    return home


def _debian_package() -> Path:
    found = sorted(cache_folder().glob("odoo-19.0*.tree"))
    if found:
        return found[-1]
    mirror = find_mirror()
    if not KEYRING.is_file():
        raise SetupError(NO_SOURCE.format(reason=f"{KEYRING} is missing"))
    with step("fetching Odoo 19 from Debian's archive (120 MB)"):
        return make_once(
            cache_folder() / "odoo-19.0.tree", lambda draft: _unpack(draft, mirror)
        )


def find_mirror() -> str:
    """The mirror that DEBIAN_MIRROR names, else the one that apt is configured with."""
    named = os.environ.get("DEBIAN_MIRROR")
    if named:
        return named
    for uri, name in _configured_sources():
        is_main_archive = uri.rstrip("/").endswith("/debian")
        if is_main_archive and name in ("Debian", ""):
            return uri
    raise SetupError(NO_SOURCE.format(reason="apt knows no mirror of Debian"))


def _configured_sources() -> list[tuple[str, str]]:
    if not shutil.which("apt-get"):
        raise SetupError(NO_SOURCE.format(reason="there is no apt-get"))
    listed = run("apt-get", "indextargets", "--format", "$(REPO_URI) $(ORIGIN)").stdout
    rows = [(line.split() + [""])[:2] for line in listed.splitlines() if line.strip()]
    texts = [
        path.read_text(errors="replace")
        for pattern in ("sources.list", "sources.list.d/*")
        for path in Path("/etc/apt").glob(pattern)
        if path.is_file()
    ]
    pattern = r"^(?!\s*#).*?(https?://\S+|mirror\S+:\S+)"
    uris = re.findall(pattern, "\n".join(texts), re.M)
    return [(uri, name) for uri, name in rows] + [(uri, "") for uri in uris]


def _unpack(draft: Path, mirror: str) -> None:
    unpack_packages(draft, mirror, "sid", ("odoo-19",))
    unpack_packages(draft, mirror, LINKED_SUITE, LINKED_PACKAGES)
    _mend(draft)


def unpack_packages(
    draft: Path, mirror: str, suite: str, packages: tuple[str, ...]
) -> None:
    """Fetch packages of Debian and unpack them into a folder: nothing is installed.

    :param mirror: as :func:`find_mirror` has it.
    """
    apt = Apt(draft / "apt", mirror, suite)
    for archive in apt.download(packages):
        run("dpkg-deb", "-x", archive, draft)
    shutil.rmtree(draft / "apt")


def _mend(tree: Path) -> None:
    """Put right what the package leaves out or adds wrongly."""
    packages = tree / "usr/lib/python3/dist-packages"
    shutil.rmtree(packages / "addons", ignore_errors=True)
    missing = packages / "odoo" / MISSING_FILE
    missing.parent.mkdir(parents=True, exist_ok=True)
    missing.touch()
    for link in packages.rglob("*"):
        if link.is_symlink() and not link.exists():
            _point_into(tree, link)


def _point_into(tree: Path, link: Path) -> None:
    """Let a link to an absolute path of the system point to the unpacked file."""
    wanted = Path(os.path.normpath(link.parent / os.readlink(link)))
    if not wanted.is_relative_to(tree):
        wanted = tree / wanted.relative_to("/")
    else:
        wanted = tree / wanted.relative_to(tree)
    if wanted.exists():
        link.unlink()
        link.symlink_to(os.path.relpath(wanted, link.parent))


class Apt:
    """apt with lists, cache and state of its own: the machine's stay untouched."""

    def __init__(self, folder: Path, mirror: str, suite: str):
        self.folder, self.suite = folder, suite
        for name in ("lists/partial", "cache/archives/partial", "parts"):
            (folder / name).mkdir(parents=True)
        sources = folder / "sources.list"
        sources.write_text(f"deb [signed-by={KEYRING}] {mirror} {suite} main\n")
        settings = {
            "Dir::State::lists": folder / "lists",
            "Dir::State::status": "/dev/null",
            "Dir::Cache": folder / "cache",
            "Dir::Etc::sourcelist": sources,
            "Dir::Etc::sourceparts": folder / "parts",
            "Dir::Etc::preferences": "/dev/null",
            "Dir::Etc::preferencesparts": folder / "parts",
            "APT::Get::List-Cleanup": "0",
            "Acquire::Languages": "none",
            "Acquire::Retries": "3",
        }
        if os.geteuid() == 0:
            settings["APT::Sandbox::User"] = "root"
        self.options = [f"-o{key}={value}" for key, value in settings.items()]

    def download(self, packages: tuple[str, ...]) -> list[Path]:
        run("apt-get", *self.options, "update")
        names = [f"{package}/{self.suite}" for package in packages]
        run("apt-get", *self.options, "download", *names, cwd=self.folder)
        return sorted(self.folder.glob("*.deb"))
