import { registry } from "@web/core/registry";
import { kanbanView } from "@web/views/kanban/kanban_view";
import { KanbanRenderer } from "@web/views/kanban/kanban_renderer";
import { WaitingBanner } from "@mail_deliverability/waiting/waiting_banner";

/** The list of what waits, on a phone. */
export class WaitingKanbanRenderer extends KanbanRenderer {
    static template = "mail_deliverability.WaitingKanbanRenderer";
    static components = { ...KanbanRenderer.components, WaitingBanner };

    /** Show what is left, unless somebody works with what is shown. */
    async reloadWaiting() {
        const { list } = this.props;
        if (!list.selection.length) {
            await list.load();
        }
    }
}

registry.category("views").add("mail_deliverability_waiting_kanban", {
    ...kanbanView,
    Renderer: WaitingKanbanRenderer,
});
