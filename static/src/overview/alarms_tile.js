import { _t } from "@web/core/l10n/translation";

import { Component, markup } from "@odoo/owl";

import { OverviewTile, tileProps } from "./tile";
import { tileRegistry } from "./overview";

/** What administrators are told of and that is still true. */
export class AlarmsTile extends Component {
    static template = "mail_deliverability.AlarmsTile";
    static components = { OverviewTile };
    static props = tileProps;

    /** The server has made it safe, as for the list of activities. */
    getNote(alarm) {
        return markup(alarm.note_html);
    }

    get more() {
        const more = this.props.tile.count - this.props.tile.alarms.length;
        return more > 0 && _t("Under the clock in the menu bar there are more: %s.", more);
    }
}

tileRegistry.add("alarms", AlarmsTile);
