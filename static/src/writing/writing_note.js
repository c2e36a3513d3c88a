import { Component, useEffect, useState } from "@odoo/owl";

import { KeepLast } from "@web/core/utils/concurrency";
import { useService } from "@web/core/utils/hooks";

/** One line for somebody who is writing: the answer to a question to the server. It keeps
 * nobody from going on.
 */
export class WritingNote extends Component {
    static template = "mail_deliverability.WritingNote";
    static props = {
        model: String,
        method: String,
        args: Array,
        /** Whether it is about something that will go wrong. */
        isWarning: { type: Boolean, optional: true },
        className: { type: String, optional: true },
    };

    setup() {
        this.orm = useService("orm");
        this.keepLast = new KeepLast();
        this.state = useState({ text: false });
        useEffect(
            () => {
                this.ask();
            },
            () => [JSON.stringify(this.props.args)]
        );
    }

    async ask() {
        const { model, method, args } = this.props;
        const asked = args.length
            ? this.orm.silent.call(model, method, args)
            : Promise.resolve(false);
        // Who can't be told goes on writing undisturbed.
        this.state.text = await this.keepLast.add(asked.catch(() => false));
    }
}

/** What `mail.suppressed.address` is asked about some addresses; nothing without any. */
export function toWarningArgs(emails) {
    const known = [...new Set(emails.filter(Boolean))].sort();
    return known.length ? [known] : [];
}
