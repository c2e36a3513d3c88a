const WARNING = {
    icon: "fa-exclamation-triangle text-warning",
    badge: "bg-warning-subtle text-warning-emphasis",
    alert: "alert-warning",
};
const UNKNOWN = {
    icon: "fa-question-circle",
    badge: "bg-secondary-subtle text-secondary-emphasis",
    alert: "alert-info",
};

// A form for each, since colours alone tell nothing to many.
const LOOKS = {
    pass: {
        icon: "fa-check-circle text-success",
        badge: "bg-success-subtle text-success-emphasis",
        alert: "alert-success",
    },
    info: { ...UNKNOWN, icon: "fa-info-circle" },
    pending: { icon: "fa-clock-o text-info", badge: "bg-info-subtle text-info-emphasis", alert: "alert-info" },
    warning: WARNING,
    temperror: { ...WARNING, icon: "fa-question-circle text-warning" },
    fail: {
        icon: "fa-times-circle text-danger",
        badge: "bg-danger-subtle text-danger-emphasis",
        alert: "alert-danger",
    },
};

/** Return how a level looks: its icon, the badge of an item, the alert around a page. */
export function getLook(level) {
    return LOOKS[level] ?? UNKNOWN;
}

/** Return how the sentence above a checklist looks: what is not proved is not green. */
export function getHeadlineLook({ level, proven }) {
    return level === "pass" && !proven ? UNKNOWN : getLook(level);
}
