const FAINT = "<p style='color: #ccc; background: #fff'>Faint</p>";
const CASES = [
    ["<p>Black on white</p><button>Copy</button>", []],
    ["<img src='/x.png'>", ["1 finding", "image-alt (critical)"]],
    ["<button><i class='fa'></i></button>", ["button-name (critical)", "<button>"]],
    [FAINT, ["color-contrast (serious)", "contrast of 1.6"]],
    [`${FAINT}<input>`, ["2 findings", "color-contrast", "label (critical)"]],
];

async function getMessage(assertAccessible, content) {
    document.body.innerHTML = content;
    return assertAccessible(".page").then(() => "", (error) => error.message);
}

/**
 * Prove that pages which some people can't use do fail, and others don't.
 *
 * @param {Function} assertAccessible of axe.js: both are modules of the browser's own
 *   here, not of a bundle, so neither can import the other
 */
export async function checkAxe(assertAccessible) {
    for (const [content, wanted] of CASES) {
        const message = await getMessage(
            assertAccessible,
            `<main class="page">${content}</main>`
        );
        const isRight = wanted.length
            ? wanted.every((text) => message.includes(text))
            : !message;
        if (!isRight) {
            throw new Error(`of ${content} it says: ${message}`);
        }
    }
    const message = await getMessage(assertAccessible, "");
    if (!message.includes("There is no .page")) {
        throw new Error(`of nothing it says: ${message}`);
    }
}
