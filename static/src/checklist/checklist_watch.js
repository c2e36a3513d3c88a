import { onMounted, onWillUnmount, useExternalListener, useState } from "@odoo/owl";
import { browser } from "@web/core/browser/browser";
import { _t } from "@web/core/l10n/translation";
import { ConnectionLostError, RPCError } from "@web/core/network/rpc";
import { useService } from "@web/core/utils/hooks";

const SETTLED = ["passed", "optional"]; // groups
const RETRY_IN = 30; // seconds, after a loss of the connection

/** Return all items of a checklist, whatever their group. */
export function listItems(checklist) {
    return checklist ? checklist.groups.flatMap((group) => group.items) : [];
}

/** Whether nothing is left to do, or to wait for, and nothing remains to be proved. */
export function isGreen({ level, proven, groups }) {
    const isOver = groups.every(({ key }) => SETTLED.includes(key));
    return level === "pass" && proven && isOver;
}

/** Return which items are right now that were not before. */
export function listTurnedRight(before, after) {
    const old = new Map(listItems(before).map((item) => [item.key, item.level]));
    return listItems(after).filter(
        (item) => item.level === "pass" && old.has(item.key) && old.get(item.key) !== "pass"
    );
}

/**
 * The checklist of one domain, looked at again as long as somebody sees it.
 *
 * The server decides when: all windows together ask DNS no oftener than it allows.
 */
export class ChecklistWatch {
    constructor(orm, domainId, onChange, used) {
        this.orm = orm;
        this.domainId = domainId;
        this.onChange = onChange;
        this.used = used;
        this.checklist = null;
        this.problem = false; // why nothing newer is there
        this.message = false; // what the server says of its last look
        this.isLooking = false;
        this.hasEnded = false; // it looks no more by itself
        this.announcement = "";
        this.skew = 0; // what the server's clock is ahead of this one, ms
        this.timer = undefined;
        this.isDue = false;
    }

    /** Show what is known already; asking DNS takes longer. */
    async load() {
        await this._call("get_checklist", {}, (checklist) => this._show(checklist));
    }

    stop() {
        browser.clearTimeout(this.timer);
    }

    /**
     * Look once more; what the server answers says when to look again.
     *
     * @param {boolean} [force] somebody has asked for it
     */
    async look(force = false) {
        if (this.isLooking) {
            return;
        }
        this.stop();
        if (document.visibilityState === "hidden" && !force) {
            this.isDue = true;
            return;
        }
        this.isDue = false;
        this.isLooking = true;
        try {
            await this._call("look_again", { force, used: this.used }, (answer) => this._keep(answer));
        } finally {
            this.isLooking = false;
        }
    }

    _keep(answer) {
        this.message = answer.message;
        this.hasEnded = answer.next_in === false;
        this._show(answer.checklist);
        if (!this.hasEnded) {
            this._lookIn(answer.next_in);
        }
    }

    onVisibilityChange() {
        if (document.visibilityState === "visible" && this.isDue) {
            this.look();
        }
    }

    _lookIn(seconds) {
        this.timer = browser.setTimeout(() => this.look(), seconds * 1000);
    }

    async _call(method, kwargs, onAnswer) {
        try {
            const model = "mail.alias.domain";
            const call = this.orm.silent.call(model, method, [this.domainId], kwargs);
            onAnswer(await call);
            this.problem = false;
        } catch (error) {
            this._explain(error);
        }
    }

    _explain(error) {
        if (error instanceof ConnectionLostError) {
            this.problem = _t("There is no connection to Odoo. It tries again by itself.");
            this._lookIn(RETRY_IN);
        } else if (error instanceof RPCError) {
            this.problem = error.data?.message || error.message;
            this.hasEnded = true;
        } else {
            throw error;
        }
    }

    _show(checklist) {
        const before = this.checklist;
        if (before && checklist.checked_on !== before.checked_on) {
            this.skew = Date.parse(checklist.checked_on) - Date.now();
        }
        const titles = listTurnedRight(before, checklist).map((item) => item.title);
        this.announcement = titles.length ? _t("Has become right: %s", titles.join("; ")) : "";
        this.checklist = checklist;
        if (before && summarize(before) !== summarize(checklist)) {
            this.onChange?.(checklist);
        }
    }
}

/** What others beside the list show of it. */
function summarize({ level, proven, obstacle, groups }) {
    const items = listItems({ groups }).map((item) => [item.key, item.level]);
    return JSON.stringify([level, proven, obstacle, items]);
}

/**
 * Watch the checklist of a domain as long as the component lives.
 *
 * @param {number} domainId
 * @param {Function} [onChange] called with the checklist when it has changed since it
 *      was shown
 * @param {boolean} [used] whether it is judged as once a company uses the domain
 */
export function useChecklistWatch(domainId, onChange, used = false) {
    const watch = useState(
        new ChecklistWatch(useService("orm"), domainId, onChange, used)
    );
    useExternalListener(document, "visibilitychange", () => watch.onVisibilityChange());
    onMounted(() => watch.checklist && watch.look());
    onWillUnmount(() => watch.stop());
    return watch;
}
