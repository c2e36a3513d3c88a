import { Component, onWillStart, useState } from "@odoo/owl";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { useService } from "@web/core/utils/hooks";
import { Layout } from "@web/search/layout";
import { standardActionServiceProps } from "@web/webclient/actions/action_service";

import { DomainChecklist } from "./domain_checklist";
import { findCompanyDomain, getDomainId } from "./domain_of_action";

/** The checklist of one domain as a page: /odoo/email-domain-checks/7. */
export class ChecklistAction extends Component {
    static template = "mail_deliverability.ChecklistAction";
    static components = { DomainChecklist, Layout };
    static props = { ...standardActionServiceProps };
    static displayName = _t("Checks");

    setup() {
        this.orm = useService("orm");
        this.action = useService("action");
        this.display = { controlPanel: {} };
        this.state = useState({ domainId: getDomainId(this.props) });
        onWillStart(async () => {
            this.state.domainId ||= await findCompanyDomain(this.orm);
        });
    }

    onLoad({ domain }) {
        this.env.config.setDisplayName(_t("Checks of %s", domain.name));
    }

    /** Begin with the first domain. */
    setUp() {
        return this.action.doAction("mail_deliverability.mail_domain_setup_action");
    }

    async run(method) {
        const id = this.state.domainId;
        this.action.doAction(await this.orm.call("mail.alias.domain", method, [id]));
    }
}

registry.category("actions").add("mail_deliverability.checklist", ChecklistAction);
