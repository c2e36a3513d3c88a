import { registry } from "@web/core/registry";
import { click, open, usable } from "./steps";

const ROWS = ".o_list_renderer";
const ROW = ".o_data_row:contains('a@yahoo.example')";

function choose(content, button) {
    return [
        click("choose the user", `${ROW} .o_list_record_selector input`),
        click(content, `.o_control_panel button[name='${button}']`),
    ];
}

registry.category("web_tour.tours").add("mail_sender_addresses", {
    steps: () => [
        open("the sender addresses", "mail_sender_address_action"),
        usable("the banner", ".o_mail_senders_banner", ".o_mail_senders_banner"),
        click("what is sent under another address", ".o_group_header:contains('Sender Replaced')"),
        usable("the list", ROWS, ROW),
        ...choose("an address of the domain", "action_prepare_address"),
        {
            content: "what it would be is shown, and can be changed",
            trigger: ".modal .o_data_row:contains('anna.zollner@acme.example')",
        },
        usable("the question", ".modal-content", ".modal footer"),
        click("rather not", ".modal footer button:contains('Cancel')"),
        {
            content: "the list is there",
            trigger: `body:not(:has(.modal)) ${ROW}`,
        },
        ...choose("handle in Odoo", "action_prepare_inbox"),
        {
            content: "what changes, for whom",
            trigger: ".modal .o_data_row:contains('In Odoo')",
        },
        click("change it", ".modal button[name='action_apply']"),
        usable("the way back", ".o_mail_senders_undo", ".o_mail_senders_undo:contains('Handle in Odoo')"),
        click("undo it", ".o_mail_senders_undo button"),
        {
            content: "it is undone",
            trigger: ".o_notification:contains('Taken back for 1')",
        },
        {
            content: "and there is nothing more to undo",
            trigger: "body:not(:has(.o_mail_senders_undo))",
        },
    ],
});

const CARD = ".o_kanban_record:contains('a@yahoo.example')";
const FORM = ".o_form_renderer";

registry.category("web_tour.tours").add("mail_sender_addresses_phone", {
    steps: () => [
        open("the sender addresses", "mail_sender_address_action"),
        usable("their cards", ".o_kanban_renderer", CARD),
        click("one opens", CARD),
        usable("its page", FORM, `${FORM}:contains('recipients see the author')`),
        click("what can be done", ".o_statusbar_buttons button[title='More']"),
        click("handle in Odoo", "button[name='action_prepare_inbox']"),
        usable("what changes", ".modal-content", ".modal .o_kanban_record:contains('In Odoo')"),
        click("change it", ".modal button[name='action_apply']"),
        {
            content: "it is done",
            trigger: `body:not(:has(.modal)) ${FORM} div[name='notification_type']:contains('In Odoo')`,
        },
    ],
});
