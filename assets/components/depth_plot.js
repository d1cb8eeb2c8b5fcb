/** The chart's picture from its data and its size: layout first, then the layers from back to front. */

const ROLES = { resid: "residual", operated: "shortcut" };
const DASHES = { operated: "10 5" };
const SIGNS = { underflow: "M-4.5 -4H4.5L0 4Z", overflow: "M-4.5 4H4.5L0 -4Z", nan: "M-3.5 -3.5L3.5 3.5M3.5 -3.5L-3.5 3.5" };

function colourOf({ role }) {
  return `var(--rv-${ROLES[role] ?? role})`;
}

function dashOf({ role, dash }) {
  return dash ?? DASHES[role] ?? null;
}

/** Where everything is, px. Stages that need more rows for their names than thought get them in a second try. */
function layOut(data, width, height, family, stageRows = 1) {
  const unit = rem();
  const fonts = { small: `400 ${0.8 * unit}px ${family}`, label: `600 ${0.875 * unit}px ${family}` };
  const line = 1.15 * unit;
  const labels = data.series.map(({ label }) => wrapped(label, fonts.label, width * 0.28));
  const labelWidth = Math.max(0, ...labels.flat().map((text) => textWidth(text, fonts.label)));
  const title = wrapped(data.y_label, fonts.label, width - 6 * unit); // beside it stand the buttons
  const frame = { top: 0.85 * unit + title.length * line, right: width - labelWidth - 2.7 * unit, bottom: height - (1.6 + 1.15 * stageRows) * unit };
  const layout = { width, height, unit, line, fonts, title, labels, frame };
  placeAcross(data, layout);
  placeUpward(data, layout);
  placeStages(data, layout);
  return layout.stageRows > stageRows ? layOut(data, width, height, family, layout.stageRows) : layout;
}

/** Blocks along the axis. The left margin is that of the widest number the axis may show, so that it does not jump. */
function placeAcross(data, layout) {
  const { frame, unit, fonts } = layout;
  const probe = makeScale(drawnNumbers(data), { log: data.log, bottom: 1, top: 0 });
  frame.left = Math.max(...probe.ticks.map(({ text }) => textWidth(text, fonts.small)), 1.5 * unit) + 0.7 * unit;
  layout.step = (frame.right - frame.left) / Math.max(1, data.x.names.length);
  layout.x = (index) => frame.left + (index + 0.5) * layout.step;
}

/** Values up the other axis, between the rows of signs for what has no place on it. */
function placeUpward(data, layout) {
  const { frame, line } = layout;
  layout.below = markRows(data, ({ kind }) => kind === "underflow", layout);
  layout.above = markRows(data, ({ kind }) => kind !== "underflow", layout);
  const bottom = frame.bottom - (layout.below.count + (layout.below.count ? 0.2 : 0)) * line;
  const top = frame.top + layout.above.count * line;
  const scale = makeScale(drawnNumbers(data), { log: data.log, bottom, top });
  [layout.y, layout.ticks] = [scale.toPixel, scale.ticks];
}

function drawnNumbers(data) {
  const numbers = data.series.flatMap(({ values, low, high }) => [...values, ...(low ?? []), ...(high ?? [])]);
  return numbers.filter((value) => value !== null);
}

/** The signs of every series and kind, and their words, each in the first row where nothing of it would touch what is there. */
function markRows(data, wanted, layout) {
  const rows = [];
  const groups = data.series.flatMap((series) =>
    Object.keys(SIGNS).map((kind) => signGroup(series, kind, series.marks.filter((m) => m.kind === kind && wanted(m)), layout)),
  );
  const placed = groups.filter(({ marks }) => marks.length);
  for (const group of placed) {
    const { extents, word } = group;
    group.row = firstFree(rows, word.beside ? [...extents, word.extent] : extents);
    word.row = word.beside ? group.row : firstFree(rows, [word.extent]);
  }
  return { groups: placed, count: rows.length };
}

/** Number of the first row in which these stretches touch none, a new one if need be; they are taken from now on. */
function firstFree(rows, extents) {
  const free = (row) => !row.some(([from, to]) => extents.some(([left, right]) => left < to && from < right));
  const found = rows.findIndex(free);
  const number = found < 0 ? rows.push([]) - 1 : found;
  rows[number].push(...extents);
  return number;
}

/** Signs of one kind with the stretches they cover, and where their word stands. */
function signGroup(series, kind, marks, { x, frame, unit, fonts }) {
  const present = marks.map(({ index }) => index);
  const consecutive = runs(Array.from({ length: (present.at(-1) ?? -1) + 1 }, (_, i) => (present.includes(i) ? i : null)));
  const extents = consecutive.map((run) => [x(run[0]) - 0.5 * unit, x(run.at(-1)) + 0.5 * unit]);
  if (!extents.length) return { marks };
  const width = textWidth(marks[0].text, fonts.small) + 0.25 * unit;
  return { series, kind, marks, extents, word: wordPlace(extents, width, frame) };
}

/** Right or left of signs, where there is room between them and in the plot; else over the first ones, in a row of its own. */
function wordPlace(extents, width, frame) {
  const inside = ([left, right]) => left >= frame.left && right <= frame.right;
  const clear = ([left, right]) => extents.every(([from, to]) => right <= from || to <= left);
  const sides = extents.flatMap(([left, right]) => [[right, right + width], [left - width, left]]);
  const beside = sides.find((side) => inside(side) && clear(side));
  const left = clamp(extents[0][0], frame.left, Math.max(frame.left, frame.right - width));
  return { beside: Boolean(beside), extent: beside ?? [left, left + width] };
}

/** Names of stages under their bands, in as many rows as they need. */
function placeStages(data, layout) {
  const { frame, step, width, unit, line, fonts } = layout;
  const stages = data.x.stages.map(({ name, start, end }) => {
    const [left, right] = [frame.left + start * step, frame.left + end * step];
    return { name, left, right, centre: (left + right) / 2, width: textWidth(name, fonts.small) };
  });
  const rows = rowsFor(stages, 0.5 * unit, 0, width);
  layout.stages = stages.map((stage, index) => ({ ...stage, x: rows[index].middle, y: frame.bottom + (rows[index].row + 0.95) * line }));
  layout.stageRows = Math.max(1, ...rows.map(({ row }) => row + 1));
}

function plotLayers(data, layout) {
  return [
    stageLayer(layout),
    axisLayer(data, layout),
    draw("g", {}, ...data.series.map((series) => bandOf(series, layout))),
    draw("g", {}, ...data.series.map((series) => lineOf(series, layout))),
    markLayer(layout),
    labelLayer(data, layout),
  ];
}

function stageLayer({ stages, frame }) {
  const { top, bottom } = frame;
  const band = ({ left, right }, index) =>
    draw("rect", { class: index % 2 ? "rv-clear" : "rv-stage", x: left, y: top, width: right - left, height: bottom - top });
  const name = (stage) => draw("text", { class: "rv-small rv-middle", x: stage.x, y: stage.y }, stage.name);
  const tick = (x) => draw("path", { class: "rv-axis", d: `M${x} ${bottom}v5` });
  const limits = stages.length ? [...stages.map(({ left }) => left), stages.at(-1).right] : [];
  return draw("g", {}, ...stages.map(band), ...limits.map(tick), ...stages.map(name));
}

function axisLayer(data, { ticks, frame, unit, line, height, title }) {
  const { left, right, bottom } = frame;
  const grid = ticks.map(({ y }) => draw("path", { class: "rv-grid", d: `M${left} ${y}H${right}` }));
  const numbers = ticks.map(({ y, text }) =>
    draw("text", { class: "rv-small rv-end", x: left - 0.4 * unit, y: y + 0.28 * unit }, text),
  );
  return draw(
    "g",
    {},
    ...grid,
    ...numbers,
    draw("path", { class: "rv-axis", d: `M${left} ${bottom}H${right}` }),
    draw("text", { class: "rv-title" }, ...lineSpans(title, 0, 1.1 * unit, line)),
    draw("text", { class: "rv-small rv-middle", x: (left + right) / 2, y: height - 0.35 * unit }, `${data.labels.depth} →`),
  );
}

/** Runs of indices without a gap. */
function runs(values) {
  const found = [];
  values.forEach((value, index) => {
    if (value === null) return;
    if (index && values[index - 1] !== null && found.length) found.at(-1).push(index);
    else found.push([index]);
  });
  return found;
}

function bandOf(series, { x, y }) {
  const { low, high } = series;
  const band = draw("g", { style: `color:${colourOf(series)}` });
  if (!low || !high) return band;
  const both = low.map((value, index) => (value === null || high[index] === null ? null : value));
  for (const run of runs(both)) {
    const there = run.map((index) => `${x(index)} ${y(high[index])}`);
    const back = run.toReversed().map((index) => `${x(index)} ${y(low[index])}`);
    band.append(draw("path", { class: "rv-band", d: `M${[...there, ...back].join("L")}Z` }));
  }
  return band;
}

function lineOf(series, { x, y, step, unit }) {
  const points = (run) => run.map((index) => `${x(index)} ${y(series.values[index])}`);
  const all = runs(series.values);
  const path = draw("path", {
    class: "rv-line",
    d: all.map((run) => `M${points(run).join("L")}`).join(""),
    "stroke-dasharray": dashOf(series),
  });
  // Single blocks can be told apart as long as there is room; a value between two gaps needs its dot.
  const dotted = step >= unit ? all.flat() : all.filter((run) => run.length === 1).flat();
  const dots = dotted.map((index) => draw("circle", { class: "rv-dot", cx: x(index), cy: y(series.values[index]), r: 2.2 }));
  return draw("g", { style: `color:${colourOf(series)}`, "data-series": series.id }, path, ...dots);
}

/** Signs for what could not be drawn, at the edge where it left the axis, with the word at the first. */
function markLayer({ below, above, frame, line, x, unit }) {
  const place = ({ series, kind, marks, row, word }, rowHeight) => {
    const y = rowHeight(row);
    const signs = marks.map(({ index }) => draw("path", { class: "rv-mark", d: SIGNS[kind], transform: `translate(${x(index)} ${y})` }));
    const text = draw("text", { class: "rv-word", x: word.extent[0], y: rowHeight(word.row) + 0.28 * unit }, marks[0].text);
    return draw("g", { style: `color:${colourOf(series)}`, "data-kind": kind }, ...signs, text);
  };
  return draw(
    "g",
    {},
    ...below.groups.map((group) => place(group, (row) => frame.bottom - (row + 0.5) * line)),
    ...above.groups.map((group) => place(group, (row) => frame.top + (row + 0.5) * line)),
  );
}

function lineSpans(lines, x, y, height) {
  return lines.map((text, row) => draw("tspan", { x, y: y + row * height }, text));
}

function meanHeight(values, y) {
  const drawn = values.filter((value) => value !== null).map(y);
  return drawn.reduce((sum, height) => sum + height, 0) / Math.max(1, drawn.length);
}

/** Names at the right ends of their lines, each behind a piece of its line, with a leader where they had to move. */
function labelLayer(data, layout) {
  const { frame, labels, line, height, x, y, unit } = layout;
  const ends = data.series.map(({ values }) => {
    const index = values.findLastIndex((value) => value !== null);
    return index < 0 ? { x: frame.right, y: frame.bottom - line / 2 } : { x: x(index), y: y(values[index]) };
  });
  const boxes = ends.map((end, index) => ({
    wanted: end.y,
    tie: meanHeight(data.series[index].values, y), // lines that end together are named in the order in which they came
    size: labels[index].length * line + 2,
  }));
  const centres = spread(boxes, frame.top - line / 2, height);
  return draw("g", {}, ...data.series.map((series, index) => {
    const left = frame.right + 2.4 * unit;
    const sample = left - 1.7 * unit;
    const first = centres[index] - ((labels[index].length - 1) * line) / 2 + 0.3 * unit;
    const leader = `M${ends[index].x + 4} ${ends[index].y}L${sample - 3} ${centres[index]}`;
    return draw(
      "g",
      { style: `color:${colourOf(series)}` },
      draw("path", { class: "rv-leader", d: leader }),
      draw("path", { class: "rv-sample", d: `M${sample} ${centres[index]}H${left - 5}`, "stroke-dasharray": dashOf(series) }),
      draw("text", { class: "rv-label" }, ...lineSpans(labels[index], left, first, line)),
    );
  }));
}
