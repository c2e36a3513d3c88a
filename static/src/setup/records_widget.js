import { Component, onWillStart } from "@odoo/owl";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { useService } from "@web/core/utils/hooks";
import { standardWidgetProps } from "@web/views/widgets/standard_widget_props";

import { isGreen, useChecklistWatch } from "../checklist/checklist_watch";
import { RecordCard } from "../checklist/record_card";
import { SeenAgo } from "../checklist/seen_ago";
import { useGoTo } from "./steps";

const TO_PUBLISH = ["add", "replace"];
const SETTLED = ["done", "pending"];

/**
 * The records to publish: what is to be done first, what is done folded.
 *
 * Each of them folds by itself as soon as DNS has it; after the last the setup goes on.
 */
export class RecordsWidget extends Component {
    static template = "mail_deliverability.RecordsWidget";
    static components = { RecordCard, SeenAgo };
    static props = { ...standardWidgetProps };

    setup() {
        this.orm = useService("orm");
        this.goTo = useGoTo();
        const domain = this.props.record.data.alias_domain_id;
        this.watch = useChecklistWatch(domain.id, () => this.onChange(), true);
        onWillStart(() => this.watch.load());
    }

    get cards() {
        return this.props.record.data.cards || [];
    }

    get needed() {
        return this.cards.filter((card) => !card.optional);
    }

    get todo() {
        return this.needed.filter((card) => !SETTLED.includes(card.state));
    }

    get settled() {
        return this.needed.filter((card) => SETTLED.includes(card.state));
    }

    get optional() {
        return this.cards.filter((card) => card.optional);
    }

    /** The name by which a record is known; of an address it is nobody's in full. */
    getName(card) {
        return card.rdtype === "PTR" ? card.host_name : card.full_name;
    }

    get settledTitle() {
        const count = this.settled.length;
        return count === 1 ? _t("1 record is published") : _t("%s records are published", count);
    }

    get mustPublish() {
        return this.todo.some((card) => TO_PUBLISH.includes(card.state));
    }

    async onChange() {
        const { record } = this.props;
        const mustPublish = this.mustPublish;
        await this.orm.call(record.resModel, "action_refresh", [[record.resId]]);
        await record.load();
        // Whoever has clicked meanwhile is somewhere else.
        if (mustPublish && !this.mustPublish && record.data.step === "records") {
            await this.goTo(record, isGreen(this.watch.checklist) ? "done" : "check");
        }
    }
}

registry.category("view_widgets").add("mail_deliverability_records", {
    component: RecordsWidget,
    fieldDependencies: [
        { name: "alias_domain_id", type: "many2one" },
        { name: "cards", type: "json" },
    ],
    additionalClasses: ["w-100"],
});
