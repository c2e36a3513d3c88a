import { onMounted, onWillUnmount, status, useComponent, useExternalListener, useState } from "@odoo/owl";
import { browser } from "@web/core/browser/browser";
import { _t } from "@web/core/l10n/translation";
import { ConnectionLostError, RPCError } from "@web/core/network/rpc";
import { useService } from "@web/core/utils/hooks";

export const MODEL = "mail.test.message";
const NEWS = "mail_deliverability.test_message";
export const timing = { lookIn: 10000 }; // ms; where the bus is silent
const UNDER_WAY = ["draft", "sending", "waiting", "judging"];

/** Whether a test is not at its end: what is shown of it may change by itself. */
export function isUnderWay(verdict) {
    return UNDER_WAY.includes(verdict.state) || verdict.legs.some((leg) => leg.open);
}

/**
 * What is known of one message, read again whenever the server has news of it.
 *
 * The bus brings them at once. It may be down, so while something is to come the server
 * is asked as well, as long as somebody sees the page.
 */
export class VerdictWatch {
    constructor(orm, isAlive) {
        this.orm = orm;
        this.isAlive = isAlive;
        this.id = false;
        this.verdict = null;
        this.problem = "";
        this.announcement = ""; // for who does not see the screen
        this.timer = undefined;
        this.isDue = false;
    }

    /** Show another message. */
    async open(id) {
        this.id = id;
        this.verdict = null;
        this.announcement = "";
        await this.load();
    }

    async load() {
        const { id } = this;
        this.stop();
        try {
            const verdict = await this.orm.silent.call(MODEL, "get_verdict", [[id]]);
            if (id === this.id && this.isAlive()) {
                this._show(verdict);
            }
        } catch (error) {
            this._explain(error);
        }
    }

    onNews(payload) {
        if (payload.id === this.id) {
            return this.load();
        }
    }

    onVisibilityChange() {
        if (document.visibilityState === "visible" && this.isDue) {
            this.isDue = false;
            this.load();
        }
    }

    stop() {
        browser.clearTimeout(this.timer);
    }

    _show(verdict) {
        const before = this.verdict;
        if (before && before.headline !== verdict.headline) {
            this.announcement = verdict.headline;
        }
        this.verdict = verdict;
        this.problem = "";
        if (isUnderWay(verdict)) {
            this._lookLater();
        }
    }

    _explain(error) {
        if (error instanceof ConnectionLostError) {
            this.problem = _t("There is no connection to Odoo. It tries again by itself.");
            this._lookLater();
        } else if (error instanceof RPCError) {
            this.problem = error.data?.message || error.message;
        } else {
            throw error;
        }
    }

    _lookLater() {
        this.stop();
        if (this.isAlive()) {
            this.timer = browser.setTimeout(() => this._lookIfSeen(), timing.lookIn);
        }
    }

    _lookIfSeen() {
        if (document.visibilityState === "hidden") {
            this.isDue = true;
        } else {
            this.load();
        }
    }
}

/**
 * Watch one message as long as the component lives.
 *
 * @param {Function} onChange called when the state of the message has changed
 */
export function useVerdictWatch(onChange) {
    const component = useComponent();
    const bus = useService("bus_service");
    const isAlive = () => status(component) !== "destroyed";
    const watch = useState(new VerdictWatch(useService("orm"), isAlive));
    const onNews = async (payload) => {
        const before = watch.verdict?.state;
        await watch.onNews(payload);
        if (isAlive() && payload.id === watch.id && watch.verdict?.state !== before) {
            onChange();
        }
    };
    useExternalListener(document, "visibilitychange", () => watch.onVisibilityChange());
    onMounted(() => {
        bus.subscribe(NEWS, onNews);
        bus.start();
    });
    onWillUnmount(() => {
        bus.unsubscribe(NEWS, onNews);
        watch.stop();
    });
    return watch;
}
