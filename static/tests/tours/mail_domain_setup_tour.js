import { rpc } from "@web/core/network/rpc";
import { registry } from "@web/core/registry";

const CARD = ".o_field_widget[name=record_ids] .o_kanban_record:not(.o_kanban_ghost)";

/** Read what the cards show, as somebody does who copies it into another window. */
function readCards() {
    const text = (card, selector) =>
        card.querySelector(selector)?.textContent.trim() || "";
    return [...document.querySelectorAll(CARD)].map((card) => ({
        state: card.querySelector(".badge").textContent.trim(),
        type: text(card, ".o_setup_type"),
        name: text(card, ".o_setup_full"),
        value: text(card, ".o_setup_published"),
        // As it stands in DNS: a blank in front is what may be wrong with it.
        current: card.querySelector(".o_setup_current")?.textContent ?? "",
    }));
}

registry.category("web_tour.tours").add("mail_domain_setup", {
    steps: () => [
        {
            content: "The domain of the company is there already",
            trigger: "[name=senders]:contains(notifications@acme.example)",
        },
        {
            content: "The server's address is asked for",
            trigger: ".o_field_widget[name=server_ids]:contains(public IP address)",
        },
        {
            trigger: ".o_field_widget[name=server_ids] a:contains(Enter or Correct)",
            run: "click",
        },
        {
            trigger: ".modal [name=sending_host_ips] input",
            run: "edit 198.51.100.10",
        },
        {
            content: "The dialog of a server makes no other one",
            trigger: ".modal:not(:has(.o_form_button_save_new:visible))",
        },
        { trigger: ".modal .o_form_button_save", run: "click" },
        {
            content: "It is kept",
            trigger: "body:not(:has(.modal)) [name=server_ids]:contains(198.51.100.10)",
        },
        { trigger: "button[name=action_show_records]", run: "click" },
        {
            content: "Two SPF records become one",
            trigger: `${CARD}:contains(SPF):contains(2 such records):contains(Replace)`,
        },
        {
            content: "There is a key to publish",
            trigger: `${CARD}:contains(DKIM):contains(Add)`,
        },
        {
            content: "Publish exactly what the cards say",
            trigger: `${CARD} .o_setup_published`,
            run: () =>
                rpc("/web/dataset/call_kw/ir.config_parameter/set_param", {
                    model: "ir.config_parameter",
                    method: "set_param",
                    args: ["test.publish", JSON.stringify(readCards())],
                    kwargs: {},
                }),
        },
        { trigger: "button[name=action_check]:contains(Published)", run: "click" },
        {
            content: "All is green",
            trigger: ".alert-success:contains(All good)",
        },
        {
            content: "The evidence is there for who wants it",
            trigger:
                ".o_field_widget[name=check_ids] " +
                ".o_kanban_record:contains(SPF: one record only) summary",
            run: "click",
        },
        {
            trigger: ".o_field_widget[name=check_ids] details[open]:contains(RFC)",
        },
        { trigger: "button[name=action_back_to_records]", run: "click" },
        {
            content: "Nothing is left to do",
            trigger: "h2:contains(All records are published)",
        },
    ],
});
