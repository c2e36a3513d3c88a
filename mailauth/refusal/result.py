# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""What a refusal means: values, no sentences."""

from dataclasses import dataclass
from typing import Literal, get_args

Category = Literal[
    "authentication",
    "reputation",
    "blocklist",
    "rate",
    "account_limit",
    "content",
    "mailbox_unknown",
    "mailbox_full",
    "mailbox_disabled",
    "size",
    "relay_denied",
    "recipient_rule",
    "their_trouble",
    "unknown",
]
Blame = Literal[
    "our_setup",
    "our_message",
    "our_volume",
    "our_reputation",
    "recipient",
    "their_server",
    "unknown",
]
Scope = Literal["recipient", "receiver", "server"]
CATEGORIES: tuple[Category, ...] = get_args(Category)
BLAMES: tuple[Blame, ...] = get_args(Blame)

# Who has to act, where the rule does not say otherwise.
BLAME_OF: dict[Category, Blame] = {
    "authentication": "our_setup",
    "reputation": "our_reputation",
    "blocklist": "our_reputation",
    "rate": "our_volume",
    "account_limit": "our_volume",
    "content": "our_message",
    "mailbox_unknown": "recipient",
    "mailbox_full": "recipient",
    "mailbox_disabled": "recipient",
    "size": "our_message",
    "relay_denied": "our_setup",
    "recipient_rule": "recipient",
    "their_trouble": "their_server",
    "unknown": "unknown",
}
# These are about the one address, whoever says them.
OF_RECIPIENT: tuple[Category, ...] = (
    "mailbox_unknown",
    "mailbox_full",
    "mailbox_disabled",
    "recipient_rule",
)
# These are never the recipient's fault, whatever a rule says.
NEVER_RECIPIENT: tuple[Category, ...] = (
    "authentication",
    "reputation",
    "blocklist",
    "rate",
    "account_limit",
    "relay_denied",
)
# What the outgoing server would say to the next mail, too.
_OF_SERVER = ("reputation", "blocklist", "rate", "account_limit", "relay_denied")
_OF_SENDER = ("use_own_address", "verify_sender")


@dataclass(frozen=True)
class Refusal:
    """Why a mail was not taken, and who has to act.

    :param provider: the code of who refuses, as :data:`rules.PROVIDERS` has it, ""
        where that can't be told.
    :param category: what it is about.
    :param blame: who has to act.
    :param scope: "recipient" (this address), "receiver" (another host said so, and it
        is quoted), or "server" (the server that we talk to).
    :param temporary: whether the reply code begins with 4.
    :param advice: the code of what to do, see :data:`advice.ADVICE`.
    :param reply_code: three digits, "" where there are none.
    :param enhanced_code: "5.7.26" (RFC 3463), "" where there is none.
    :param host: the host that refuses, as far as the text tells, in lower case.
    :param rule: the words of the vendor that decided, "" for none.
    :param source: where the vendor says so: the title of a page.
    :param url: the address of that page.
    :param as_of: the day when that was read, ISO 8601.
    """

    provider: str
    category: Category
    blame: Blame
    scope: Scope
    temporary: bool
    advice: str
    reply_code: str = ""
    enhanced_code: str = ""
    host: str = ""
    rule: str = ""
    source: str = ""
    url: str = ""
    as_of: str = ""

    @property
    def stops_server(self) -> bool:
        """Whether the server that we talk to would refuse the next mail as well.

        What it says of this sender alone, or of this mail, stops no others.
        """
        if self.scope != "server" or self.advice in _OF_SENDER:
            return False
        if self.category == "their_trouble":
            # Without a code there has been no connection.
            return self.temporary or not self.reply_code
        return self.category in _OF_SERVER
