const SIZE = 8; // pixels of a tile

const DRAW = {
    plain: () => {},
    dots: (context) => {
        context.beginPath();
        context.arc(SIZE / 2, SIZE / 2, 2, 0, 2 * Math.PI);
        context.fill();
    },
    lines: (context) => {
        context.beginPath();
        for (const shift of [-SIZE, 0, SIZE]) {
            context.moveTo(shift, SIZE);
            context.lineTo(shift + SIZE, 0);
        }
        context.stroke();
    },
    grid: (context) => {
        context.strokeRect(0, 0, SIZE, SIZE);
    },
};

/**
 * Make what fills the bars of a plot, so that colours are not all that tells them apart.
 *
 * @param {"plain"|"dots"|"lines"|"grid"} name
 * @param {string} color of the ground
 * @param {string} ink of what is drawn on it
 * @returns {CanvasPattern|string}
 */
export function makePattern(name, color, ink) {
    const tile = document.createElement("canvas");
    tile.width = tile.height = SIZE;
    const context = tile.getContext("2d");
    context.fillStyle = color;
    context.fillRect(0, 0, SIZE, SIZE);
    context.fillStyle = context.strokeStyle = ink;
    context.lineWidth = 1.5;
    DRAW[name](context);
    return context.createPattern(tile, "repeat") ?? color;
}
