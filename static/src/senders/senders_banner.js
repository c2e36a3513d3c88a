import { deserializeDateTime } from "@web/core/l10n/dates";
import { _t } from "@web/core/l10n/translation";
import { useService } from "@web/core/utils/hooks";
import { Component, onWillStart, onWillUpdateProps, useState } from "@odoo/owl";

import { useRegularly } from "../checklist/regularly";

const { DateTime } = luxon;
const EVERY = 5000; // ms between two looks while the audit runs
const MODEL = "mail.sender.address";

/** Above the sender addresses: how far the audit is, and what can be undone. */
export class SendersBanner extends Component {
    static template = "mail_deliverability.SendersBanner";
    static props = {
        list: Object, // another one each time the view is loaded
        reload: Function,
    };

    setup() {
        this.orm = useService("orm");
        this.notification = useService("notification");
        this.state = useState({
            is_off: false,
            running: false,
            checked_on: false,
            domains: 0,
            pending: 0,
            undo: false,
            busy: false,
        });
        onWillStart(() => this.look());
        onWillUpdateProps((next) => {
            if (next.list !== this.props.list) {
                // The list does not wait for what is told of it.
                this.look();
            }
        });
        useRegularly(() => this.lookAgain(), EVERY);
    }

    /** Ask how far the audit is; where that can't be told, nothing is. */
    async look() {
        try {
            Object.assign(this.state, await this.orm.silent.call(MODEL, "get_progress", []));
        } catch {
            // Then nothing is told.
        }
    }

    async lookAgain() {
        if (document.hidden || !this.isUnderWay) {
            return;
        }
        // What has changed until the end of the audit is shown as well.
        await this.look();
        await this.props.reload();
    }

    get isUnderWay() {
        const { is_off, running, checked_on } = this.state;
        return !is_off && (running || !checked_on);
    }

    get sentence() {
        const { is_off, running, checked_on, domains, pending } = this.state;
        if (is_off) {
            return _t(
                "Nothing is looked at: the scheduled action of Sender Addresses is switched off. Switch it on under Settings > Technical > Scheduled Actions (in developer mode)."
            );
        }
        if (!checked_on) {
            return _t("The addresses are being looked at for the first time.");
        }
        if (pending) {
            return _t("DNS was asked about %(done)s of %(domains)s domains.", {
                done: domains - pending,
                domains,
            });
        }
        if (running) {
            return _t("The addresses are being looked at again.");
        }
        const time = deserializeDateTime(checked_on).toLocaleString(DateTime.DATETIME_MED);
        return _t("Looked at on %s.", time);
    }

    async checkAgain() {
        Object.assign(this.state, await this.orm.call(MODEL, "action_audit", []));
    }

    async undo() {
        this.state.busy = true;
        try {
            const told = await this.orm.call(MODEL, "undo_last", []);
            this.notification.add(told, { type: "success" });
        } finally {
            this.state.busy = false;
        }
        await this.look();
        await this.props.reload();
    }
}
