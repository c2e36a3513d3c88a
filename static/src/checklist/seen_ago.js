import { Component, useState, xml } from "@odoo/owl";
import { _t } from "@web/core/l10n/translation";

import { useRegularly } from "./regularly";

const { DateTime } = luxon;

const TICK = 1000; // ms

/** How long ago something was seen; it ticks. */
export class SeenAgo extends Component {
    static template = xml`<span t-out="words" />`;
    static props = {
        /** ISO 8601, UTC. */
        seen: String,
        /** What the server's clock is ahead of this one, in ms. */
        skew: { type: Number, optional: true },
    };

    setup() {
        this.state = useState({ now: DateTime.now() });
        useRegularly(() => {
            this.state.now = DateTime.now();
        }, TICK);
    }

    get words() {
        const seen = DateTime.fromISO(this.props.seen);
        const ms = this.state.now - seen + (this.props.skew ?? 0);
        const seconds = Math.max(0, Math.round(ms / 1000));
        if (seconds < 120) {
            return _t("Seen %s s ago.", seconds);
        }
        if (seconds < 2 * 3600) {
            return _t("Seen %s min ago.", Math.round(seconds / 60));
        }
        return _t("Seen at %s.", seen.toLocaleString(DateTime.DATETIME_MED));
    }
}
