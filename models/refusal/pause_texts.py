# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""What the trouble of a server is, and what to do about it, in words."""


def explain_cause(env, cause):
    """Return what is wrong with a server, as a sentence.

    :param env: in the reader's language.
    :param str cause: of ``mail.server.pause``.
    """
    return {
        "name": env._("The name of the server is not known in DNS."),
        "connection": env._("The server can't be reached, or cuts the connection."),
        "tls": env._("No encrypted connection can be made."),
        "login": env._("The server does not accept the login."),
        "oauth": env._("The server does not accept passwords any more."),
        "setup": env._("The settings of the server are not complete."),
        "limit": env._("The account has used up what it may send on one day."),
        "account": env._("The account is blocked."),
        "rate": env._("The server asks to send fewer emails at a time."),
        "blocked": env._("The server does not take emails from this sender."),
    }.get(cause) or env._("The server takes no emails at the moment.")


def advise(env, cause):
    """Return what to do about it, as a sentence.

    :param env: in the reader's language.
    :param str cause: of ``mail.server.pause``.
    """
    again = env._("Nothing needs to be done if it is back soon.")
    return {
        "name": env._("Check how the host name is written."),
        "connection": again
        + " "
        + env._("Otherwise check host, port and encryption, and the firewall."),
        "tls": env._("Check port and encryption of the server."),
        "login": env._("Check user name and password of the server."),
        "oauth": env._(
            "Connect the server with OAuth, or have the administrator of the account "
            "allow passwords for SMTP again."
        ),
        "setup": env._("Complete the settings of the server."),
        "limit": env._(
            "Emails go on by themselves when the limit starts anew. Enter a daily "
            "limit on the server, so that the most important ones go first."
        ),
        "account": env._("Ask the provider of the account."),
        "rate": env._("Nothing needs to be done: emails go on by themselves."),
        "blocked": env._(
            "Look up the text below, and what the server's provider says about it."
        ),
    }.get(cause) or again
