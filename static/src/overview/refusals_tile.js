import { _t } from "@web/core/l10n/translation";
import { useService } from "@web/core/utils/hooks";

import { Component } from "@odoo/owl";

import { OverviewTile, tileProps } from "./tile";
import { tileRegistry } from "./overview";

/** What was refused on the last days, and what that was about. */
export class RefusalsTile extends Component {
    static template = "mail_deliverability.RefusalsTile";
    static components = { OverviewTile };
    static props = tileProps;

    setup() {
        this.action = useService("action");
    }

    get total() {
        const { count } = this.props.tile;
        return count === 1 ? _t("1 refusal") : _t("%s refusals", count);
    }

    /** Open the list: all of the days that are counted, or one of the reasons. */
    show(category) {
        const context = { search_default_last_days: 1 };
        if (category) {
            context.search_default_category = category;
        }
        return this.action.doAction("mail_deliverability.mail_refusal_action", {
            additionalContext: context,
        });
    }
}

tileRegistry.add("refusals", RefusalsTile);
