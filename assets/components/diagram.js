/**
 * The drawing of a network: pan, zoom, hover, press, and the keyboard. Python sends one SVG string; its groups say what they
 * are (`data-id`), what pressing does (`data-action`: "select" or "toggle") and what to tell about them (`data-tip`, its
 * first line being their name).
 */
class Diagram {
  constructor(place) {
    this.outbox = new Outbox();
    this.text = null; // of the drawing shown
    this.view = null; // a name; another one means another picture, which is fitted anew
    this.here = null; // id of the item that Tab comes back to
    this.hovered = null;
    this.build(place);
    this.panZoom = new PanZoom(this.viewport, () => this.hintOnce());
    this.listen();
  }

  build(place) {
    this.viewport = make("div", { class: "rv-viewport" });
    this.buttons = Object.entries({ in: "+", out: "−", fit: "⤢" }).map(([how, sign]) =>
      make("button", { type: "button", tabindex: "-1", "data-zoom": how }, sign),
    );
    this.hint = make("div", { class: "rv-hint", "aria-hidden": "true" });
    this.live = liveRegion();
    this.caption = make("div", { class: "rv-caption" });
    // Below the drawing, not on it: there it would lie over the last blocks.
    const foot = make("div", { class: "rv-foot" }, this.caption, ...this.buttons);
    this.root = make("div", { class: "rv rv-diagram" }, this.viewport, foot, this.hint, this.live);
    this.tip = new Tip(this.root);
    place.append(this.root);
  }

  listen() {
    const on = (type, handler) => this.viewport.addEventListener(type, handler.bind(this));
    on("pointerdown", this.aim);
    on("pointerup", this.hit);
    on("click", this.click);
    on("dblclick", this.doubleClick);
    on("keydown", this.key);
    on("pointermove", this.point);
    on("pointerleave", () => this.hover(null));
    on("focusin", this.focus);
    on("focusout", this.blur);
    for (const button of this.buttons) button.addEventListener("click", () => this.zoom(button.dataset.zoom));
    this.onHover = (event) => this.highlight(event.detail.id);
    document.addEventListener(HOVER, this.onHover);
  }

  destroy() {
    document.removeEventListener(HOVER, this.onHover);
    this.panZoom.destroy();
  }

  /** What Python says now; the drawing is only touched where something changed. */
  update({ data, setTriggerValue }) {
    this.outbox.send = setTriggerValue;
    this.outbox.acknowledge(data.ack);
    this.labels = data.labels;
    this.buttons.forEach((button) => {
      const name = data.labels[`zoom_${button.dataset.zoom}`];
      button.title = name;
      button.setAttribute("aria-label", name);
    });
    this.hint.textContent = data.labels.hint;
    this.caption.textContent = data.caption ?? "";
    if (this.text !== data.svg || this.view !== data.view || this.height !== data.height) this.replaceDrawing(data);
    this.markWaiting();
    this.select(data.selected);
  }

  replaceDrawing(data) {
    const refit = this.view !== data.view;
    const focused = this.itemOf(this.root.getRootNode().activeElement)?.dataset.id;
    if (this.text !== data.svg) this.insert(data.svg);
    [this.text, this.view, this.height] = [data.svg, data.view, data.height];
    if (!this.svg) return;
    this.panZoom.show(this.svg, { refit, height: data.height });
    if (focused) this.items.find((item) => item.dataset.id === focused)?.focus({ preventScroll: true });
  }

  insert(text) {
    this.svg?.remove();
    this.svg = null;
    this.items = [];
    try {
      this.svg = parseDrawing(text);
      this.live.textContent = "";
    } catch (error) {
      console.error("ResNet Viz:", error.message);
      this.live.textContent = this.labels.refused;
    }
    this.root.classList.toggle("rv-refused", !this.svg);
    if (!this.svg) return;
    prepareForPage(this.svg);
    this.viewport.append(this.svg);
    this.items = this.collectItems();
    this.settleTabStop();
    this.highlight(this.hovered);
  }

  /** Pressable groups, one for every id, as buttons named by the first line of what there is to tell about them. */
  collectItems() {
    const byId = new Map();
    for (const item of this.svg.querySelectorAll("[data-action]")) {
      const { id, tip = "" } = item.dataset;
      filled(item, { role: "button", "aria-label": tip.split("\n", 1)[0] || id, tabindex: "-1" }, []);
      if (byId.has(id)) item.setAttribute("aria-hidden", "true");
      else byId.set(id, item);
    }
    return [...byId.values()];
  }

  /** Tab stops once: at the item where the reader was, else the first, else the drawing itself. */
  settleTabStop(item = this.items.find(({ dataset }) => dataset.id === this.here) ?? this.items[0]) {
    this.items.find((other) => other.tabIndex === 0)?.setAttribute("tabindex", "-1");
    (item ?? this.svg).setAttribute("tabindex", "0");
    this.here = item?.dataset.id ?? null;
  }

  itemOf(target) {
    return target?.closest?.("[data-action]") ?? null;
  }

  /**
   * What the reader sees under the pointer. The wide invisible strokes that make arcs easy to press also lie over the
   * blocks of a dense drawing; there the block that is seen is meant (not the unseen area around the parts of one).
   */
  paintedAt(event) {
    if (!event.target.matches(".hit")) return event.target;
    const here = this.root.getRootNode().elementsFromPoint(event.clientX, event.clientY);
    return here.find((element) => !element.matches(".hit, .b-area") && this.itemOf(element)) ?? event.target;
  }

  /**
   * A press is pointerdown and pointerup on one id, not the browser's click: that one is lost when the answer to an
   * earlier press replaces the drawing in between, as it does for somebody who presses quickly.
   */
  aim(event) {
    this.aimed = event.button === 0 ? this.itemOf(this.paintedAt(event))?.dataset.id : null;
  }

  hit(event) {
    const item = this.itemOf(this.paintedAt(event));
    if (item && item.dataset.id === this.aimed && !this.panZoom.dragged) this.press(item);
    this.aimed = null;
  }

  /** Only what the keyboard or a screen reader makes of Enter: it has no detail. */
  click(event) {
    const item = event.detail === 0 ? this.itemOf(event.target) : null;
    if (item) this.press(item);
  }

  doubleClick(event) {
    if (!this.itemOf(this.paintedAt(event))) this.panZoom.fit();
  }

  /** Tell Python, and show at once what will come of it. */
  press(item) {
    const { id, action } = item.dataset;
    this.settleTabStop(this.items.find((other) => other.dataset.id === id));
    this.outbox.post(action, id);
    if (action === "select") this.select(id);
    this.markWaiting();
  }

  markWaiting() {
    const waiting = this.outbox.toggled();
    for (const item of this.svg?.querySelectorAll('[data-action="toggle"]') ?? []) {
      item.classList.toggle("rv-waiting", waiting.has(item.dataset.id));
    }
  }

  select(id) {
    this.svg?.querySelector(".rv-frame-selected")?.remove();
    const item = id && this.svg?.querySelector(`[data-id="${CSS.escape(id)}"]`);
    if (item) frameAround(item, "selected");
  }

  point(event) {
    const item = this.viewport.classList.contains("rv-dragging") ? null : this.paintedAt(event).closest("[data-id]");
    this.hover(item?.dataset.id ?? null);
    if (item?.dataset.tip) {
      const box = this.root.getBoundingClientRect();
      this.tip.showLines(event.clientX - box.left, event.clientY - box.top, item.dataset.tip);
    } else this.tip.hide();
  }

  hover(id) {
    if (id === null) this.tip.hide();
    if (id === this.hovered) return;
    this.hovered = id;
    announceHover(id);
  }

  /** Called for our own hovering too, by the same event. */
  highlight(id) {
    if (!this.svg) return;
    for (const item of this.svg.querySelectorAll(".rv-hot")) item.classList.remove("rv-hot");
    for (const item of this.showing(id)) item.classList.add("rv-hot");
  }

  /** The groups that show an id: its own, else the block or unit around it. */
  showing(id) {
    if (!id) return [];
    const names = namesAround(id).flatMap((name) => [`block:${name}`, `unit:${name}`]);
    for (const candidate of [id, ...names]) {
      const found = this.svg.querySelectorAll(`[data-id="${CSS.escape(candidate)}"]`);
      if (found.length) return found;
    }
    return [];
  }

  focus(event) {
    const item = this.itemOf(event.target);
    if (!item || !item.matches(":focus-visible")) return;
    this.settleTabStop(item);
    this.panZoom.reveal(item.getBoundingClientRect());
    frameAround(item, "focus");
    this.hover(item.dataset.id);
    const [, ...more] = (item.dataset.tip ?? "").split("\n"); // its first line is the item's name, which is read anyway
    this.live.textContent = more.join(". ");
    const box = item.getBoundingClientRect();
    const root = this.root.getBoundingClientRect();
    if (item.dataset.tip) this.tip.showLines((box.left + box.right) / 2 - root.left, box.bottom - root.top, item.dataset.tip);
  }

  blur() {
    this.svg?.querySelector(".rv-frame-focus")?.remove();
    this.hover(null);
  }

  key(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const handled = this.keyOnItem(event.key, this.itemOf(event.target)) || this.keyOnDrawing(event.key);
    if (handled) event.preventDefault();
  }

  keyOnItem(key, item) {
    if (!item) return false;
    if (key === "Enter" || key === " ") this.press(item);
    else if (DIRECTIONS[key]) nearestTowards(this.items, item, DIRECTIONS[key])?.focus();
    else if (key === "Home") this.items[0].focus();
    else if (key === "End") this.items.at(-1).focus();
    else return false;
    return true;
  }

  keyOnDrawing(key) {
    if (key === "+" || key === "=") this.zoom("in");
    else if (key === "-") this.zoom("out");
    else if (key === "0") this.zoom("fit");
    else if (key === "Escape") this.tip.hide();
    else return false;
    return true;
  }

  zoom(how) {
    if (how === "fit") this.panZoom.fit();
    else this.panZoom.zoomBy(how === "in" ? 1.33 : 0.75);
    this.tip.hide();
  }

  /** The wheel scrolled the page although the pointer was on the drawing: say once how to zoom. */
  hintOnce() {
    if (Diagram.hinted) return;
    Diagram.hinted = true;
    this.hint.classList.add("rv-shown");
    setTimeout(() => this.hint.classList.remove("rv-shown"), 2500);
  }
}

/** The page sizes the drawing and names it; a tooltip of the browser over every spot of it would be in the way. */
function prepareForPage(svg) {
  svg.removeAttribute("width");
  svg.removeAttribute("height");
  const title = svg.querySelector(":scope > title");
  if (title && !svg.hasAttribute("aria-label")) svg.setAttribute("aria-label", title.textContent);
  title?.remove();
  svg.setAttribute("role", "group"); // as an image its parts could not be reached
}

export default (component) => mountOnce(component, Diagram);
