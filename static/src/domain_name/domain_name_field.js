import { Component, onWillStart, onWillUnmount, useEffect, useState } from "@odoo/owl";

import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { useBus, useService } from "@web/core/utils/hooks";
import { useDebounced } from "@web/core/utils/timing";
import { useInputField } from "@web/views/fields/input_field_hook";
import { standardFieldProps } from "@web/views/fields/standard_field_props";

const PAUSE = 600; // ms after the last letter
const ICONS = {
    ok: "fa-check text-success",
    unknown: "fa-question-circle",
    missing: "fa-exclamation-triangle",
    invalid: "fa-times-circle text-danger",
};

/** A domain that is looked at while it is typed: nothing is created by that. */
export class DomainNameField extends Component {
    static template = "mail_deliverability.DomainNameField";
    static props = {
        ...standardFieldProps,
        placeholder: { type: String, optional: true },
        knownField: { type: String, optional: true },
    };

    setup() {
        this.orm = useService("orm");
        this.input = useInputField({
            getValue: () => this.value,
            parse: (value) => value.trim(),
        });
        this.state = useState({ isLooking: false, seen: null });
        this.asked = ""; // last
        this.looking = undefined; // until that is answered
        useBus(this.props.record.model.bus, "DOMAIN_NAME:NEEDED", ({ detail }) =>
            detail.proms.push(this.sayNow())
        );
        this.lookLater = useDebounced((text) => this.look(text), PAUSE);
        onWillStart(() => {
            this.look(this.value);
        });
        useEffect(
            (value) => {
                if (![this.asked, this.state.seen?.name].includes(value)) {
                    this.look(value); // another company's, say
                }
            },
            () => [this.value]
        );
        onWillUnmount(() => {
            this.asked = undefined;
        });
    }

    get value() {
        return this.props.record.data[this.props.name] || "";
    }

    get knownDomains() {
        const names = this.props.record.data[this.props.knownField] || "";
        return names.split(" ").filter(Boolean);
    }

    get icon() {
        const { mx, status } = this.state.seen;
        return ICONS[status === "ok" && mx === false ? "missing" : status];
    }

    /** The A-labels, where people write something else. */
    get asciiName() {
        const { name, ascii } = this.state.seen;
        return name === ascii ? "" : ascii;
    }

    onInput(ev) {
        const text = ev.target.value.trim();
        // What was said is about another text.
        this.state.seen = null;
        this.asked = "";
        this.state.isLooking = Boolean(text);
        this.lookLater(text);
    }

    /** Whoever leaves the field has ended typing. */
    onBlur(ev) {
        const text = ev.target.value.trim();
        if (text !== this.asked && this.state.isLooking) {
            this.lookLater.cancel();
            this.look(text);
        }
    }

    /** Say of the name what there is to say, before anything is done with it. */
    async sayNow() {
        this.lookLater.cancel();
        if (!this.asked && !this.state.seen) {
            this.look(this.value, true);
        }
        await this.looking;
        this.markInvalid(); // what was typed since then has taken the mark away
    }

    markInvalid() {
        if (this.state.seen?.status === "invalid") {
            this.props.record.setInvalidField(this.props.name);
        }
    }

    /**
     * @param {string} text
     * @param {boolean} [isNeeded] whether having no text is to be said, too
     */
    look(text, isNeeded = false) {
        this.asked = text;
        this.state.isLooking = Boolean(text);
        if (text || isNeeded) {
            this.looking = this.askFor(text);
        } else {
            this.state.seen = null;
        }
        return this.looking;
    }

    async askFor(text) {
        const question = this.orm.silent.call(
            this.props.record.resModel,
            "look_at_domain",
            [text]
        );
        // Without an answer the next step asks.
        const seen = await question.catch(() => null);
        if (text === this.asked) {
            this.state.seen = seen;
            this.state.isLooking = false;
            this.markInvalid();
        }
    }

    async useSuggestion() {
        const name = this.state.seen.suggestion;
        this.props.record.resetFieldValidity(this.props.name);
        await this.props.record.update({ [this.props.name]: name });
        this.input.el?.focus();
        await this.look(name);
    }
}

export const domainNameField = {
    component: DomainNameField,
    displayName: _t("Email Domain"),
    supportedTypes: ["char"],
    extractProps: ({ options, placeholder }) => ({
        placeholder,
        knownField: options.known_field,
    }),
    fieldDependencies: ({ options }) =>
        options.known_field ? [{ name: options.known_field, type: "char" }] : [],
};

registry.category("fields").add("mail_domain_name", domainNameField);
