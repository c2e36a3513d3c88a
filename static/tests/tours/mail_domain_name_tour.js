import { registry } from "@web/core/registry";
import { assertAccessible } from "./axe";

const PAGE = ".o_action_manager";
const INPUT = ".o_field_widget[name=domain_name] input";
const SEEN = ".o_domain_name_seen";

function type(text) {
    return { content: `Type ${text}`, trigger: INPUT, run: `edit ${text}` };
}

function see(text) {
    return { trigger: `${SEEN}:contains(${text})` };
}

function usableByAll(content) {
    return { content, trigger: PAGE, run: () => assertAccessible(PAGE) };
}

registry.category("web_tour.tours").add("mail_domain_name", {
    steps: () => [
        see("acme.example exists and takes mail"),
        type("initech.example"),
        see("initech.example does not exist"),
        type("acme.exmaple"),
        { trigger: `${SEEN} button:contains(acme.example)`, run: "click" },
        see("acme.example exists"),
        type("silent.example"),
        see("DNS has not said within a second whether silent.example exists"),
        type("no domain"),
        see("no domain is no domain name"),
        { trigger: `body:not(:has(.modal)) ${INPUT}[aria-invalid=true]` },
        {
            content: "It is said at the field, not in a dialog, and not twice",
            trigger: "button[name=action_show_records]",
            run: "click",
        },
        { trigger: "button[name=action_show_records]:enabled" },
        see("no domain is no domain name"),
        { trigger: "body:not(:has(.modal, .o_notification))" },
        { content: "Without a name", trigger: INPUT, run: "clear" },
        { trigger: "button[name=action_show_records]", run: "click" },
        see("Enter your email domain first"),
        { trigger: "body:not(:has(.modal, .o_notification))" },
        { trigger: ".o_statusbar_status button[data-value=check]", run: "click" },
        { trigger: "button[name=action_show_records]:enabled" },
        see("Enter your email domain first"),
        { trigger: "body:not(:has(.modal, .o_notification))" },
        type("still no domain"),
        { trigger: "button[name=action_show_records]", run: "click" },
        see("still no domain is no domain name"),
        { trigger: "body:not(:has(.modal, .o_notification))" },
        type("https://M\u00fcnchen.example/shop"),
        see("m\u00fcnchen.example exists and takes mail"),
        see("xn--mnchen-3ya.example"),
        { content: "Leave the field", trigger: ".o_breadcrumb", run: "click" },
        { trigger: "[name=senders]:contains(people at m\u00fcnchen.example)" },
        {
            content: "The server's filter does not name it",
            trigger: "[name=filter_hint]:contains(may send only for acme.example)",
        },
        usableByAll("The first step is for everybody"),
        { trigger: "button[name=action_extend_filter]", run: "click" },
        { trigger: "body:not(:has([name=filter_hint]:visible))" },
        { trigger: "button[name=action_show_records]", run: "click" },
        { trigger: ".o_breadcrumb:contains(Set Up: m\u00fcnchen.example)" },
        {
            trigger: "button[name=action_next]:contains(I Have Published Them)",
            run: "click",
        },
        {
            content: "The company is where it was, and may go all the same",
            trigger: ".o_mail_domain_switch:contains(Not everything is right yet)",
        },
        usableByAll("So is the switch"),
        {
            trigger: "button[name=action_switch_company]:contains(all the same)",
            run: "click",
        },
        { trigger: ".alert-success:contains(Your company sends from)" },
        { trigger: "button[name=action_undo_switch]", run: "click" },
        { trigger: "button[name=action_switch_company]:contains(m\u00fcnchen.example)" },
    ],
});
