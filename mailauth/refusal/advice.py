# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""What to do about a refusal, by the codes of its advice."""

from .result import Category


def _lt(text: str) -> str:
    """Mark a text for Odoo's export of terms; screens look its translation up."""
    return text


# Where a rule does not say otherwise.
ADVICE_OF: dict[Category, str] = {
    "authentication": "check_domain",
    "reputation": "improve_reputation",
    "blocklist": "ask_delisting",
    "rate": "slow_down",
    "account_limit": "wait_for_reset",
    "content": "change_content",
    "mailbox_unknown": "correct_address",
    "mailbox_full": "ask_recipient",
    "mailbox_disabled": "ask_recipient",
    "size": "make_smaller",
    "relay_denied": "check_login",
    "recipient_rule": "ask_receiver",
    "their_trouble": "wait",
    "unknown": "read_text",
}

ADVICE = {
    "align_from": _lt(
        "Let the domain in From be the one that SPF or DKIM authenticates."
    ),
    "ask_delisting": _lt(
        "Look the address of the sending server up on the list that is named, end what"
        " brought it there, and ask for its removal."
    ),
    "ask_provider": _lt(
        "Ask the provider of the outgoing server: the account is blocked or not yet"
        " set free."
    ),
    "ask_receiver": _lt(
        "Ask the recipient, in another way, to have the sender allowed by whoever runs"
        " the mail server there."
    ),
    "ask_recipient": _lt("Reach the recipient in another way, and send again then."),
    "authorize_server": _lt(
        "Add the address of this server to those that the provider takes mails from."
    ),
    "change_content": _lt(
        "Look at what the mail holds: links, attachments and words that look like spam."
    ),
    "check_connection": _lt(
        "Check host, port and encryption of the outgoing server, and the network."
    ),
    "check_domain": _lt("Check SPF, DKIM and DMARC of the domain in From."),
    "check_login": _lt("Check user and password of the outgoing server."),
    "check_sender": _lt(
        "Check that the sender's address and its domain exist and take mails."
    ),
    "correct_address": _lt("Correct the address, or ask the recipient for it."),
    "fix_message": _lt(
        "The mail is not written as the standard asks: look at its header fields."
    ),
    "improve_reputation": _lt(
        "Send only to people who expect it, fewer mails for a while, and remove"
        " addresses that don't work."
    ),
    "make_smaller": _lt("Send a link to the file instead of the file itself."),
    "read_text": _lt("Read what the server has answered."),
    "set_greeting": _lt(
        "Let the sending server greet with its full host name, one that DNS knows."
    ),
    "set_up_dkim": _lt("Set up DKIM for the domain in From."),
    "set_up_dmarc": _lt("Set up DMARC for the domain in From."),
    "set_up_ptr": _lt(
        "Let the address of the sending server have a name in DNS (PTR) that leads back"
        " to it."
    ),
    "set_up_spf": _lt("Add the sending server to the SPF record of the domain."),
    "slow_down": _lt("Send fewer mails at a time; it goes on by itself."),
    "use_encryption": _lt("Let the outgoing server use an encrypted connection (TLS)."),
    "use_oauth": _lt(
        "This server takes no passwords any more: connect it with OAuth, or have"
        " its administrator allow SMTP AUTH."
    ),
    "use_own_address": _lt(
        "The account may not send as this sender: let it send from its own address."
    ),
    "use_relay": _lt(
        "Send by the server of a provider: the address of this server is not one that"
        " mails are expected from."
    ),
    "verify_sender": _lt(
        "Have the sender's address or domain confirmed by the provider of the outgoing"
        " server."
    ),
    "wait": _lt("Nothing to do: the other side has trouble, try again later."),
    "wait_for_reset": _lt(
        "The limit of the account is used up: wait until it begins anew, and set the"
        " daily limit to what the provider allows."
    ),
}
