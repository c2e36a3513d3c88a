import { registry } from "@web/core/registry";
import { assertAccessible } from "./axe";
import { open } from "./steps";

const POPOVER = ".o-mail-MessageNotificationPopover";
const WARNING = ".o_mail_deliverability_suppressed";

registry.category("web_tour.tours").add("mail_suppressed", {
    steps: () => [
        {
            content: "who writes to it",
            trigger: ".o-mail-Chatter-sendMessage",
            run: "click",
        },
        {
            content: "is told that it will hardly arrive",
            trigger: `.o-mail-Chatter ${WARNING}:contains('gone@customer.example')`,
            run: () => assertAccessible(`.o-mail-Chatter-top ${WARNING}`),
        },
        {
            content: "in the large composer as well",
            trigger: ".o-mail-Composer button[name='open-full-composer']",
            run: "click",
        },
        {
            content: "under the recipients",
            trigger: `.modal .o_field_widget[name='partner_ids'] ${WARNING}`,
            run: () => assertAccessible(`.modal ${WARNING}`),
        },
        {
            content: "not now",
            trigger: ".modal .btn-close",
            run: "click",
        },
        {
            content: "the chatter shows that somebody did not get it",
            trigger: ".o-mail-Message-notification.text-danger",
            run: "click",
        },
        {
            content: "why, and what can be done",
            trigger: `${POPOVER}:contains('does not exist') button:contains('Send Anyway')`,
            run: () => assertAccessible(POPOVER),
        },
        {
            content: "correct the address",
            trigger: `${POPOVER} button.btn-primary:contains('Correct the Address')`,
            run: "click",
        },
        {
            content: "the dialog has the old one",
            trigger: ".modal div[name='email'] input:value(dead@customer.example)",
            run: () => assertAccessible(".modal-content"),
        },
        {
            content: "type the right one",
            trigger: ".modal div[name='email'] input",
            run: "edit right@customer.example",
        },
        {
            content: "send again",
            trigger: ".modal button[name='action_correct']",
            run: "click",
        },
        {
            content: "nothing is wrong any more",
            trigger: "body:not(:has(.modal)):not(:has(.text-danger .fa-envelope))",
        },
        open("the suppressed addresses", "mail_suppressed_address_action"),
        {
            content: "the list",
            trigger: ".o_data_row td:contains('dead@customer.example')",
            run: () => assertAccessible(".o_list_renderer"),
        },
        {
            content: "one of them",
            trigger: ".o_data_row td:contains('dead@customer.example')",
            run: "click",
        },
        {
            content: "its page has the evidence",
            trigger: ".o_form_renderer .o_data_row:contains('User unknown')",
            run: () => assertAccessible(".o_form_renderer"),
        },
        {
            content: "release it",
            trigger: "button[name='action_release']",
            run: "click",
        },
        {
            content: "released",
            trigger: ".o_form_renderer div[name='state']:contains('Released')",
        },
    ],
});
