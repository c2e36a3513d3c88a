# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""TLS sessions that are resumed: RFC 8446 section 2.2, RFC 5246 section 7.3.

Odoo makes the context of a connection in the middle of ``_connect__``, and smtplib
wraps the socket. A session can only be resumed in the context that it was made in.
"""

import ssl
import threading
from contextlib import contextmanager
from contextvars import ContextVar
from weakref import WeakSet

from odoo.addons.base.models import ir_mail_server

_CURRENT = ContextVar("mail_deliverability_tls_sessions", default=None)


class TlsSessions:
    """The context, and the last session, of one server with one set of settings.

    What is verified is what was verified in the session that is resumed: the settings
    are the same, and the server's name, which decide what Odoo verifies.
    """

    def __init__(self):
        self._lock = threading.Lock()
        self._made = None
        self._session = None
        self._sockets = WeakSet()  # that were wrapped in the context

    @contextmanager
    def resume(self):
        """Let a connection that is opened meanwhile, in this thread, resume it."""
        token = _CURRENT.set(self)
        try:
            yield
        finally:
            _CURRENT.reset(token)

    def note(self, connection):
        """Keep the session of a connection: tickets come behind the handshake.

        :param smtplib.SMTP connection: something was read from it since.
        """
        sock = getattr(connection, "sock", None)
        if isinstance(sock, ssl.SSLSocket) and sock in self._sockets:
            self._session = sock.session

    def make_context(self, *arguments, **options):
        """Return what ``ssl.create_default_context`` does, the same one each time."""
        with self._lock:  # two contexts would not take each other's sessions
            if self._made is None:
                context = ssl.create_default_context(*arguments, **options)
                context.wrap_socket = self._wrap
                self._made = context
            return self._made

    def _wrap(self, sock, *arguments, **options):
        options.setdefault("session", self._session)
        wrap = ssl.SSLContext.wrap_socket
        wrapped = wrap(self._made, sock, *arguments, **options)
        self._sockets.add(wrapped)
        return wrapped


class _Ssl:
    """Python's ``ssl``, as Odoo's servers see it."""

    def __getattr__(self, name):
        return getattr(ssl, name)

    def create_default_context(self, *arguments, **options):
        current = _CURRENT.get()
        make = current.make_context if current else ssl.create_default_context
        return make(*arguments, **options)


ir_mail_server.ssl = _Ssl()
