/** A chart ordered by depth: values of several networks block by block, linked with the diagram by hovering. */
class DepthChart {
  constructor(place) {
    this.outbox = new Outbox();
    this.shown = ""; // the data drawn, as text
    this.index = null; // of the block under the crosshair
    this.pointer = null;
    this.build(place);
    this.listen();
    this.resizing = new ResizeObserver(() => this.resize());
    this.resizing.observe(this.root);
    document.fonts.ready.then(() => this.render()); // widths of words are those of the real font
  }

  build(place) {
    this.svg = draw("svg", { class: "rv-chart", tabindex: "0", role: "application" });
    this.files = ["svg", "csv"].map((kind) => make("button", { type: "button", "data-file": kind }, kind.toUpperCase()));
    this.caption = make("div", { class: "rv-caption" });
    this.table = make("table", { class: "rv-unseen" });
    this.live = liveRegion();
    const files = make("div", { class: "rv-files" }, ...this.files);
    this.root = make("div", { class: "rv rv-depth" }, this.svg, files, this.caption, this.table, this.live);
    this.tip = new Tip(this.root);
    place.append(this.root);
  }

  listen() {
    const on = (type, handler) => this.svg.addEventListener(type, handler.bind(this));
    on("pointermove", this.point);
    on("pointerdown", this.point);
    on("pointerleave", this.leave);
    on("click", (event) => this.choose(this.indexAt(event)));
    on("keydown", this.key);
    on("focus", this.focus);
    on("blur", this.leave);
    for (const button of this.files) button.addEventListener("click", () => this.save(button.dataset.file));
    this.onHover = (event) => this.showIndex(this.indexOf(event.detail.id));
    document.addEventListener(HOVER, this.onHover);
  }

  destroy() {
    document.removeEventListener(HOVER, this.onHover);
    this.resizing.disconnect();
  }

  update({ data, setTriggerValue }) {
    const { ack, ...drawn } = data;
    this.outbox.send = setTriggerValue;
    this.outbox.acknowledge(ack);
    const text = JSON.stringify(drawn);
    if (text === this.shown) return;
    [this.shown, this.data] = [text, drawn];
    this.places = new Map(drawn.x.names.map((name, index) => [name, index]));
    this.nameParts();
    this.fillTable();
    this.render();
  }

  nameParts() {
    const { y_label, labels, caption, selectable } = this.data;
    this.svg.setAttribute("aria-label", `${y_label}. ${labels.keys}`);
    this.svg.classList.toggle("rv-selectable", selectable);
    this.caption.textContent = caption ?? "";
    this.files.forEach((button) => {
      const name = labels[`download_${button.dataset.file}`];
      button.title = name;
      button.setAttribute("aria-label", name);
    });
  }

  resize() {
    if (this.root.clientWidth !== this.layout?.width || rem() !== this.layout.unit) this.render();
  }

  render() {
    const width = this.root.clientWidth;
    if (!this.data || !width) return;
    const height = Math.round(((this.data.height ?? 340) / 16) * rem());
    this.layout = layOut(this.data, width, height, getComputedStyle(this.root).fontFamily);
    filled(this.svg, { width, height, viewBox: `0 0 ${width} ${height}` }, []);
    this.cross = draw("g", { class: "rv-cross" });
    this.svg.replaceChildren(...plotLayers(this.data, this.layout), this.cross);
    this.showIndex(this.index !== null && this.index < this.data.x.names.length ? this.index : null);
  }

  /** The block an id belongs to; null for what is not on the axis. */
  indexOf(id) {
    if (!id || !this.places) return null;
    const name = namesAround(id).find((candidate) => this.places.has(candidate));
    return name === undefined ? null : this.places.get(name);
  }

  indexAt({ clientX }) {
    const { frame, step } = this.layout;
    const x = clientX - this.svg.getBoundingClientRect().left;
    return clamp(Math.floor((x - frame.left) / step), 0, this.data.x.names.length - 1);
  }

  point(event) {
    if (!this.data?.x.names.length) return;
    const box = this.root.getBoundingClientRect();
    this.pointer = { x: event.clientX - box.left, y: event.clientY - box.top };
    this.moveTo(this.indexAt(event));
    this.tip.place(this.pointer.x, this.pointer.y);
  }

  leave() {
    this.pointer = null;
    announceHover(null);
  }

  /** Everybody hears of it, we too: `showIndex` is called by the event. */
  moveTo(index) {
    if (index !== this.index) announceHover(`block:${this.data.x.names[index]}`);
  }

  showIndex(index) {
    this.index = index;
    if (!this.cross) return;
    this.cross.replaceChildren();
    if (index === null) {
      this.tip.hide();
      return;
    }
    const { frame, x, y } = this.layout;
    this.cross.append(draw("path", { class: "rv-crosshair", d: `M${x(index)} ${frame.top}V${frame.bottom}` }));
    for (const series of this.data.series) {
      const value = series.values[index];
      if (value === null) continue;
      this.cross.append(draw("circle", { cx: x(index), cy: y(value), r: 4, style: `fill:${colourOf(series)}` }));
    }
    const { x: left, y: top } = this.pointer ?? { x: x(index), y: frame.top };
    this.tip.show(left, top, ...this.tipContent(index));
  }

  tipContent(index) {
    const rows = this.data.series.map((series) => {
      const sample = draw("path", { class: "rv-sample", d: "M0 5H24", style: `color:${colourOf(series)}` });
      if (dashOf(series)) sample.setAttribute("stroke-dasharray", dashOf(series));
      const key = draw("svg", { width: 24, height: 10 }, sample);
      const [label, value] = [make("span", {}, series.label), make("span", { class: "rv-value" }, this.valueText(series, index))];
      return make("div", { class: "rv-row" }, key, label, value);
    });
    return [make("strong", {}, this.placeText(index)), ...rows];
  }

  /** The block's name, and its stage where the name does not begin with it. */
  placeText(index) {
    const { names, stages } = this.data.x;
    const stage = stages.find(({ start, end }) => index >= start && index < end);
    return stage && !names[index].startsWith(stage.name) ? `${names[index]} · ${stage.name}` : names[index];
  }

  valueText(series, index) {
    const value = series.values[index];
    if (value !== null) return formatNumber(value, !this.data.log);
    return series.marks.find((mark) => mark.index === index)?.text ?? this.data.labels.no_value;
  }

  focus() {
    if (this.svg.matches(":focus-visible")) this.readAt(this.index ?? 0);
  }

  key(event) {
    const target = event.ctrlKey || event.metaKey || event.altKey ? null : this.keyTarget(event.key);
    if (target === null) return;
    event.preventDefault();
    if (target === "choose") this.choose(this.index);
    else if (target === "leave") this.leave();
    else this.readAt(target);
  }

  /** Where a key leads: an index, or what it does. */
  keyTarget(key) {
    const last = this.data.x.names.length - 1;
    const here = this.index ?? 0;
    const starts = this.data.x.stages.map(({ start }) => start);
    const targets = {
      ArrowLeft: here - 1,
      ArrowRight: here + 1,
      Home: 0,
      End: last,
      PageUp: starts.findLast((start) => start < here) ?? 0,
      PageDown: starts.find((start) => start > here) ?? last,
    };
    if (key in targets) return clamp(targets[key], 0, last);
    return { Enter: "choose", " ": "choose", Escape: "leave" }[key] ?? null;
  }

  readAt(index) {
    this.pointer = null;
    this.moveTo(index);
    const values = this.data.series.map((series) => `${series.label} ${this.valueText(series, index)}`);
    this.live.textContent = `${this.placeText(index)}: ${values.join("; ")}`;
  }

  choose(index) {
    if (this.data.selectable && index !== null) this.outbox.post("select", `block:${this.data.x.names[index]}`);
  }

  /** The same numbers for screen readers. */
  fillTable() {
    const { x, series, y_label, labels } = this.data;
    const cells = (tag, texts) => texts.map((text) => make(tag, { scope: tag === "th" ? "col" : null }, text));
    const head = make("tr", {}, ...cells("th", [labels.block, ...series.map(({ label }) => label)]));
    const rows = x.names.map((name, index) =>
      make("tr", {}, make("th", { scope: "row" }, name), ...cells("td", series.map((one) => this.valueText(one, index)))),
    );
    this.table.replaceChildren(make("caption", {}, y_label), make("thead", {}, head), make("tbody", {}, ...rows));
  }

  save(kind) {
    const name = `${this.data.file_name ?? "depth-chart"}.${kind}`;
    if (kind === "csv") download(csv(this.data), "text/csv;charset=utf-8", name);
    else download(standaloneSvg(this.svg, this.root, this.data.caption ?? ""), "image/svg+xml", name);
  }
}

export default (component) => mountOnce(component, DepthChart);
