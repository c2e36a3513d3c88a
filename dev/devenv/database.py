# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Databases: templates with the dependencies installed, and quick copies of them."""

import subprocess

from . import odoo_source, python_env
from .odoo import Odoo, copy_filestore
from .state import ROOT, SetupError, checkout_folder, digest_of, locked, step

# What the addon depends on, and what its tests and Odoo's own mail tests need besides.
MINIMAL = ("base_setup", "mail")
WIDE = (*MINIMAL, "mass_mailing", "test_mail")
# Before the first test Odoo bakes again, for all active views, what the addon adds to.
# Half of that are pages of the web client's own unit tests, which nobody opens.
ASSETS = """
(env.ref("web.test_helpers") + env.ref("web.unit_tests_suite")).active = False
env["ir.qweb"]._pregenerate_assets_bundles()
env.cr.commit()
"""


class Databases:
    """Make, copy and drop databases of this checkout's cluster."""

    def __init__(self, odoo: Odoo):
        self.odoo = odoo

    def copy_of(self, modules: tuple[str, ...], name: str, **options: bool) -> None:
        """Make a database with these modules, quickly; replaces an old one.

        :param options: see :meth:`template`.
        """
        template = self.template(modules, **options)
        self.drop(name)
        self.odoo.cluster.sql(f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
        copy_filestore(self.odoo.filestore(template), self.odoo.filestore(name))

    def drop(self, name: str) -> None:
        self.odoo.cluster.sql(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
        copy_filestore(self.odoo.filestore("-"), self.odoo.filestore(name))

    def exists(self, name: str) -> bool:
        return name in self.odoo.cluster.databases()

    def template(
        self, modules: tuple[str, ...], *, demo: bool = False, baked: bool = True
    ) -> str:
        """The name of a database with these modules installed; made where missing.

        :param demo: with Odoo's demo data.
        :param baked: with the asset bundles, which only pages need.
        """
        source = "\n".join(map(str, odoo_source.python_path()))
        options = ("--with-demo",) if demo else ()
        more = (self.odoo.packages.name,) if self.odoo.packages else ()
        assets = (ASSETS,) if baked else ()
        key = digest_of(python_env.pins(), source, *assets, *modules, *options, *more)
        name = f"template_{modules[-1]}_{key}"
        with locked(f"{name}-{checkout_folder().name}"):
            if not self.exists(name):
                self._make(modules, name, options, baked)
        return name

    def _make(
        self, modules: tuple[str, ...], name: str, options: tuple, baked: bool
    ) -> None:
        draft = f"{name}_draft"
        self.drop(draft)
        with step(f"making a template database with {', '.join(modules)}"):
            words = ("-d", draft, "-i", ",".join(modules), "--stop-after-init")
            self._quietly(*words, *options)
        if baked:
            with step("baking the asset bundles into it"):
                self._quietly("shell", "-d", draft, "--no-http", input=ASSETS)
        self.odoo.cluster.sql(f'ALTER DATABASE "{draft}" RENAME TO "{name}"')
        copy_filestore(self.odoo.filestore(draft), self.odoo.filestore(name))
        copy_filestore(self.odoo.filestore("-"), self.odoo.filestore(draft))

    def _quietly(self, *words, **options) -> None:
        done = subprocess.run(
            self.odoo.command(*words),
            env=self.odoo.environment(),
            cwd=ROOT,
            text=True,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            **options,
        )
        if done.returncode or "Traceback" in done.stdout:
            raise SetupError(f"odoo {' '.join(words)} failed:\n{done.stdout[-6000:]}")
