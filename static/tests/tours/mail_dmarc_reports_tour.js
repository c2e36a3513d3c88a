import { registry } from "@web/core/registry";
import { assertAccessible } from "./axe";
import { click, dropFiles, open, usable } from "./steps";

const PAGE = ".o_mail_deliverability_dmarc";
const STRANGER = `${PAGE} .o_dmarc_source:contains('evil.example')`;
const REPORT = (source) => `<?xml version="1.0"?>
<feedback><report_metadata><org_name>Yahoo</org_name><email>dmarc@yahoo.com</email>
<report_id>${source}</report_id><date_range><begin>BEGIN</begin><end>END</end></date_range>
</report_metadata><policy_published><domain>acme.example</domain><p>none</p></policy_published>
<record><row><source_ip>${source}</source_ip><count>3</count><policy_evaluated>
<disposition>none</disposition><dkim>fail</dkim><spf>fail</spf></policy_evaluated></row>
<identifiers><header_from>acme.example</header_from></identifiers><auth_results>
<spf><domain>else.example</domain><result>pass</result></spf></auth_results></record>
</feedback>`;

/** Return a file of a report on yesterday's emails. */
function makeReport(source) {
    const day = 24 * 3600;
    const today = Math.floor(Date.now() / 1000 / day) * day;
    const text = REPORT(source)
        .replace("BEGIN", today - day)
        .replace("END", today - 1);
    return new File([text], `${source}.xml`, { type: "text/xml" });
}

const LOOK = [
    usable("the overview", "[data-tile='dmarc']", "[data-tile='dmarc']:contains('965 emails')"),
    click("the domain", "[data-tile='dmarc'] button:contains('acme.example')"),
    {
        content: "the plot",
        trigger: `${PAGE} [data-section='plot'] canvas[aria-label*='Pass: 900;']`,
    },
    {
        content: "a service, and the one thing to do",
        trigger: `${PAGE} .o_dmarc_source:contains('Mailchimp'):contains('Publish its two DKIM CNAMEs')`,
    },
    usable("the page", PAGE),
];

registry.category("web_tour.tours").add("mail_dmarc_reports", {
    steps: () => [
        ...LOOK,
        click("the figures", `${PAGE} [data-section='plot'] summary`),
        {
            content: "they stand in a table",
            trigger: `${PAGE} [data-section='plot'] td:contains('900')`,
        },
        click("this is not us", `${STRANGER} button[data-decision='not_us']`),
        {
            content: "it is remembered",
            trigger: `${STRANGER}[data-kind='not_ours']:contains('Not Yours'):contains('Nothing to do')`,
        },
        click("take it back", `${STRANGER} button[data-decision='none']`),
        {
            content: "it is unknown again",
            trigger: `${STRANGER}[data-kind='unknown']:contains('Is this yours?')`,
        },
        click(
            "accept who nobody vouches for",
            `${PAGE} [data-section='unverified'] .o_dmarc_accept`
        ),
        {
            content: "their emails count",
            trigger: `${PAGE}:not(:has([data-section='unverified'])) canvas[aria-label*='Pass: 930;']`,
        },
        click("who reports", `${PAGE} [data-section='reporters'] summary`),
        click("that was wrong", `${PAGE} .o_dmarc_withdraw`),
        {
            content: "they no longer count",
            trigger: `${PAGE}:has([data-section='unverified']) canvas[aria-label*='Pass: 900;']`,
        },
        click("upload", `${PAGE} .o_dmarc_upload_button`),
        {
            content: "two reports, and something else",
            trigger: `${PAGE} .o_dmarc_drop`,
            run: ({ anchor }) =>
                dropFiles(anchor, [
                    makeReport("203.0.113.90"),
                    makeReport("203.0.113.91"),
                    new File(["Hello"], "letter.txt"),
                ]),
        },
        {
            content: "each has its answer",
            trigger: `${PAGE} .o_dmarc_result[data-level='fail']:contains('letter.txt')`,
        },
        {
            content: "nobody vouches for what was uploaded",
            trigger: `${PAGE}:has([data-section='unverified']:contains('Yahoo'):contains('emails: 6')) [data-section='upload']:contains('once you accept its reporter')`,
            run: () => assertAccessible(PAGE),
        },
        {
            content: "a year",
            trigger: `${PAGE} .o_dmarc_period`,
            run: "select 364",
        },
        {
            content: "by weeks",
            trigger: `${PAGE} [data-section='plot'] th:contains('Week from')`,
        },
        click("all rows", `${PAGE} button:contains('Analyze')`),
        {
            content: "the pivot",
            trigger: ".o_pivot:contains('Mailchimp')",
        },
        click("back", ".o_back_button"),
        {
            content: "it is still the year",
            trigger: `${PAGE} .o_dmarc_period:value(364)`,
        },
        open("the files", "mail_dmarc_report_action"),
        usable("them", ".o_list_renderer", ".o_data_row:contains('Yahoo')"),
        click("one", ".o_data_row td:contains('Yahoo')"),
        usable("it", ".o_form_renderer", ".o_form_renderer:contains('203.0.113.9')"),
    ],
});

registry.category("web_tour.tours").add("mail_dmarc_reports_phone", {
    steps: () => [
        ...LOOK,
        open("the files", "mail_dmarc_report_action"),
        usable("them", ".o_kanban_renderer", ".o_kanban_record:contains('receiver.example')"),
        open("the rows", "mail_dmarc_source_action"),
        usable("them", ".o_kanban_renderer", ".o_kanban_record:contains('SPF: passes')"),
    ],
});

registry.category("web_tour.tours").add("mail_dmarc_reports_empty", {
    steps: () => [
        usable("the page", PAGE, `${PAGE} .o_dmarc_inbox:contains('dmarc-reports@acme.example')`),
        {
            content: "reports can be brought at once",
            trigger: `${PAGE} .o_dmarc_drop`,
            run: ({ anchor }) =>
                dropFiles(
                    anchor,
                    [90, 91, 92, 93, 94, 95].map((n) => makeReport(`203.0.113.${n}`))
                ),
        },
        {
            content: "what became of them stays, in short, where the page has something to show",
            trigger: `${PAGE}:not(:has(.o_dmarc_empty)) [data-section='upload'] summary:contains('Files in order: 6')`,
            run: () => assertAccessible(PAGE),
        },
    ],
});
