import { Component } from "@odoo/owl";
import { deserializeDate } from "@web/core/l10n/dates";

const { DateTime } = luxon;

/** The frame of a tile. */
export class OverviewTile extends Component {
    static template = "mail_deliverability.OverviewTile";
    static props = {
        class: { type: String, optional: true },
        name: String,
        slots: { type: Object, optional: true },
        title: String,
    };
    static defaultProps = { class: "col-12 col-xl-6" };
}

/** What the overview hands to the component of a tile. */
export const tileProps = { tile: Object, reload: Function };

/**
 * Say when something is, as short as the reader needs it.
 *
 * @param {DateTime} moment
 * @returns {string}
 */
export function tellWhen(moment) {
    const now = DateTime.now();
    if (moment.hasSame(now, "day")) {
        return moment.toLocaleString(DateTime.TIME_SIMPLE);
    }
    if (moment < now.plus({ days: 6 })) {
        return moment.toLocaleString({
            weekday: "short",
            hour: "numeric",
            minute: "2-digit",
        });
    }
    return moment.toLocaleString(DateTime.DATETIME_MED);
}

/** Return a day of the server's as it stands in plots and lists: 3 Mar. */
export function nameDay(day) {
    return deserializeDate(day).toLocaleString({ day: "numeric", month: "short" });
}
