/** From the SVG text to elements. The text is our server's own, already escaped; this is the second lock on the same door. */

const DRAWN = new Set(
  ("svg g path rect circle ellipse line polyline polygon text tspan title desc defs style clipPath pattern " +
    "linearGradient radialGradient stop").split(" "),
);

/** The parsed drawing, or an Error that says what is not a drawing about it. */
function parseDrawing(text) {
  const parsed = new DOMParser().parseFromString(text, "image/svg+xml");
  const svg = parsed.documentElement;
  if (parsed.querySelector("parsererror")) throw new Error("not well-formed SVG");
  for (const element of [svg, ...svg.querySelectorAll("*")]) refuseIfActive(element);
  return document.adoptNode(svg);
}

function refuseIfActive(element) {
  if (element.namespaceURI !== SVG_NAMESPACE || !DRAWN.has(element.localName)) {
    throw new Error(`<${element.localName}> in a drawing`);
  }
  for (const { name, value } of element.attributes) {
    const reference = /(^|:)(href|src)$/i.test(name) && !value.startsWith("#");
    if (/^on/i.test(name) || reference || reachesOut(value)) throw new Error(`attribute ${name} in a drawing`);
  }
  if (element.localName === "style" && reachesOut(element.textContent)) throw new Error("a style that loads something");
}

/** Whether a style or attribute would make the browser fetch something. */
function reachesOut(text) {
  return /@import|javascript:|url\(\s*(?!["']?#)/i.test(text);
}

/** A frame around an item, inside its own group so that it shares every transformation. */
function frameAround(item, kind) {
  item.querySelector(`:scope > .rv-frame-${kind}`)?.remove();
  const { x, y, width, height } = item.getBBox();
  const gap = 3;
  const frame = draw("rect", {
    class: `rv-frame rv-frame-${kind}`,
    x: x - gap,
    y: y - gap,
    width: width + 2 * gap,
    height: height + 2 * gap,
    rx: 5,
  });
  item.append(frame);
  return frame;
}

const DIRECTIONS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

/** The item that a reader would call "the next one over there": near along the way, and little off it. */
function nearestTowards(items, from, [dx, dy]) {
  const origin = middleOf(from);
  let best = null;
  let least = Infinity;
  for (const item of items) {
    const { x, y } = middleOf(item);
    const along = (x - origin.x) * dx + (y - origin.y) * dy;
    const aside = Math.abs((x - origin.x) * dy) + Math.abs((y - origin.y) * dx);
    if (along > 1 && along + 2.5 * aside < least) {
      least = along + 2.5 * aside;
      best = item;
    }
  }
  return best;
}

function middleOf(item) {
  const box = item.getBoundingClientRect();
  return { x: (box.left + box.right) / 2, y: (box.top + box.bottom) / 2 };
}
