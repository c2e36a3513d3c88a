import { deserializeDateTime } from "@web/core/l10n/dates";
import { _t } from "@web/core/l10n/translation";
import { useService } from "@web/core/utils/hooks";
import { Component, onWillStart, onWillUpdateProps, useState } from "@odoo/owl";

import { useRegularly } from "../checklist/regularly";

const { DateTime } = luxon;
const EVERY = 30000; // ms between two looks at what waits

/** Above a list of emails: how many of them wait for a limit, and what can be done. */
export class WaitingBanner extends Component {
    static template = "mail_deliverability.WaitingBanner";
    static props = {
        domain: Array,
        reload: Function,
    };

    setup() {
        this.orm = useService("orm");
        this.action = useService("action");
        this.asked = 0;
        this.state = useState({
            count: 0,
            first: false,
            last: false,
            server_id: false,
            held: [],
        });
        onWillStart(() => this.look(this.props.domain));
        onWillUpdateProps((next) => {
            // The list does not wait for what is told of it.
            this.look(next.domain);
        });
        useRegularly(() => this.lookAgain(), EVERY);
    }

    /** Ask what waits; where that can't be told, nothing is. */
    async look(domain) {
        const asked = ++this.asked;
        let found = { count: 0, held: [] };
        try {
            found = await this.orm.silent.call("mail.mail", "get_waiting_summary", [
                domain,
            ]);
        } catch {
            // Then nothing is told.
        }
        // An answer that comes late may be about another filter.
        if (asked === this.asked) {
            Object.assign(this.state, found);
        }
    }

    async lookAgain() {
        if (document.hidden) {
            return;
        }
        const before = this.countAll();
        await this.look(this.props.domain);
        if (this.countAll() !== before) {
            this.props.reload();
        }
    }

    countAll() {
        return this.state.held.reduce((sum, one) => sum + one.count, this.state.count);
    }

    /** What is told of emails that wait for a server, or are tried again. */
    tellHeld({ kind, server, count, first }) {
        const moment = first ? deserializeDateTime(first) : DateTime.now();
        const known = { count, server, time: this.formatMoment(moment) };
        if (kind === "retry") {
            return count === 1
                ? _t("1 email was not taken yet and is tried again at %(time)s.", known)
                : _t("%(count)s emails were not taken yet: tried again from %(time)s on.", known);
        }
        return count === 1
            ? _t("1 email waits for the server %(server)s, which is tried at %(time)s.", known)
            : _t(
                  "%(count)s emails wait for the server %(server)s, which is tried at %(time)s.",
                  known
              );
    }

    get sentence() {
        const { count } = this.state;
        const [first, last] = [this.state.first, this.state.last].map((one) =>
            // What has lost its date is due.
            this.formatMoment(one ? deserializeDateTime(one) : DateTime.now())
        );
        if (count === 1) {
            return _t("1 email waits for the daily limit and goes at %s.", first);
        }
        if (first === last) {
            return _t("%(count)s emails wait for the daily limit and go at %(time)s.", {
                count,
                time: first,
            });
        }
        return _t(
            "%(count)s emails wait for the daily limit and go from %(first)s to %(last)s.",
            { count, first, last }
        );
    }

    formatMoment(moment) {
        // Midnight ends today: it needs no date.
        const soon = moment.diff(DateTime.now(), "hours").hours < 24;
        return moment.toLocaleString(
            soon ? DateTime.TIME_SIMPLE : DateTime.DATETIME_MED
        );
    }

    get limitUrl() {
        return this.state.server_id
            ? `/odoo/ir.mail_server/${this.state.server_id}`
            : "/odoo/settings#daily_limit_setting";
    }

    async sendNow() {
        const action = await this.orm.call("mail.mail", "action_send_waiting_now", [
            this.props.domain,
        ]);
        this.action.doAction(action, {
            onClose: async () => {
                await this.look(this.props.domain);
                this.props.reload();
            },
        });
    }
}
