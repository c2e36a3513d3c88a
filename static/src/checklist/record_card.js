import { Component, markup } from "@odoo/owl";
import { _t } from "@web/core/l10n/translation";

import { CopyValue } from "./copy_value";

const BADGES = {
    done: "bg-success-subtle text-success-emphasis",
    pending: "bg-info-subtle text-info-emphasis",
    add: "bg-danger-subtle text-danger-emphasis",
    replace: "bg-danger-subtle text-danger-emphasis",
    ask: "bg-warning-subtle text-warning-emphasis",
    unknown: "bg-warning-subtle text-warning-emphasis",
};

// Names of standards, the same in all languages.
const KINDS = {
    spf: "SPF",
    dkim: "DKIM",
    dmarc: "DMARC",
    mx: "MX",
    ptr: "PTR",
    tls_rpt: "TLS-RPT",
    mta_sts: "MTA-STS",
};

/** One DNS record: what to publish, what is there now, and where to go. */
export class RecordCard extends Component {
    static template = "mail_deliverability.RecordCard";
    static components = { CopyValue };
    static props = { fix: Object };

    get badge() {
        return BADGES[this.props.fix.state] ?? "bg-secondary-subtle text-secondary-emphasis";
    }

    get isDone() {
        return this.props.fix.state === "done";
    }

    get replaces() {
        return this.props.fix.state === "replace" && Boolean(this.props.fix.value);
    }

    get change() {
        return markup(this.props.fix.change_html || "");
    }

    get current() {
        return markup(this.props.fix.current_html || "");
    }

    /** How the record is called in a sentence. */
    get called() {
        return KINDS[this.props.fix.kind] ?? this.props.fix.rdtype;
    }

    get copyName() {
        return _t("Copy the name of the %s record", this.called);
    }

    get copyOtherName() {
        return _t("Copy the other name of the %s record", this.called);
    }

    get copyValue() {
        return _t("Copy the value of the %s record", this.called);
    }

    get copyFile() {
        return _t("Copy the text of the file for %s", this.called);
    }

    get copyAlternative() {
        return _t("Copy the milder value of the %s record", this.called);
    }
}
