import { registry } from "@web/core/registry";
import { KanbanRenderer } from "@web/views/kanban/kanban_renderer";
import { kanbanView } from "@web/views/kanban/kanban_view";
import { ListRenderer } from "@web/views/list/list_renderer";
import { listView } from "@web/views/list/list_view";
import { SendersBanner } from "@mail_deliverability/senders/senders_banner";

/** Show what has changed, unless somebody works with what is shown. */
async function reload(list) {
    if (!list.selection.length) {
        await list.load();
    }
}

export class SendersListRenderer extends ListRenderer {
    static template = "mail_deliverability.SendersListRenderer";
    static components = { ...ListRenderer.components, SendersBanner };

    async reloadSenders() {
        await reload(this.props.list);
    }
}

/** The same on a phone. */
export class SendersKanbanRenderer extends KanbanRenderer {
    static template = "mail_deliverability.SendersKanbanRenderer";
    static components = { ...KanbanRenderer.components, SendersBanner };

    async reloadSenders() {
        await reload(this.props.list);
    }
}

registry.category("views").add("mail_sender_address_list", {
    ...listView,
    Renderer: SendersListRenderer,
});
registry.category("views").add("mail_sender_address_kanban", {
    ...kanbanView,
    Renderer: SendersKanbanRenderer,
});
