import { Component, useEffect, useState } from "@odoo/owl";

import { KeepLast } from "@web/core/utils/concurrency";
import { useService } from "@web/core/utils/hooks";

/** Says of whom somebody writes to who will hardly get it; it goes there all the same. */
export class SuppressedNote extends Component {
    static template = "mail_deliverability.SuppressedNote";
    static props = { emails: Array };

    setup() {
        this.orm = useService("orm");
        this.keepLast = new KeepLast();
        this.state = useState({ text: false });
        useEffect(
            () => {
                this.ask();
            },
            () => [this.emails.join()]
        );
    }

    get emails() {
        return [...new Set(this.props.emails.filter(Boolean))].sort();
    }

    async ask() {
        const emails = this.emails;
        const asked = emails.length
            ? this.orm.silent.call("mail.suppressed.address", "get_warning", [emails])
            : Promise.resolve(false);
        // Who can't be told goes on writing undisturbed.
        this.state.text = await this.keepLast.add(asked.catch(() => false));
    }
}
