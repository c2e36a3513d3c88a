# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
import os
import stat
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path
from unittest.mock import patch

from devenv import postgres
from devenv.errors import SetupError
from devenv.postgres import Cluster
from devenv.state import ensure_cache_folder

# As the version before wrote it.
OLD_SETTINGS = """
listen_addresses = ''
unix_socket_directories = '{socket}'
max_connections = 200
"""
STRANGER = 54321


class ClusterCase(unittest.TestCase):
    """A cache of its own, which PostgreSQL's account can enter."""

    def setUp(self):
        folder = Path(self.enterContext(tempfile.TemporaryDirectory())).resolve()
        folder.chmod(0o755)
        self.cache = folder / "cache"
        self.cache.mkdir(mode=0o755)
        self.use_cache(self.cache)

    def use_cache(self, folder):
        variables = {"MAIL_DELIVERABILITY_CACHE": str(folder)}
        self.enterContext(patch.dict(os.environ, variables))
        ensure_cache_folder.cache_clear()
        self.addCleanup(ensure_cache_folder.cache_clear)

    def start(self):
        cluster = Cluster(Path(sys.executable))
        self.addCleanup(cluster.stop)
        cluster.ensure_running()
        return cluster


def mode(path):
    return stat.S_IMODE(path.lstat().st_mode)


class TestCluster(ClusterCase):
    def check(self, cluster):
        self.assertEqual(mode(cluster.socket), 0o700)
        self.assertEqual(mode(cluster.data), 0o700)
        (permissions,) = cluster.sql("SHOW unix_socket_permissions")
        self.assertEqual(permissions, "0700")
        self.assertEqual(mode(cluster.socket / ".s.PGSQL.5432"), 0o700)
        self.assertEqual(
            cluster.sql("SELECT rolname FROM pg_roles WHERE oid = 10"), ["odoo"]
        )

    def test_new(self):
        cluster = self.start()
        self.check(cluster)
        pid = (cluster.data / "postmaster.pid").read_text()
        again = self.start()
        self.assertEqual((again.data / "postmaster.pid").read_text(), pid)
        self.assertFalse(again.started)

    def test_an_older_one_that_is_running(self):
        cluster = Cluster(Path(sys.executable))
        with patch.object(postgres, "SETTINGS", OLD_SETTINGS):
            self.addCleanup(cluster.stop)
            cluster.ensure_running()
        cluster.sql("CREATE DATABASE kept")
        cluster.socket.chmod(0o755)
        self.assertEqual(cluster.sql("SHOW unix_socket_permissions"), ["0777"])
        cluster = self.start()
        self.check(cluster)
        self.assertIn("kept", cluster.databases())

    @unittest.skipIf(os.geteuid(), "only root can be somebody else")
    def test_other_accounts(self):
        cluster = self.start()
        psql = (cluster.binaries / "psql", "-h", cluster.socket, "-U", "odoo", "-l")
        ids = (f"--reuid={STRANGER}", f"--regid={STRANGER}", "--clear-groups")
        for words, allowed in (((), True), (("setpriv", *ids), False)):
            command = [str(word) for word in (*words, *psql, "postgres")]
            done = subprocess.run(command, capture_output=True, cwd="/")
            with self.subTest(words=words):
                self.assertEqual(not done.returncode, allowed, done.stderr)


class TestSocketFolder(ClusterCase):
    def setUp(self):
        super().setUp()
        self.deep = self.cache / ("x" * 90)
        self.deep.mkdir()
        self.use_cache(self.deep)
        self.temporary = self.cache / "tmp"
        self.temporary.mkdir()
        self.enterContext(patch.object(tempfile, "tempdir", str(self.temporary)))

    def test_one_that_is_remembered(self):
        found = postgres._socket_folder()
        self.assertEqual((found.parent, mode(found)), (self.temporary, 0o700))
        self.assertEqual(postgres._socket_folder(), found)

    def test_another_where_it_can_t_be_trusted(self):
        for name, change in (
            ("gone", lambda folder: folder.rmdir()),
            ("open", lambda folder: folder.chmod(0o755)),
            ("a link", lambda folder: (folder.rmdir(), folder.symlink_to("/tmp"))),
        ):
            found = postgres._socket_folder()
            change(found)
            with self.subTest(name):
                self.assertNotEqual(postgres._socket_folder(), found)


class TestCacheFolder(ClusterCase):
    def test_others_write_there(self):
        self.cache.chmod(0o777)
        with self.assertRaises(SetupError), postgres.locked("x"):
            self.fail("locked")
