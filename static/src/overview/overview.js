import { Layout } from "@web/search/layout";
import { registry } from "@web/core/registry";
import { standardActionServiceProps } from "@web/webclient/actions/action_service";
import { useService } from "@web/core/utils/hooks";

import { Component } from "@odoo/owl";

/** The first page of Settings > Email Deliverability. */
export class Overview extends Component {
    static template = "mail_deliverability.Overview";
    static components = { Layout };
    static props = { ...standardActionServiceProps };

    setup() {
        this.action = useService("action");
        this.display = { controlPanel: {} };
    }

    setUp() {
        return this.action.doAction("mail_deliverability.mail_domain_setup_action");
    }
}

registry.category("actions").add("mail_deliverability.overview", Overview);
