import { Layout } from "@web/search/layout";
import { registry } from "@web/core/registry";
import { standardActionServiceProps } from "@web/webclient/actions/action_service";
import { useService } from "@web/core/utils/hooks";

import { Component, onMounted, status, useComponent, useState } from "@odoo/owl";

/** What shows a tile, by the key that the server gives it. */
export const tileRegistry = registry.category("mail_deliverability_overview_tiles");

/** The first page of Settings > Email Deliverability. */
export class Overview extends Component {
    static template = "mail_deliverability.Overview";
    static components = { Layout };
    static props = { ...standardActionServiceProps };

    setup() {
        this.action = useService("action");
        this.orm = useService("orm");
        this.component = useComponent();
        this.display = { controlPanel: {} };
        this.state = useState({ phase: "loading", tiles: [], reason: "" });
        onMounted(() => this.load());
    }

    get tiles() {
        return this.state.tiles.filter((tile) => tileRegistry.contains(tile.key));
    }

    getComponent(tile) {
        return tileRegistry.get(tile.key);
    }

    /** Ask the server; what is shown already stays until it has answered. */
    async load() {
        try {
            const { tiles } = await this.orm.call(
                "mail.deliverability.overview",
                "get_overview"
            );
            this.show({ phase: "ready", tiles, reason: "" });
        } catch (error) {
            this.show({ phase: "failed", reason: error.data?.message ?? "" });
        }
    }

    show(values) {
        if (status(this.component) !== "destroyed") {
            Object.assign(this.state, values);
        }
    }

    tryAgain() {
        this.state.phase = "loading";
        return this.load();
    }

    setUp() {
        return this.action.doAction("mail_deliverability.mail_domain_setup_action");
    }
}

registry.category("actions").add("mail_deliverability.overview", Overview);
