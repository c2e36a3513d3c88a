import { Component, onWillStart, useState } from "@odoo/owl";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { user } from "@web/core/user";
import { useService } from "@web/core/utils/hooks";
import { Layout } from "@web/search/layout";
import { standardActionServiceProps } from "@web/webclient/actions/action_service";

import { DomainChecklist } from "./domain_checklist";

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
        this.state = useState({ domainId: this._getDomainId() });
        onWillStart(async () => {
            this.state.domainId ||= await this._findDomain();
        });
    }

    _getDomainId() {
        const { action, resId } = this.props;
        const id = resId || action.params?.alias_domain_id || action.context?.active_id;
        return Number.isInteger(id) ? id : false;
    }

    /** Without a domain in the address it is that of the company. */
    async _findDomain() {
        const ids = [user.activeCompany.id];
        const [company] = await this.orm.read("res.company", ids, ["alias_domain_id"]);
        return company.alias_domain_id && company.alias_domain_id[0];
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
