import { _t } from "@web/core/l10n/translation";
import { deserializeDateTime } from "@web/core/l10n/dates";
import { formatInteger } from "@web/views/fields/formatters";
import { useService } from "@web/core/utils/hooks";

import { Component } from "@odoo/owl";

import { OverviewTile, tellWhen, tileProps } from "./tile";
import { tileRegistry } from "./overview";

/** What is left of today's limits, and what waits for them. */
export class LimitTile extends Component {
    static template = "mail_deliverability.LimitTile";
    static components = { OverviewTile };
    static props = tileProps;

    setup() {
        this.action = useService("action");
    }

    getPercent(limit) {
        return Math.min(100, Math.floor((limit.used * 100) / limit.total));
    }

    getColor(limit) {
        return { 0: "bg-success", 80: "bg-warning", 100: "bg-danger" }[limit.level];
    }

    getUsed(limit) {
        return _t("%(used)s of %(total)s recipients", {
            used: formatInteger(limit.used),
            total: formatInteger(limit.total),
        });
    }

    /** Say how it goes on today, where that can be told, and what is kept of it. */
    getOutlook(limit) {
        return [this.getFull(limit), this.getKept(limit)].filter(Boolean).join(" ");
    }

    getFull(limit) {
        if (limit.level === 100) {
            return _t("Used up: what is more waits.");
        }
        if (!limit.full) {
            return "";
        }
        // Nobody foresees to the minute.
        const full = deserializeDateTime(limit.full);
        const about = full.set({ minute: full.minute - (full.minute % 5) });
        return _t("Full at about %s if it goes on like this.", tellWhen(about));
    }

    getKept({ kept }) {
        if (!kept) {
            return "";
        }
        const count = formatInteger(kept);
        return _t("%s are kept for invitations and password resets.", count);
    }

    get unlimited() {
        const sent = formatInteger(this.props.tile.sent);
        return _t("Recipients: %s. No daily limit is set.", sent);
    }

    get beyond() {
        const beyond = formatInteger(this.props.tile.beyond);
        return _t(
            "Login codes, invitations and password resets beyond the limit: %s.",
            beyond
        );
    }

    get reset() {
        const reset = deserializeDateTime(this.props.tile.reset);
        return _t("The count starts again at %s.", tellWhen(reset));
    }

    get waiting() {
        const { count, first, last } = this.props.tile.waiting;
        if (!count) {
            return _t("No email waits.");
        }
        // What has lost its date is due.
        const [from, to] = [first, last].map((one) =>
            tellWhen(one ? deserializeDateTime(one) : luxon.DateTime.now())
        );
        const words = { count: formatInteger(count), first: from, last: to };
        if (count === 1) {
            return _t("1 email waits and goes by itself at %(first)s.", words);
        }
        if (words.first === words.last) {
            return _t("%(count)s emails wait and go by themselves at %(first)s.", words);
        }
        return _t(
            "%(count)s emails wait and go by themselves from %(first)s to %(last)s.",
            words
        );
    }

    showWaiting() {
        return this.action.doAction("mail_deliverability.mail_mail_action_postponed");
    }

    showSettings() {
        return this.action.doAction("base_setup.action_general_configuration");
    }
}

tileRegistry.add("limit", LimitTile);
