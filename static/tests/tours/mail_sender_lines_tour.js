import { registry } from "@web/core/registry";
import { click, usable } from "./steps";

const LINE = ".o_mail_deliverability_sender_line";

/** Open a new record of a model, in a dialog: so nothing is saved on the way. */
function openNew(content, res_model, context = {}) {
    return {
        content: `a new ${content}`,
        trigger: "body:not(:has(.modal)) .o_action_manager",
        run: () =>
            odoo.__WOWL_DEBUG__.root.env.services.action.doAction({
                type: "ir.actions.act_window",
                res_model,
                views: [[false, "form"]],
                context,
                target: "new",
            }),
    };
}

function type(field, text) {
    return {
        content: `type ${text}`,
        trigger: `.modal .o_field_widget[name='${field}'] input`,
        run: `edit ${text} && press Tab`,
    };
}

function told(where, words) {
    return usable(`the line about ${words}`, `${where}${LINE}`, `${where}${LINE}:contains('${words}')`);
}

function nothing(where = ".modal .o_form_renderer") {
    return { content: "nothing is said", trigger: `${where}:not(:has(${LINE}))` };
}

function discard() {
    return click("not now", ".modal .o_form_button_cancel");
}

registry.category("web_tour.tours").add("mail_sender_lines", {
    steps: () => [
        {
            content: "the message that was relayed",
            trigger: ".o-mail-Message-notification",
            run: "click",
        },
        usable(
            "its delivery details",
            ".o_mail_deliverability_relayed",
            ".o_mail_deliverability_relayed:contains('because your mail server may not send for yahoo.example')"
        ),
        click("who writes", ".o-mail-Chatter-sendMessage"),
        told(".o-mail-Chatter ", "does not include admin@yahoo.example"),
        click("in the large composer as well", "button[name='open-full-composer']"),
        told(".modal ", "does not include admin@yahoo.example"),
        click("not now", ".modal .btn-close"),
        click("a note goes to nobody", ".o-mail-Chatter-logNote"),
        nothing(".o-mail-Chatter"),
        openNew("user", "res.users"),
        type("name", "New"),
        type("login", "new@yahoo.example"),
        told(".modal ", "does not include new@yahoo.example"),
        type("login", "new@acme.example"),
        nothing(),
        discard(),
        openNew("server", "ir.mail_server"),
        type("name", "New"),
        type("from_filter", "acme.example, yahoo.example"),
        told(".modal ", "emails of yahoo.example from other servers"),
        type("from_filter", "acme.example"),
        discard(),
        openNew("template", "mail.template", { default_model: "res.partner" }),
        type("name", "New"),
        click("its settings", ".modal .nav-link[name='email_configuration']"),
        type("email_from", "sales@yahoo.example"),
        told(".modal ", "does not include sales@yahoo.example"),
        type("email_from", "sales@acme.example"),
        nothing(),
        discard(),
    ],
});
