# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""A real Postfix and a real Exim, which hand on to a sink what they get.

Both are Debian's, unpacked (MAIL_SERVERS), and run in a private folder, each as one
account that is not root (MAIL_SERVERS_AS is the command that becomes it). Names of
accounts, and what only root may do, are those wrappers' that Samba is tested with; what
comes and goes by SMTP is the servers' own.
"""

import contextlib
import os
import re
import shlex
import shutil
import signal
import socket
import subprocess
import tempfile
from pathlib import Path

from harness import PATIENCE, wait_until

TREE = Path(os.environ["MAIL_SERVERS"])
RUN_AS = shlex.split(os.environ["MAIL_SERVERS_AS"])
FOLDERS = (*TREE.glob("usr/lib/*-linux-gnu*"), *TREE.glob("lib/*-linux-gnu*"))
POSTFIX_LIBRARIES = TREE / "usr" / "lib" / "postfix"
PROGRAMS = TREE / "usr" / "sbin"
# What the wrappers and the loader have to know in each process.
VARIABLES = (
    *("LD_LIBRARY_PATH", "LD_PRELOAD", "NSS_WRAPPER_PASSWD", "NSS_WRAPPER_GROUP"),
    *("UID_WRAPPER", "UID_WRAPPER_ROOT"),
)


class Server:
    """A server for ``with Postfix(sink_port, certificate) as server:``.

    :param int target: the port of who gets the mails.
    :param bytes certificate: with its key, in PEM: it offers STARTTLS.
    :ivar int port: where it listens.
    :ivar Path log: what it says.
    """

    name = ""
    wrappers = "libnss_wrapper.so"
    folders: tuple[str, ...] = ()  # that it writes to

    def __init__(self, target: int, certificate: bytes):
        self.target, self.certificate = target, certificate
        self.folder = Path(tempfile.mkdtemp(prefix=f"{self.name.lower()}-"))
        self.log = self.folder / "mainlog"
        self.port = _free_port()
        self._process = None

    def __enter__(self):
        try:
            self._lay_out()
            self._process = subprocess.Popen(
                self._command(*self.start()),
                cwd="/",
                process_group=0,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
            )
            wait_until(self._answers, f"{self.name} does not start", 30)
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_exception):
        if self._process:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGTERM)
            self._process.wait(timeout=PATIENCE)
        # What still hands on a mail may write until it is gone, too.
        shutil.rmtree(self.folder, ignore_errors=True)

    def start(self) -> list:
        """Return the command that runs it in the foreground."""
        raise NotImplementedError

    def configure(self) -> dict[str, str]:
        """Return its files, by their names."""
        raise NotImplementedError

    def read_log(self) -> str:
        return self.log.read_text(errors="replace") if self.log.exists() else ""

    def count_one_by_one(self) -> int:
        """Return how many mails came command by command, where the server tells."""
        return 0

    def ask(self, program: str, *words) -> str:
        """Return what a program of the server prints."""
        command = self._command(PROGRAMS / program, *words)
        return subprocess.run(
            command, cwd="/", check=True, text=True, stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        ).stdout  # fmt: skip

    def _lay_out(self):
        self.uid, self.gid = _ids()
        names = ("root", 0, 0), ("postfix", self.uid, self.gid)
        names = *names, ("Debian-exim", self.uid, self.gid), ("nobody", 65534, 65534)
        passwd = [f"{name}:x:{uid}:{gid}::/:/bin/false\n" for name, uid, gid in names]
        # Postfix wants a group for its queue that is not its own.
        groups = [f"{name}:x:{gid}:\n" for name, _uid, gid in names]
        groups.append(f"postdrop:x:{self.gid + 1}:\n")
        files = {"passwd": "".join(passwd), "group": "".join(groups)}
        files |= {"both.pem": self.certificate.decode(), **self.configure()}
        for name in self.folders:
            (self.folder / name).mkdir(parents=True)
        for name, text in files.items():
            (self.folder / name).write_text(text)
        for path in (self.folder, *self.folder.rglob("*")):
            os.chown(path, self.uid, self.gid)
            path.chmod(0o700 if path.is_dir() else 0o600)

    def _command(self, *words):
        # It ends with whoever has started it, however that ends. Who becomes another
        # account must not have the wrappers, which would only play it.
        variables = [f"{name}={value}" for name, value in self._variables().items()]
        return [*RUN_AS, "--pdeathsig=TERM", "env", "-i", *variables, *map(str, words)]

    def _variables(self):
        return {
            "PATH": "/usr/bin:/bin",
            "LD_LIBRARY_PATH": ":".join(map(str, (*FOLDERS, POSTFIX_LIBRARIES))),
            "LD_PRELOAD": self.wrappers,
            "NSS_WRAPPER_PASSWD": str(self.folder / "passwd"),
            "NSS_WRAPPER_GROUP": str(self.folder / "group"),
            "UID_WRAPPER": "1",
            "UID_WRAPPER_ROOT": "1",
            "MAIL_CONFIG": str(self.folder),
        }

    def _answers(self):
        if self._process.poll() is not None:
            raise RuntimeError(f"{self.name} has ended: {self.read_log()}")
        with contextlib.suppress(OSError):
            socket.create_connection(("127.0.0.1", self.port), 1).close()
            return True
        return False


class Postfix(Server):
    """All of Postfix: smtpd, cleanup, the queue manager, the client."""

    name = "Postfix"
    wrappers = "libuid_wrapper.so:libnss_wrapper.so"
    folders = (
        "data",
        *(
            f"queue/{name}"
            for name in (
                "active bounce corrupt defer deferred flush hold incoming maildrop pid "
                "private public saved trace"
            ).split()
        ),
    )

    def start(self):
        return [POSTFIX_LIBRARIES / "sbin" / "master", "-c", self.folder, "-d"]

    def version(self) -> str:
        return self.ask("postconf", "-h", "mail_version").strip()

    def count_sessions(self) -> int:
        """Return how many connections have brought mails."""
        return sum(" mail=" in line for line in self.read_log().splitlines())

    def configure(self):
        settings = {
            "compatibility_level": "3.6",
            "queue_directory": self.folder / "queue",
            "data_directory": self.folder / "data",
            "daemon_directory": POSTFIX_LIBRARIES / "sbin",
            "command_directory": PROGRAMS,
            "shlib_directory": POSTFIX_LIBRARIES,
            "meta_directory": TREE / "etc" / "postfix",
            "import_environment": " ".join((*VARIABLES, "MAIL_CONFIG", "TZ=UTC")),
            "export_environment": "$import_environment",
            "maillog_file": self.log,
            "maillog_file_prefixes": self.folder,
            "inet_interfaces": "127.0.0.1",
            "inet_protocols": "ipv4",
            "myhostname": "postfix.example",
            "mydestination": "",
            "alias_maps": "",
            "mynetworks": "127.0.0.0/8",
            "relayhost": f"[127.0.0.1]:{self.target}",
            "smtpd_tls_security_level": "may",
            "smtpd_tls_chain_files": self.folder / "both.pem",
        }
        main = "".join(f"{key} = {value}\n" for key, value in settings.items())
        return {"main.cf": main, "master.cf": self._list_services()}

    def _list_services(self):
        """Return master.cf: as Debian's, without chroot, and with one port."""
        rows = [f"127.0.0.1:{self.port} inet n - n - - smtpd"]
        rows += [f"{one} unix - - n - - {one}" for one in ("smtp", "error", "proxymap")]
        rows += [f"{one} unix - - n - 1 {one}" for one in ("tlsmgr", "anvil", "scache")]
        rows += [f"{one} unix - - n - 0 bounce" for one in ("bounce", "defer", "trace")]
        more = ("cleanup unix n - n - 0 cleanup", "qmgr unix n - n 300 1 qmgr")
        more += ("rewrite unix - - n - - trivial-rewrite", "retry unix - - n - - error")
        more += ("postlog unix-dgram n - n - 1 postlogd",)
        return "".join(f"{row}\n" for row in (*rows, *more))


class Exim(Server):
    """Exim's daemon: as the account that is Exim's, it needs no root."""

    name = "Exim"
    folders = ("spool",)

    def start(self):
        config = self.folder / "exim.conf"
        port = f"127.0.0.1.{self.port}"
        # What a connection may not deliver at once goes with the next run of the queue.
        words = ("-C", config, "-bdf", "-q2s", "-oX", port)
        return [PROGRAMS / "exim4", *words, "-oP", self.folder / "pid"]

    def version(self) -> str:
        words = ("-C", self.folder / "exim.conf", "-bV")
        return self.ask("exim4", *words).split()[2]

    def count_sessions(self) -> int:
        """Return how many connections have brought mails."""
        return len(set(re.findall(r" <= .*? \[127\.0\.0\.1\]:(\d+)", self.read_log())))

    def count_one_by_one(self):
        # "L." for a mail whose commands came together, "L.-" where that was offered.
        return self.read_log().count(" L.- ")

    def configure(self):
        return {"exim.conf": self._main() + ROUTES.format(port=self.target)}

    def _main(self):
        settings = {
            "primary_hostname": "exim.example",
            "exim_path": PROGRAMS / "exim4",
            "exim_user": self.uid,
            "exim_group": self.gid,
            "never_users": "",
            "keep_environment": " : ".join((*VARIABLES, "PATH")),
            "spool_directory": self.folder / "spool",
            "log_file_path": self.folder / "%slog",
            "log_selector": "+incoming_port +pipelining",
            "queue_run_max": 1,  # more of them take the processor from who sends
            "host_lookup": "",
            "rfc1413_hosts": "",
            "local_interfaces": "127.0.0.1",
            "tls_advertise_hosts": "*",
            "tls_certificate": self.folder / "both.pem",
            "acl_smtp_rcpt": "take",
            "acl_smtp_data": "take",
        }
        main = "".join(f"{key} = {value}\n" for key, value in settings.items())
        return f"{main}deliver_drop_privilege\n"


ROUTES = """
begin acl
take:
  accept
begin routers
all:
  driver = manualroute
  transport = sink
  route_list = * 127.0.0.1
  self = send
begin transports
sink:
  driver = smtp
  port = {port}
  allow_localhost
begin retry
* * F,1h,1s
"""


def _ids() -> tuple[int, int]:
    """User and group of the account that the servers run as."""
    user, group = (
        int(subprocess.check_output([*RUN_AS, "id", option])) for option in ("-u", "-g")
    )
    return user, group


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
