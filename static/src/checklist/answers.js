import { Component } from "@odoo/owl";

import { getLook } from "./levels";

/** What receivers find, in one word for each of their questions. */
export class Answers extends Component {
    static template = "mail_deliverability.Answers";
    static props = { answers: Array };

    getLook(level) {
        return getLook(level);
    }
}
