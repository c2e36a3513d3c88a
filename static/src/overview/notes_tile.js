import { useService } from "@web/core/utils/hooks";

import { Component } from "@odoo/owl";

import { OverviewTile, tileProps } from "./tile";
import { tileRegistry } from "./overview";

/** Servers that soon take no passwords any more. */
export class NotesTile extends Component {
    static template = "mail_deliverability.NotesTile";
    static components = { OverviewTile };
    static props = tileProps;

    setup() {
        this.action = useService("action");
    }

    show(server) {
        return this.action.doAction({
            type: "ir.actions.act_window",
            res_model: "ir.mail_server",
            res_id: server.id,
            views: [[false, "form"]],
        });
    }
}

tileRegistry.add("notes", NotesTile);
