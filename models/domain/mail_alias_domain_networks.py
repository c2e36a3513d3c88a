# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
import functools
import logging

import psycopg2

from odoo import fields, models

from ...mailauth.spf.networks import find_networks
from ...mailauth.spf.tree import AuthorizedNetwork
from ..tools.apart import retry_apart
from ..tools.host_names import fold

_logger = logging.getLogger(__name__)

MOST = 3000  # networks of one domain; those of ten large providers are some 200
DEEPEST = 10  # records on the way to one


class MailAliasDomain(models.Model):
    """The networks that a domain's SPF record lets send: what sources are named by."""

    # A file for each concern.
    _inherit = "mail.alias.domain"  # pylint: disable=consider-merging-classes-inherited

    auth_networks = fields.Json(
        "SPF Networks", readonly=True, copy=False, groups=fields.NO_ACCESS
    )

    def _get_spf_networks(self):
        """Return the networks as the last check found them; DNS is not asked.

        :return: a tuple of :class:`AuthorizedNetwork`, without the terms; None: nothing
            is known yet.
        """
        self.ensure_one()
        stored = self.sudo().auth_networks
        if stored is None or stored is False:
            return None
        own = fold(self.name)
        return tuple(
            AuthorizedNetwork(network, "", (own, *path)[-1], (own, *path))
            for network, *path in stored
        )

    def _look_up_spf_networks(self, is_apart=True):
        """Ask DNS for them where no check has kept them yet: for scheduled jobs.

        :param is_apart: whether they are kept in a transaction of their own, for
            those that follow.
        """
        for domain in self:
            if domain._get_spf_networks() is not None:
                continue
            ask = functools.partial(find_networks, domain.name)
            found = self.env["ir.config_parameter"]._ask_dns(ask)
            if found is None:
                continue
            domain._keep_spf_networks(prepare_networks(found), is_apart)

    def _keep_spf_networks(self, networks, is_apart):
        def keep(env):
            self.with_env(env).sudo().auth_networks = networks

        if not is_apart:
            keep(self.env)
            return
        try:
            retry_apart(self.env, keep)
        except psycopg2.Error as error:
            _logger.warning("SPF networks of %s are not kept: %s", self.name, error)
        self.invalidate_recordset(["auth_networks"])


def prepare_networks(networks):
    """Return networks as they are stored: each with the records on the way to it."""
    found = ((one.network, *one.path[1:DEEPEST]) for one in networks[:MOST])
    return [list(one) for one in dict.fromkeys(found)]
