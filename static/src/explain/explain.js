import { Component, onWillUnmount, useExternalListener, useRef, useState } from "@odoo/owl";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { useService } from "@web/core/utils/hooks";
import { useSetupAction } from "@web/search/action_hook";
import { Layout } from "@web/search/layout";
import { standardActionServiceProps } from "@web/webclient/actions/action_service";

import { getLook } from "../checklist/levels";
import { readBase64, tellError, tellRest } from "./brought_files";

const MODEL = "mail.test.message";
const MAX_BYTES = 30000000; // of one message, as the server has it
const MAX_FILES = 20;

function bringsFiles(ev) {
    return Boolean(ev.dataTransfer?.types.includes("Files"));
}

/** Explain a Message: /odoo/explain-email. */
export class Explain extends Component {
    static template = "mail_deliverability.Explain";
    static components = { Layout };
    static props = { ...standardActionServiceProps };
    static displayName = _t("Explain a Message");

    setup() {
        this.action = useService("action");
        this.orm = useService("orm");
        this.files = useRef("files");
        this.display = { controlPanel: {} };
        this.isAlive = true;
        const empty = { text: "", isBusy: false, isOver: false, remark: "", results: [] };
        this.state = useState({ ...empty, ...this.props.state });
        // Who has read one of several verdicts comes back for the next one.
        useSetupAction({
            getLocalState: () => ({ remark: this.state.remark, results: this.state.results }),
        });
        onWillUnmount(() => (this.isAlive = false));
        // The browser would open a file that is dropped beside the frame, and leave Odoo.
        useExternalListener(window, "dragover", this.onDragBeside.bind(this));
        useExternalListener(window, "drop", this.onDropBeside.bind(this));
    }

    getLook(level) {
        return getLook(level);
    }

    /** Who had no message learns how to get one. */
    get hasFailed() {
        return this.state.results.some((result) => !result.id);
    }

    onDragBeside(ev) {
        if (bringsFiles(ev)) {
            ev.preventDefault();
        }
    }

    onDropBeside(ev) {
        if (!ev.defaultPrevented && bringsFiles(ev)) {
            ev.preventDefault();
            return this.explainFiles([...ev.dataTransfer.files]);
        }
    }

    onDrop(ev) {
        this.state.isOver = false;
        const { files } = ev.dataTransfer;
        const text = ev.dataTransfer.getData("text/plain");
        if (files.length) {
            return this.explainFiles([...files]);
        }
        this.state.text = text || this.state.text;
    }

    async onPick(ev) {
        const files = [...ev.target.files];
        // The same file can be picked once more, when it has been saved anew.
        ev.target.value = "";
        await this.explainFiles(files);
    }

    async explainText() {
        const blob = new Blob([this.state.text], { type: "message/rfc822" });
        const results = await this._explainAll([{ name: "", blob }]);
        if (results.every(({ id }) => id)) {
            this.state.text = "";
        }
    }

    explainFiles(files) {
        const parts = files.slice(0, MAX_FILES);
        return this._explainAll(
            parts.map((file) => ({ name: file.name, blob: file })),
            tellRest(files, MAX_FILES)
        );
    }

    /** One after the other; the verdict of a single one is shown at once. */
    async _explainAll(parts, remark = "") {
        if (this.state.isBusy || !parts.length) {
            return [];
        }
        this.state.isBusy = true;
        this.state.results = [];
        this.state.remark = remark;
        try {
            for (const part of parts) {
                this.state.results.push(await this._explainOne(part));
            }
        } finally {
            this.state.isBusy = false;
        }
        const { results } = this.state;
        if (results.length === 1 && results[0].id && this.isAlive) {
            await this.show(results[0]);
        }
        return results;
    }

    async _explainOne({ name, blob }) {
        if (blob.size > MAX_BYTES) {
            const problem = _t("It is too large: mails of more than 30 MB are not read.");
            return { name, id: false, level: "fail", text: problem, hint: "" };
        }
        try {
            const content = await readBase64(blob);
            const answer = await this.orm.call(MODEL, "explain_upload", [content, name]);
            return { name, ...answer };
        } catch (error) {
            return { name, id: false, level: "fail", text: tellError(error), hint: "" };
        }
    }

    show({ id }) {
        return this.action.doAction("mail_deliverability.mail_test_message_action", {
            viewType: "form",
            props: { resId: id },
        });
    }
}

registry.category("actions").add("mail_deliverability.explain", Explain);
