import { Component, onWillUnmount, useRef, useState } from "@odoo/owl";
import { browser } from "@web/core/browser/browser";
import { _t } from "@web/core/l10n/translation";

const LONG = 160; // characters
const CONFIRMED_FOR = 2500; // ms

/** Text to copy, with the button that copies it and says what it has copied. */
export class CopyValue extends Component {
    static template = "mail_deliverability.CopyValue";
    static props = {
        text: String,
        /** What is copied, as a whole sentence: "Copy the value of the SPF record". */
        label: String,
        className: { type: String, optional: true },
    };

    setup() {
        this.text = useRef("text");
        this.state = useState({ outcome: "", isOpen: false });
        onWillUnmount(() => browser.clearTimeout(this.timer));
    }

    get word() {
        const words = { copied: _t("Copied"), selected: _t("Press Ctrl+C") };
        return words[this.state.outcome] ?? _t("Copy");
    }

    /** On a phone a key fills the screen; who copies it needn't see all of it. */
    get isFolded() {
        return this.env.isSmall && this.props.text.length > LONG && !this.state.isOpen;
    }

    async copy() {
        this.state.outcome = (await this._write()) ? "copied" : "selected";
        browser.clearTimeout(this.timer);
        this.timer = browser.setTimeout(() => (this.state.outcome = ""), CONFIRMED_FOR);
    }

    async _write() {
        try {
            await browser.navigator.clipboard.writeText(this.props.text);
            return true;
        } catch {
            // Without HTTPS browsers have no clipboard; what is selected can be copied.
            window.getSelection().selectAllChildren(this.text.el);
            return document.execCommand("copy");
        }
    }
}
