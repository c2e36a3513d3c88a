import { Component, useState } from "@odoo/owl";
import { _t } from "@web/core/l10n/translation";
import { useService } from "@web/core/utils/hooks";
import { formatInteger } from "@web/views/fields/formatters";

import { nameDay } from "../overview/tile";

const MODEL = "mail.dmarc.reporter";

/** Who reports, what they say of themselves, and whom nobody knows. */
export class DmarcReporters extends Component {
    static template = "mail_deliverability.DmarcReporters";
    static props = { page: Object, reload: Function };

    setup() {
        this.nameDay = nameDay;
        this.orm = useService("orm");
        this.state = useState({ busy: false });
    }

    getFigures({ reports, mails }) {
        const words = { reports: formatInteger(reports), mails: formatInteger(mails) };
        return _t("Reports: %(reports)s, emails: %(mails)s", words);
    }

    /** Let reports count that nothing proves, or no longer ("action_withdraw"). */
    async decide(reporter, method) {
        this.state.busy = true;
        try {
            await this.orm.call(MODEL, method, [[reporter.id]]);
            await this.props.reload();
        } finally {
            this.state.busy = false;
        }
    }
}
