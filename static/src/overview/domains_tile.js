import { _t } from "@web/core/l10n/translation";
import { deserializeDateTime } from "@web/core/l10n/dates";
import { useService } from "@web/core/utils/hooks";

import { Component, useState } from "@odoo/owl";

import { getLook } from "../checklist/levels";
import { OverviewTile, tileProps } from "./tile";
import { tileRegistry } from "./overview";

/** A card for each domain: how it stands, and what to do next. */
export class DomainsTile extends Component {
    static template = "mail_deliverability.DomainsTile";
    static components = { OverviewTile };
    static props = tileProps;

    setup() {
        this.action = useService("action");
        this.state = useState({ busy: false });
    }

    getIcon(level) {
        return getLook(level).icon;
    }

    getChecked(domain) {
        if (!domain.checked_on) {
            return _t("Not checked yet");
        }
        const moment = deserializeDateTime(domain.checked_on);
        return _t("Checked %s", moment.toRelative());
    }

    get more() {
        const { count, domains } = this.props.tile;
        return count > domains.length && _t("All %s email domains", count);
    }

    /** Do the next step of a domain: open what the server names, or look again. */
    async take(domain, step) {
        this.state.busy = true;
        try {
            await this.action.doActionButton({
                type: "object",
                name: step.method,
                resModel: "mail.alias.domain",
                resId: domain.id,
                resIds: [domain.id],
                context: {},
                onClose: this.props.reload,
            });
        } finally {
            this.state.busy = false;
        }
    }

    showAll() {
        return this.action.doAction("mail_deliverability.mail_alias_domain_action");
    }

    setUp() {
        return this.action.doAction("mail_deliverability.mail_domain_setup_action");
    }
}

tileRegistry.add("domains", DomainsTile);
