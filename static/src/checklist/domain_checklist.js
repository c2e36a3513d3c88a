import { Component, onPatched, onWillPatch, onWillStart, useRef } from "@odoo/owl";

import { Answers } from "./answers";
import { useChecklistWatch } from "./checklist_watch";
import { getHeadlineLook, getLook } from "./levels";
import { RecordCard } from "./record_card";
import { SeenAgo } from "./seen_ago";

/** What is to be done for a domain, seen anew as long as it is open. */
export class DomainChecklist extends Component {
    static template = "mail_deliverability.DomainChecklist";
    static components = { Answers, RecordCard, SeenAgo };
    static props = {
        domainId: Number,
        /** Called with the list when it has changed since it was shown. */
        onChange: { type: Function, optional: true },
        /** Called with the list when it is known. */
        onLoad: { type: Function, optional: true },
        /** Whether it is judged as once a company uses the domain. */
        used: { type: Boolean, optional: true },
    };

    setup() {
        this.root = useRef("root");
        this.watch = useChecklistWatch(
            this.props.domainId,
            (checklist) => this.props.onChange?.(checklist),
            this.props.used
        );
        onWillStart(async () => {
            await this.watch.load();
            if (this.checklist) {
                this.props.onLoad?.(this.checklist);
            }
        });
        this._keepFocus();
    }

    get checklist() {
        return this.watch.checklist;
    }

    get headlineLook() {
        return getHeadlineLook(this.checklist);
    }

    getLook(level) {
        return getLook(level);
    }

    /** Go to the item that holds the record which solves this one, too. */
    goTo(key) {
        const item = this.root.el.querySelector(`[data-item="${CSS.escape(key)}"]`);
        const folded = item?.closest("details");
        if (folded) {
            folded.open = true;
        }
        item?.scrollIntoView({ block: "start" });
        item?.focus({ preventScroll: true });
    }

    /** An item that is done goes to another group: who was in it goes along. */
    _keepFocus() {
        let key;
        onWillPatch(() => {
            const focused = document.activeElement;
            const item = this.root.el?.contains(focused) && focused.closest("[data-item]");
            key = item ? item.dataset.item : undefined;
        });
        onPatched(() => {
            if (key && document.activeElement === document.body) {
                const item = this.root.el.querySelector(`[data-item="${CSS.escape(key)}"]`);
                const folded = item?.closest("details:not([open])");
                (folded?.querySelector("summary") ?? item)?.focus({ preventScroll: true });
            }
        });
    }
}
