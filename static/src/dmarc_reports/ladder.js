import { Component, useState } from "@odoo/owl";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { useService } from "@web/core/utils/hooks";

import { getLook } from "../checklist/levels";

const MODEL = "mail.alias.domain";

/**
 * When p=reject is safe for a domain: the steps, the conditions of the next one with
 * what speaks for each, and what Odoo sent beside what is reported.
 */
export class DmarcLadder extends Component {
    static template = "mail_deliverability.DmarcLadder";
    static props = { page: Object, domainId: Number, reload: Function };

    setup() {
        this.action = useService("action");
        this.met = _t("Met");
        this.notMet = _t("Not met");
        this.orm = useService("orm");
        this.state = useState({ isBusy: false });
    }

    get ladder() {
        return this.props.page.ladder;
    }

    get inbox() {
        return this.ladder.inbox;
    }

    /** What may be answered to the question whether something is sent rarely. */
    get answers() {
        return [
            { code: "no", label: _t("No, nothing") },
            { code: "yes", label: _t("Yes, something") },
        ];
    }

    get canTest() {
        return this.inbox.address && ["untried", "lost", "failed"].includes(this.inbox.state);
    }

    get inboxLook() {
        const levels = { back: "pass", waiting: "pending", untried: "info" };
        return getLook(levels[this.inbox.state] ?? "warning");
    }

    getLook(level) {
        return getLook(level);
    }

    /** Call a method of the domain, one at a time; an error is shown by the client. */
    async call(method, ...args) {
        this.state.isBusy = true;
        try {
            return await this.orm.call(MODEL, method, [[this.props.domainId], ...args]);
        } finally {
            this.state.isBusy = false;
        }
    }

    async answerRare(answer) {
        await this.call("set_dmarc_rare", answer);
        await this.props.reload();
    }

    async takeStep() {
        this.action.doAction(await this.call("action_take_dmarc_step"));
    }

    async testAddress() {
        await this.call("action_test_report_address");
        await this.props.reload();
    }

    openTest() {
        return this.action.doAction({
            type: "ir.actions.act_window",
            res_model: "mail.test.message",
            res_id: this.inbox.test_id,
            views: [[false, "form"]],
        });
    }
}

registry
    .category("mail_deliverability_dmarc_sections")
    .add("ladder", DmarcLadder, { sequence: 20 });
