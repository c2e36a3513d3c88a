import { Component, useState } from "@odoo/owl";
import { deserializeDate } from "@web/core/l10n/dates";
import { _t } from "@web/core/l10n/translation";
import { useService } from "@web/core/utils/hooks";
import { formatInteger } from "@web/views/fields/formatters";

import { getLook } from "../checklist/levels";

const MODEL = "mail.dmarc.origin";
const SHOWN = 10; // sources before the others are asked for

/** Who sends in the name of the domain, and the one thing to do about each. */
export class DmarcSources extends Component {
    static template = "mail_deliverability.DmarcSources";
    static props = { reload: Function, rest: Object, sources: Array };

    setup() {
        this.orm = useService("orm");
        this.state = useState({ busy: false, showsAll: false });
    }

    get sources() {
        const { sources } = this.props;
        return this.state.showsAll ? sources : sources.slice(0, SHOWN);
    }

    get hidden() {
        return this.props.sources.length - this.sources.length;
    }

    get more() {
        return _t("Show %s more", this.hidden);
    }

    get rest() {
        const { count, mails } = this.props.rest;
        const words = { count: formatInteger(count), mails: formatInteger(mails) };
        return _t("%(count)s small sources with %(mails)s emails are not shown.", words);
    }

    getLook(level) {
        return getLook(level);
    }

    /** Say how much comes from it and how it fares. */
    getFigures({ mails, percent }) {
        const words = { mails: formatInteger(mails), percent };
        return mails === 1
            ? _t("1 email, %(percent)s% pass", words)
            : _t("%(mails)s emails, %(percent)s% pass", words);
    }

    getSeen({ first_seen, last_seen }) {
        const [first, last] = [first_seen, last_seen].map((day) =>
            deserializeDate(day).toLocaleString({
                day: "numeric",
                month: "short",
                year: "numeric",
            })
        );
        return first === last
            ? _t("Seen on %s", first)
            : _t("Seen from %(first)s to %(last)s", { first, last });
    }

    /** What can be said of a source: not what is known already, and not new. */
    getChoices({ decision, is_new, kind }) {
        const known = is_new ? decision : { ours: "us", not_ours: "not_us" }[kind];
        const choices = [
            { value: "us", text: _t("This is us") },
            { value: "not_us", text: _t("This is not us") },
        ].filter(({ value }) => value !== known);
        return decision
            ? [...choices, { value: false, text: _t("Take it back") }]
            : choices;
    }

    async decide(source, decision) {
        this.state.busy = true;
        try {
            await this.orm.call(MODEL, "decide", [source.ids, decision]);
            await this.props.reload();
        } finally {
            this.state.busy = false;
        }
    }
}
