import { registry } from "@web/core/registry";
import { click, open, usable } from "./steps";

const FORM = ".o_form_renderer";
const CARDS = ".o_kanban_renderer";
const ROWS = ".o_list_renderer";

/** What a button with a state does is the same on each screen. */
function useKeys(row) {
    return [
        click("a key that nobody has published", row("odoo-new")),
        usable("the page of a key", FORM, `${FORM} .o_dkim_value`),
        click("its one button", "button[name='action_check_and_activate']"),
        usable(
            "a refusal, which says what DNS shows",
            FORM,
            ".o_dkim_refused:contains('has to be p=')"
        ),
        open("the keys again", "mail_dkim_key_action"),
        click("a key that is not used any more", row("odoo-old")),
        usable("its page", FORM, `${FORM}:contains('Leave the record as it is')`),
    ];
}

const REVOKE = [
    click("revoke it", "button[name='action_ask_to_revoke']"),
    usable("the question", ".modal-content", ".modal footer:contains('Keep It')"),
    click("say what is meant", ".modal button:contains('Revoke the Key')"),
    usable("the page of a revoked key", FORM, `${FORM}:contains('never signs again')`),
];

registry.category("web_tour.tours").add("mail_deliverability_pages", {
    steps: () => [
        open("the keys", "mail_dkim_key_action"),
        usable("their list", ROWS, `${ROWS}:contains('odoo-new')`),
        ...useKeys((name) => `.o_data_row td:contains('${name}')`),
        ...REVOKE,
        open("the domains", "mail_alias_domain_action"),
        click("the domain", ".o_data_row td[name='name']"),
        usable("its checks", FORM, `${FORM} .o_data_row:contains('SPF')`),
        click("its history", ".o_notebook a[name='history']"),
        usable("it", FORM, `${FORM} .o_data_row:contains('No answer')`),
        open("the author policies", "mail_author_policy_action"),
        click("one of them", ".o_data_row td:contains('yahoo.example')"),
        usable("its page", FORM, `${FORM}:contains('yahoo.example')`),
        open("the providers", "mail_sending_provider_action"),
        click("one of them", ".o_data_row td:contains('Amazon SES')"),
        usable("its page", FORM, `${FORM}:contains('Recognized by')`),
        open("the history of sending", "mail_send_counter_action"),
        usable("it", ROWS, `${ROWS}:contains('170')`),
        click("the chart", ".o_switch_view.o_graph"),
        usable("it", ".o_content", ".o_graph_canvas_container canvas"),
        open("the sender preview", "mail_sender_preview_action", ".o_control_panel"),
        usable("it", ".modal-content", ".modal .o_form_renderer"),
    ],
});

registry.category("web_tour.tours").add("mail_deliverability_pages_phone", {
    steps: () => [
        open("the keys", "mail_dkim_key_action"),
        usable("their cards", CARDS, `${CARDS}:contains('odoo-new')`),
        ...useKeys((name) => `.o_kanban_record:contains('${name}')`),
        open("the domains", "mail_alias_domain_action"),
        click("the domain", ".o_kanban_record:contains('acme.example')"),
        usable("its checks", FORM, `${FORM} .o_kanban_record:contains('SPF')`),
        click("one opens", `${FORM} .o_kanban_record:contains('SPF')`),
        usable("its evidence", ".modal-content", ".modal:contains('v=spf1 -all')"),
        click("close it", ".modal .btn-close, .modal .o_form_button_cancel, .modal .oi-arrow-left"),
        click("its history", ".o_notebook a[name='history']"),
        usable("it", FORM, `${FORM} .o_kanban_record:contains('No answer')`),
        open("the author policies", "mail_author_policy_action"),
        usable("them", CARDS, `${CARDS}:contains('yahoo.example')`),
        open("the providers", "mail_sending_provider_action"),
        usable("them", CARDS, `${CARDS}:contains('Amazon SES')`),
        open("the DNS hosts", "mail_dns_provider_action"),
        usable("them", CARDS, `${CARDS}:contains('Cloudflare')`),
        open("the history of sending", "mail_send_counter_action"),
        usable("its days", CARDS, `${CARDS}:contains('170')`),
        open("the parameters", "mail_deliverability_parameter_action"),
        usable("them", CARDS, `${CARDS}:contains('daily_limit')`),
    ],
});
