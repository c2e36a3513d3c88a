import { Component, onWillStart } from "@odoo/owl";
import { registry } from "@web/core/registry";
import { useService } from "@web/core/utils/hooks";
import { standardWidgetProps } from "@web/views/widgets/standard_widget_props";

import { Answers } from "../checklist/answers";
import { getHeadlineLook } from "../checklist/levels";

/** What the setup has proved at its end, and what it has not. */
export class ProofsWidget extends Component {
    static template = "mail_deliverability.ProofsWidget";
    static components = { Answers };
    static props = { ...standardWidgetProps };

    setup() {
        const orm = useService("orm");
        this.action = useService("action");
        const { alias_domain_id: domain } = this.props.record.data;
        onWillStart(async () => {
            const ids = [domain.id];
            [this.checklist, [this.test]] = domain
                ? await Promise.all([
                      orm.call("mail.alias.domain", "get_checklist", ids),
                      this.readLastTest(orm, domain.id),
                  ])
                : [false, []];
        });
    }

    /** The last test message of the domain that was judged. */
    readLastTest(orm, domainId) {
        const judged = [
            ["alias_domain_id", "=", domainId],
            ["kind", "=", "trip"],
            ["state", "=", "done"],
            ["grade", "!=", false],
        ];
        return orm.searchRead("mail.test.message", judged, ["grade"], { limit: 1 });
    }

    get isTestGood() {
        return ["A", "B"].includes(this.test.grade);
    }

    showTest() {
        return this.action.doAction("mail_deliverability.mail_test_message_action", {
            viewType: "form",
            props: { resId: this.test.id },
        });
    }

    /** What is left to prove is proved by a mail. */
    sendTest() {
        const { alias_domain_id: domain } = this.props.record.data;
        return this.action.doAction("mail_deliverability.mail_test_message_action_send", {
            additionalContext: { default_alias_domain_id: domain.id },
        });
    }

    get look() {
        return getHeadlineLook(this.checklist);
    }
}

registry.category("view_widgets").add("mail_deliverability_proofs", {
    component: ProofsWidget,
    fieldDependencies: [{ name: "alias_domain_id", type: "many2one" }],
    additionalClasses: ["w-100"],
});
