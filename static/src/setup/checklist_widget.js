import { Component } from "@odoo/owl";
import { registry } from "@web/core/registry";
import { standardWidgetProps } from "@web/views/widgets/standard_widget_props";

import { useGoTo } from "./steps";
import { isGreen } from "../checklist/checklist_watch";
import { DomainChecklist } from "../checklist/domain_checklist";

/** The checklist of a record's domain, in its form. */
export class ChecklistWidget extends Component {
    static template = "mail_deliverability.ChecklistWidget";
    static components = { DomainChecklist };
    static props = { ...standardWidgetProps };

    get domainId() {
        return this.props.record.data.alias_domain_id?.id;
    }

    setup() {
        this.goTo = useGoTo();
    }

    /** What stands around the list depends on what it says; when all is green it ends. */
    async onChange(checklist) {
        const { record } = this.props;
        if (record.data.step === "check" && isGreen(checklist)) {
            await this.goTo(record, "done");
        } else if (!(await record.isDirty())) {
            await record.load();
        }
    }
}

registry.category("view_widgets").add("mail_deliverability_checklist", {
    component: ChecklistWidget,
    fieldDependencies: [{ name: "alias_domain_id", type: "many2one" }],
    additionalClasses: ["w-100"],
});
