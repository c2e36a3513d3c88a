import { registry } from "@web/core/registry";
import { listView } from "@web/views/list/list_view";
import { ListRenderer } from "@web/views/list/list_renderer";
import { WaitingBanner } from "@mail_deliverability/waiting/waiting_banner";

export class WaitingListRenderer extends ListRenderer {
    static template = "mail_deliverability.WaitingListRenderer";
    static components = { ...ListRenderer.components, WaitingBanner };

    /** Show what is left, unless somebody works with what is shown. */
    async reloadWaiting() {
        const { list } = this.props;
        if (!list.selection.length && !list.editedRecord) {
            await list.load();
        }
    }
}

registry.category("views").add("mail_deliverability_waiting_list", {
    ...listView,
    Renderer: WaitingListRenderer,
});
