# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""What is known of an SMTP session, and of the mails that leave through it.

It stays the same while the session lives. So it is found out once, when the first
message is prepared, and travels as the one attribute that this addon puts on a session.
"""

from dataclasses import dataclass, replace
from typing import Any


@dataclass(frozen=True)
class SessionFacts:
    """Replaced as a whole, never changed.

    :param server_id: of its server record; False: odoo.conf's server, or a named host.
    :param host: the host that a call names instead of a record, else None.
    :param user: the user name there, else None.
    :param alias_domain_id: the alias domain of the mails that are being sent, or False.
    :param mail_ids: of these mails; () where a message is none.
    :param can_wait: whether what does not leave now is tried again.
    :param parts: what each capability adds, of a class of its own; see
        ``_prepare_session_parts`` of ``ir.mail_server``.
    :param prepared: whether the capabilities were asked for their parts.
    """

    server_id: int | bool = False
    host: str | None = None
    user: str | None = None
    alias_domain_id: int | bool = False
    mail_ids: tuple[int, ...] = ()
    can_wait: bool = False
    parts: tuple[Any, ...] = ()
    prepared: bool = False

    def get_part(self, kind):
        """Return the part of a class, None where there is none."""
        return next((part for part in self.parts if isinstance(part, kind)), None)

    def with_part(self, part):
        """Return the facts with a part instead of the one of its class."""
        return replace(self, parts=(*self.without_part(type(part)).parts, part))

    def with_mails(self, mail_ids):
        """Return the facts about other mails of the session."""
        return replace(self, mail_ids=tuple(mail_ids))

    def without_part(self, kind):
        """Return the facts without the part of a class."""
        parts = tuple(part for part in self.parts if not isinstance(part, kind))
        return replace(self, parts=parts)


def get_facts(session):
    """Return what is known of a session so far; nothing of one that others opened.

    :rtype: SessionFacts
    """
    facts = getattr(session, "session_facts", None)
    return facts if isinstance(facts, SessionFacts) else SessionFacts()


def set_facts(session, facts):
    """Let a session know these facts from now on."""
    session.session_facts = facts
