import { rpc } from "@web/core/network/rpc";
import { registry } from "@web/core/registry";
import { assertAccessible } from "./axe";

const CARD = ".o_setup_records > .card .o_setup_record";
const PAGE = ".o_action_manager";

/** Read what the cards show, as somebody does who copies it into another window. */
function readCards() {
    const text = (card, selector) =>
        card.querySelector(selector)?.textContent.trim() || "";
    return [...document.querySelectorAll(CARD)].map((card) => ({
        state: card.dataset.state,
        type: text(card, ".o_setup_type"),
        name: text(card, ".o_setup_full"),
        value: text(card, ".o_setup_published"),
        // As it stands in DNS: a blank in front is what may be wrong with it.
        current: card.querySelector(".o_setup_current")?.textContent ?? "",
    }));
}

/** Do in the test's zone what cards say. */
function publish(cards) {
    return rpc("/web/dataset/call_kw/ir.config_parameter/set_param", {
        model: "ir.config_parameter",
        method: "set_param",
        args: ["test.publish", JSON.stringify(cards)],
        kwargs: {},
    });
}

function usableByAll(content) {
    return { content, trigger: PAGE, run: () => assertAccessible(PAGE) };
}

const FRAME = [
    {
        content: "The title says what it is, and of which domain",
        trigger: ".o_breadcrumb:contains(Set Up: acme.example)",
    },
    {
        content: "There is nothing to page through, to save or to discard",
        trigger:
            "body:not(:has(.o_cp_pager)):not(:has(.o_form_status_indicator))" +
            ":not(:has(.o_cp_action_menus))",
    },
];

const ENTER_ADDRESS = [
    {
        content: "The server's address is asked for",
        trigger: ".o_field_widget[name=server_ids]:contains(public IP address)",
    },
    {
        content: "What can't be right is said beside it",
        trigger: "[name=own_address] input",
        run: "edit 10.0.0.7 && press Tab",
    },
    { trigger: ".o_mail_domain_address .alert:contains(inside your own network)" },
    { trigger: "button[name=action_show_records]", run: "click" },
    {
        content: "Nothing goes on with it",
        trigger: "[name=own_address] input:focus",
        run: "edit 192.0.2.77 && press Tab",
    },
    {
        trigger:
            "body:not(:has(.o_mail_domain_address .alert)) " +
            ".o_field_widget[name=server_ids]:contains(192.0.2.77) " +
            "a:contains(Enter or Correct)",
        run: "click",
    },
    {
        content: "The dialog of a server makes no other one",
        trigger:
            ".modal:not(:has(.o_form_button_save_new:visible)) " +
            "[name=sending_host_ips] input:value(192.0.2.77)",
        run: "edit 198.51.100.10",
    },
    { trigger: ".modal .o_form_button_save", run: "click" },
    {
        content: "It is kept",
        trigger:
            "body:not(:has(.modal)) [name=own_address] input:value(198.51.100.10)",
    },
    usableByAll("The server's address"),
];

registry.category("web_tour.tours").add("mail_domain_setup", {
    steps: () => [
        {
            content: "The domain of the company is there already",
            trigger: "[name=senders]:contains(notifications@acme.example)",
        },
        ...FRAME,
        ...ENTER_ADDRESS,
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
            content: "Each button says what it copies",
            trigger: "button[aria-label='Copy the value of the SPF record']",
        },
        {
            content: "What is done is folded: its name and type are seen",
            trigger: ".o_setup_settled:not([open]):contains(MX):contains(Published)",
        },
        usableByAll("The records"),
        {
            content: "Publish exactly what the first card says",
            trigger: `${CARD} .o_setup_published`,
            run: () => publish(readCards().slice(0, 1)),
        },
        {
            content: "It folds without a click",
            trigger: ".o_setup_settled:contains(acme.example):contains(TXT)",
        },
        {
            content: "Publish what the others say",
            trigger: `${CARD} .o_setup_published`,
            run: () => publish(readCards()),
        },
        {
            content: "All is green, without a click",
            trigger: ".o_setup_proofs .alert-success:contains(All good)",
        },
        {
            content: "It says what is not proved",
            trigger: ".o_setup_proofs li:contains(Not proved: that your mails arrive)",
        },
        usableByAll("What is proved"),
        {
            content: "A click on a step goes there",
            trigger: ".o_arrow_button:contains(Check)",
            run: "click",
        },
        {
            content: "What has passed is folded",
            trigger: "[data-group=passed]:not([open]) > summary",
            run: "click",
        },
        {
            content: "The evidence is there for who wants it",
            trigger: "[data-item=spf_single] summary",
            run: "click",
        },
        {
            content: "It stays open when the list is seen anew",
            trigger: ".o_checklist_check",
            run: "click",
        },
        {
            trigger: "[data-item=spf_single] details[open]:contains(RFC)",
        },
        usableByAll("The check"),
        { trigger: "button[name=action_back]", run: "click" },
        {
            content: "Nothing is left to do",
            trigger: "h2:contains(All records are published)",
        },
    ],
});

registry.category("web_tour.tours").add("mail_domain_setup_phone", {
    steps: () => [
        {
            content: "Nobody knows the server's address, and goes on",
            trigger: "[name=server_ids]:contains(public IP address)",
        },
        usableByAll("The domain"),
        { trigger: "button[name=action_show_records]", run: "click" },
        {
            content: "A long value folds",
            trigger: `${CARD} .o_setup_folded:contains(v=DKIM1)`,
        },
        {
            content: "Nothing is wider than the screen",
            trigger: ".o_setup_records",
            run: ({ anchor }) => assertNarrow(anchor),
        },
        usableByAll("The records on a phone"),
        {
            trigger: `${CARD} .o_setup_published`,
            run: () => {
                window.sessionStorage.cards = JSON.stringify(readCards());
            },
        },
        {
            trigger: "button[name=action_next]:contains(I Have Published Them)",
            run: "click",
        },
        {
            content: "Nothing is published: it is said with what to do, in the item",
            trigger: "[data-group=breaks] .o_checklist_item .o_setup_published",
        },
        usableByAll("The check on a phone"),
        {
            content: "While the page is open it is published",
            trigger: ".o_checklist_summary.alert-danger",
            run: ({ anchor }) => {
                assertNarrow(anchor);
                return publish(JSON.parse(window.sessionStorage.cards));
            },
        },
        {
            content: "It turns green without a click, and is no proof",
            trigger: ".o_checklist_summary.alert-info:contains(not proven)",
        },
        { trigger: "button[name=action_next]:contains(Finish)", run: "click" },
        {
            trigger: ".o_setup_proofs li:contains(Not proved: that the servers)",
        },
        usableByAll("The end on a phone"),
        {
            content: "It ends where everything is",
            trigger: ".o_statusbar_buttons button:contains(Close)",
            run: "click",
        },
        { trigger: ".o_breadcrumb:contains(Overview), .o_breadcrumb:contains(Email Deliverability)" },
    ],
});

function assertNarrow(element) {
    const wide = [...element.querySelectorAll("*")].find(
        (one) => one.getBoundingClientRect().right > window.innerWidth + 1
    );
    if (wide) {
        throw new Error(`${wide.outerHTML.slice(0, 200)} is wider than the screen`);
    }
}
