/**
 * What the page's components share. The Python side joins these files into one module (a component has a single source),
 * so nothing is imported and only the last file exports.
 */

const SVG_NAMESPACE = "http://www.w3.org/2000/svg";

/** Components that show the same network speak by this event on the document; its detail is `{id}`, null when nothing is hovered. */
const HOVER = "resnet-viz:hover";

/** An element with attributes and children; strings become text nodes, so no text is ever read as markup. */
function make(tag, attributes = {}, ...children) {
  return filled(document.createElement(tag), attributes, children);
}

/** The same for SVG. */
function draw(tag, attributes = {}, ...children) {
  return filled(document.createElementNS(SVG_NAMESPACE, tag), attributes, children);
}

function filled(element, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (value !== null && value !== undefined) element.setAttribute(name, value);
  }
  element.append(...children);
  return element;
}

function clamp(value, low, high) {
  return Math.max(low, Math.min(high, value));
}

/** Pixels of one rem: 16 usually, 20 in presentation mode. Everything we size follows it. */
function rem() {
  return parseFloat(getComputedStyle(document.documentElement).fontSize) || 16;
}

const instances = new WeakMap();

/**
 * The one object behind a mounted component: Streamlit calls the module's function again on every rerun and theme change.
 *
 * The returned clean-up may also be called while the component stays (two answers in quick succession), hence the look
 * whether it really left the page.
 */
function mountOnce(component, Type) {
  const place = component.parentElement;
  let instance = instances.get(place);
  if (!instance || !place.contains(instance.root)) {
    instance?.destroy();
    instance = new Type(place);
    instances.set(place, instance);
  }
  followTheme(instance.root);
  instance.update(component);
  return () => setTimeout(() => {
    if (!instance.root.isConnected) instance.destroy();
  });
}

/** Light or dark by the page's background; the probe turns any way of writing a colour into rgb(). */
function followTheme(root) {
  const probe = root.querySelector(".rv-live");
  const [r, g, b] = getComputedStyle(probe).backgroundColor.match(/[\d.]+/g).map(Number);
  root.dataset.theme = 0.299 * r + 0.587 * g + 0.114 * b < 128 ? "dark" : "light";
}

function announceHover(id) {
  document.dispatchEvent(new CustomEvent(HOVER, { detail: { id } }));
}

/** "sum:layer1.0:2" → "layer1.0:2", "layer1.0", "layer1": the name in an id and the modules around it, nearest first. */
function namesAround(id) {
  const names = [];
  let name = id.slice(id.indexOf(":") + 1);
  while (name) {
    names.push(name);
    name = name.slice(0, Math.max(name.lastIndexOf("."), name.lastIndexOf(":"), 0));
  }
  return names;
}

/** A text region that screen readers speak when it changes. */
function liveRegion() {
  return make("div", { class: "rv-live rv-unseen", "aria-live": "polite" });
}

/** The box beside the pointer. It never leaves the component's sides and turns upward where there is no room below. */
class Tip {
  constructor(root) {
    this.root = root;
    this.box = make("div", { class: "rv-tip", "aria-hidden": "true" });
    root.append(this.box);
  }

  show(x, y, ...content) {
    this.box.replaceChildren(...content);
    this.box.classList.add("rv-shown");
    this.place(x, y);
  }

  /** Lines of text, the first one strong. */
  showLines(x, y, text) {
    const [first, ...others] = text.split("\n");
    this.show(x, y, make("strong", {}, first), ...others.map((line) => make("div", {}, line)));
  }

  place(x, y) {
    const { clientWidth, clientHeight } = this.root;
    const { offsetWidth: width, offsetHeight: height } = this.box;
    const right = x + 14;
    const left = right + width > clientWidth ? Math.max(x - 14 - width, 4) : right;
    const below = y + 16;
    const top = below + height > clientHeight ? Math.max(y - 12 - height, 4) : below;
    this.box.style.transform = `translate(${Math.round(left)}px, ${Math.round(top)}px)`;
  }

  hide() {
    this.box.classList.remove("rv-shown");
  }
}

/**
 * What the reader did, on its way to Python. Streamlit may fold two quick messages into the later one, so each message
 * carries everything that Python has not yet acknowledged; numbers tell Python what it has seen.
 */
class Outbox {
  constructor() {
    this.mount = Math.random().toString(36).slice(2);
    this.count = 0;
    this.waiting = [];
    this.send = () => {};
  }

  post(action, id) {
    this.count += 1;
    this.waiting.push({ number: this.count, action, id });
    this.send("events", { mount: this.mount, events: this.waiting });
  }

  acknowledge(ack) {
    if (ack?.mount === this.mount) this.waiting = this.waiting.filter(({ number }) => number > ack.number);
  }

  /** Ids of toggles whose answer has not come: an even number of presses cancels out. */
  toggled() {
    const ids = new Set();
    for (const { action, id } of this.waiting) {
      if (action === "toggle" && !ids.delete(id)) ids.add(id);
    }
    return ids;
  }
}
