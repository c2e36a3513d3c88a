import {
    Component,
    onMounted,
    onWillStart,
    onWillUpdateProps,
    useRef,
    useState,
} from "@odoo/owl";
import { deserializeDateTime } from "@web/core/l10n/dates";
import { registry } from "@web/core/registry";
import { url } from "@web/core/utils/urls";
import { useService } from "@web/core/utils/hooks";
import { standardWidgetProps } from "@web/views/widgets/standard_widget_props";

import { getLook } from "../checklist/levels";
import { MODEL, useVerdictWatch } from "./verdict_watch";

const { DateTime } = luxon;

/** Events of a message, the first one on top. */
export class VerdictStory extends Component {
    static template = "mail_deliverability.VerdictStory";
    static props = { events: Array };

    /** Servers on the way are told apart by seconds. */
    tellWhen(when) {
        const moment = deserializeDateTime(when);
        const isToday = moment.hasSame(DateTime.now(), "day");
        return moment.toLocaleString(
            isToday ? DateTime.TIME_WITH_SECONDS : DateTime.DATETIME_MED_WITH_SECONDS
        );
    }

    getLook(level) {
        return getLook(level);
    }
}

/** The grade of a message, and what all grades mean. */
export class VerdictGrade extends Component {
    static template = "mail_deliverability.VerdictGrade";
    static props = { grade: { type: [String, Boolean] }, grades: Array };
}

/** Something that is not as it should be, with what follows from it. */
export class VerdictFinding extends Component {
    static template = "mail_deliverability.VerdictFinding";
    static props = { finding: Object };

    getLook(level) {
        return getLook(level);
    }
}
VerdictFinding.components = { VerdictFinding };

/** What became of one message: the form of mail.test.message. */
export class Verdict extends Component {
    static template = "mail_deliverability.Verdict";
    static components = { VerdictFinding, VerdictGrade, VerdictStory };
    static props = { ...standardWidgetProps };

    setup() {
        this.action = useService("action");
        this.orm = useService("orm");
        this.watch = useVerdictWatch(() => this.props.record.load());
        this.state = useState({ isBusy: false });
        this.headline = useRef("headline");
        onWillStart(() => this.watch.open(this.props.record.resId));
        onMounted(() => this._focusHeadline());
        onWillUpdateProps(({ record }) => {
            if (record.resId !== this.watch.id) {
                return this.watch.open(record.resId);
            }
        });
    }

    /** Who has come by a button that is gone begins to read here, not at the menu. */
    _focusHeadline() {
        if (document.activeElement === document.body) {
            this.headline.el?.focus({ preventScroll: true });
        }
    }

    get verdict() {
        return this.watch.verdict;
    }

    get look() {
        return getLook(this.verdict.level);
    }

    getLook(level) {
        return getLook(level);
    }

    get downloadUrl() {
        return url("/web/content", {
            model: MODEL,
            id: this.watch.id,
            field: this.verdict.raw_field,
            filename: "message.eml",
            download: true,
        });
    }

    /** Do what a button of the verdict says, and show what came of it. */
    async run({ name }) {
        this.state.isBusy = true;
        try {
            const action = await this.orm.call(MODEL, name, [[this.watch.id]]);
            if (action?.type) {
                return await this.action.doAction(action);
            }
            await this.watch.load();
        } finally {
            this.state.isBusy = false;
        }
    }
}

registry.category("view_widgets").add("mail_deliverability_verdict", {
    component: Verdict,
    additionalClasses: ["w-100"],
});
