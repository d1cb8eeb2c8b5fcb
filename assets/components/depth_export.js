/** The chart as files: a picture that stands alone, and the numbers. */

const PAINT = [
  "fill",
  "fill-opacity",
  "stroke",
  "stroke-width",
  "stroke-dasharray",
  "stroke-linejoin",
  "font-family",
  "font-size",
  "font-weight",
  "text-anchor",
  "paint-order",
];

/** The chart as an SVG file, in the light theme for print; styles become attributes, since files have no stylesheet of ours. */
function standaloneSvg(svg, root, description) {
  const { theme } = root.dataset;
  root.dataset.theme = "light"; // back before the browser paints
  const copy = svg.cloneNode(true);
  const originals = svg.querySelectorAll("*");
  copy.querySelectorAll("*").forEach((element, index) => copyPaint(originals[index], element));
  const background = getComputedStyle(root).getPropertyValue("--rv-background").trim();
  root.dataset.theme = theme;
  copy.querySelector(".rv-cross")?.remove();
  for (const name of ["class", "tabindex", "role", "style"]) copy.removeAttribute(name);
  copy.prepend(draw("desc", {}, description), draw("rect", { width: "100%", height: "100%", fill: background }));
  return new XMLSerializer().serializeToString(copy);
}

function copyPaint(from, to) {
  const style = getComputedStyle(from);
  for (const name of PAINT) to.setAttribute(name, style.getPropertyValue(name));
  to.removeAttribute("class");
  to.removeAttribute("style");
}

/** A row for every block; what has no value but a mark is written as 0, inf or nan. */
function csv({ x, series, labels }) {
  const columns = series.flatMap(({ label, values, low, high, marks }) => {
    const words = new Map(marks.map(({ index, kind }) => [index, { underflow: 0, overflow: "inf", nan: "nan" }[kind]]));
    const own = [label, values.map((value, index) => value ?? words.get(index) ?? "")];
    const bounds = low && high ? [[`${label} ${labels.low}`, low], [`${label} ${labels.high}`, high]] : [];
    return [own, ...bounds];
  });
  const head = [labels.block, ...columns.map(([name]) => name)];
  const rows = x.names.map((name, index) => [name, ...columns.map(([, values]) => values[index] ?? "")]);
  return [head, ...rows].map((row) => row.map(csvCell).join(",")).join("\r\n") + "\r\n";
}

/** Quoted where needed; a text that a spreadsheet would run as a formula is kept a text. */
function csvCell(value) {
  const text = typeof value === "string" && /^[=+@]/.test(value) ? `'${value}` : String(value);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

function download(text, type, name) {
  const link = make("a", { href: URL.createObjectURL(new Blob([text], { type })), download: name });
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 1000);
}
