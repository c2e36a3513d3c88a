import { Component } from "@odoo/owl";
import { _t } from "@web/core/l10n/translation";
import { useService } from "@web/core/utils/hooks";
import { formatInteger } from "@web/views/fields/formatters";

import { getLook } from "../checklist/levels";
import { tileRegistry } from "../overview/overview";
import { OverviewTile, tileProps } from "../overview/tile";

/** How the emails in the name of each domain fared, as receivers report it. */
export class DmarcTile extends Component {
    static template = "mail_deliverability.DmarcTile";
    static components = { OverviewTile };
    static props = tileProps;

    setup() {
        this.action = useService("action");
    }

    getIcon(level) {
        return getLook(level).icon;
    }

    getFigures({ mails, percent }) {
        const words = { mails: formatInteger(mails), percent };
        return mails === 1
            ? _t("1 email in your name, %(percent)s% pass", words)
            : _t("%(mails)s emails in your name, %(percent)s% pass", words);
    }

    get more() {
        const { count, domains } = this.props.tile;
        return count > domains.length && _t("All %s email domains with reports", count);
    }

    /** The page offers all of them. */
    showAll() {
        return this.show(this.props.tile.domains[0]);
    }

    show(domain) {
        return this.action.doAction("mail_deliverability.mail_dmarc_reports_action", {
            additionalContext: { active_id: domain.id },
        });
    }
}

tileRegistry.add("dmarc", DmarcTile);
