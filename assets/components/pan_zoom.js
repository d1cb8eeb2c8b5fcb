/**
 * Pan and zoom of one drawing by its viewBox: sharp at every size. A long drawing takes too much time to be painted anew in
 * every frame, so while the wheel turns or a finger drags, what was painted is moved by a CSS transform.
 */

const DRAG_AFTER = 4; // px; below it a press is a click
const MAX_HEIGHT = 35; // rem
const MIN_HEIGHT = 6;
const REST = 120; // ms after which the wheel is taken to stand still
const MAX_STRETCH = 2; // what was painted is enlarged or reduced so far, then it is painted anew
const MAX_ENLARGEMENT = 1.25; // a small drawing is not blown up to the width of the page

class PanZoom {
  /** `onIdleWheel` is called when the wheel was left to the page. */
  constructor(viewport, onIdleWheel) {
    this.viewport = viewport;
    this.onIdleWheel = onIdleWheel;
    this.svg = null;
    this.view = null; // {x, y, zoom}: the centre in the drawing's units; null while fitted
    this.painted = null; // {x, y, scale}: the centre and the scale of the viewBox
    this.pointers = new Map();
    this.dragged = false;
    this.awake = false; // pressed since the pointer came in: only then does the plain wheel zoom
    this.listen();
    this.resizing = new ResizeObserver(() => this.resize());
    this.resizing.observe(viewport);
  }

  destroy() {
    clearTimeout(this.resting);
    this.resizing.disconnect();
  }

  listen() {
    const on = (type, handler) => this.viewport.addEventListener(type, handler.bind(this), { passive: false });
    on("wheel", this.wheel);
    on("pointerdown", this.press);
    on("pointermove", this.move);
    on("pointerup", this.release);
    on("pointercancel", this.release);
    on("pointerleave", () => (this.awake = false));
  }

  /** Show a drawing, at the same place unless `refit`; `height` is what the caller asks for, if anything. */
  show(svg, { refit, height }) {
    svg.dataset.home ??= svg.getAttribute("viewBox"); // its own; later the attribute says what is in view
    const [left, top, wide, high] = svg.dataset.home.split(/[\s,]+/).map(Number);
    this.svg = svg;
    this.home = { x: left, y: top, width: wide, height: high };
    this.height = height;
    if (refit) this.view = null;
    this.width = null;
    this.resize();
  }

  resize() {
    const width = this.viewport.clientWidth;
    if (!this.svg || !width || (width === this.width && rem() === this.rem)) return;
    this.width = width;
    this.rem = rem();
    this.viewport.style.height = `${this.naturalHeight(width)}px`;
    this.apply();
  }

  naturalHeight(width) {
    if (this.height) return (this.height / 16) * this.rem;
    const scale = Math.min(width / this.home.width, (MAX_ENLARGEMENT * this.rem) / 16);
    return clamp(this.home.height * scale, MIN_HEIGHT * this.rem, MAX_HEIGHT * this.rem);
  }

  /** Pixels of one unit of the drawing when all of it is in view. */
  get fitScale() {
    const limit = ((this.height ? 2 : 1) * MAX_ENLARGEMENT * this.rem) / 16;
    const { clientWidth, clientHeight } = this.viewport;
    return Math.min(clientWidth / this.home.width, clientHeight / this.home.height, limit);
  }

  get maxZoom() {
    return Math.max(4, 6 / this.fitScale);
  }

  get centre() {
    const { x, y, width, height } = this.home;
    return this.view ?? { x: x + width / 2, y: y + height / 2, zoom: 1 };
  }

  get scale() {
    return this.fitScale * this.centre.zoom;
  }

  /** Paint what is in view, sharp. */
  apply() {
    clearTimeout(this.resting);
    const { x, y } = this.centre;
    const width = this.viewport.clientWidth / this.scale;
    const height = this.viewport.clientHeight / this.scale;
    this.svg.setAttribute("viewBox", `${x - width / 2} ${y - height / 2} ${width} ${height}`);
    this.svg.style.transform = "";
    this.painted = { x, y, scale: this.scale };
    this.viewport.classList.remove("rv-moving");
    this.leaveScrolling();
  }

  /** Show what is in view by moving what is painted, for as long as the gesture lasts. */
  glide() {
    const stretch = this.scale / this.painted.scale;
    if (stretch > MAX_STRETCH || stretch < 1 / MAX_STRETCH) this.apply();
    const { painted, scale, centre } = this;
    const shift = [painted.x - centre.x, painted.y - centre.y].map((distance) => `${distance * scale}px`);
    this.svg.style.transform = `translate(${shift.join()}) scale(${scale / painted.scale})`;
    this.viewport.classList.add("rv-moving");
    this.leaveScrolling();
    clearTimeout(this.resting);
    this.resting = setTimeout(() => this.apply(), REST);
  }

  /** One finger scrolls the page until the reader has zoomed in. */
  leaveScrolling() {
    this.viewport.style.touchAction = this.view ? "none" : "pan-x pan-y";
  }

  /** Move the centre, not yet what is shown; it stays inside the drawing, so the drawing cannot be lost. */
  aim(x, y, zoom) {
    const { home } = this;
    this.view = {
      x: clamp(x, home.x, home.x + home.width),
      y: clamp(y, home.y, home.y + home.height),
      zoom,
    };
  }

  fit() {
    this.view = null;
    if (this.svg) this.apply();
  }

  /** Offset of a point of the page from the middle of the viewport, px. */
  offset({ clientX, clientY }) {
    const box = this.viewport.getBoundingClientRect();
    return { x: clientX - box.left - box.width / 2, y: clientY - box.top - box.height / 2 };
  }

  /** Zoom about the middle. */
  zoomBy(factor) {
    if (this.svg && this.aimAbout({ x: 0, y: 0 }, factor)) this.apply();
  }

  /** Change the zoom so that a point (px from the middle) stays where it is; true if there was anything left to zoom. */
  aimAbout(at, factor) {
    const { x, y, zoom } = this.centre;
    const next = clamp(zoom * factor, 1, this.maxZoom);
    if (next === zoom) return false;
    const shift = 1 / this.scale - 1 / (this.fitScale * next);
    if (next === 1) this.view = null;
    else this.aim(x + at.x * shift, y + at.y * shift, next);
    return true;
  }

  wheel(event) {
    if (!this.svg) return;
    const held = event.ctrlKey || event.metaKey; // a pinch on a touchpad also arrives with ctrl
    if (!held && !this.awake) {
      this.onIdleWheel();
      return;
    }
    const delta = event.deltaY * (event.deltaMode === 1 ? 16 : 1);
    const factor = held ? Math.exp(-clamp(delta, -25, 25) * 0.01) : Math.exp(-delta * 0.0015);
    const zoomed = this.aimAbout(this.offset(event), factor);
    if (zoomed) this.glide();
    if (zoomed || held) event.preventDefault(); // at the end of the range the plain wheel belongs to the page again
  }

  press(event) {
    if (event.button !== 0 || !this.svg) return;
    this.awake = true;
    this.pointers.set(event.pointerId, event);
    this.dragged = this.pointers.size > 1;
    this.startGesture();
  }

  /** Remember where the fingers and the drawing were. */
  startGesture() {
    this.start = { ...this.centre, scale: this.scale, ...this.fingers() };
  }

  /** Middle of the pressed pointers and their distance (0 for one). */
  fingers() {
    const [a, b = a] = [...this.pointers.values()].map((event) => this.offset(event));
    return { middle: { x: (a.x + b.x) / 2, y: (a.y + b.y) / 2 }, spread: Math.hypot(a.x - b.x, a.y - b.y) };
  }

  move(event) {
    if (!this.pointers.has(event.pointerId)) return;
    this.pointers.set(event.pointerId, event);
    const scrolling = event.pointerType === "touch" && this.pointers.size === 1 && !this.view;
    if (scrolling) return;
    const { middle, spread } = this.fingers();
    const moved = Math.hypot(middle.x - this.start.middle.x, middle.y - this.start.middle.y);
    if (!this.dragged && moved <= DRAG_AFTER) return;
    if (!this.dragged) this.beginDrag(event.pointerId);
    const zoom = spread && this.start.spread ? this.start.zoom * (spread / this.start.spread) : this.start.zoom;
    const next = clamp(zoom, 1, this.maxZoom);
    const scale = this.fitScale * next;
    // The point of the drawing that was under the fingers stays under them.
    const { x, y, middle: from, scale: before } = this.start;
    this.aim(x + from.x / before - middle.x / scale, y + from.y / before - middle.y / scale, next);
    this.glide();
  }

  /** Captured only now: an earlier capture would swallow the click. */
  beginDrag(pointerId) {
    this.dragged = true;
    this.viewport.setPointerCapture(pointerId);
    this.viewport.classList.add("rv-dragging");
  }

  release(event) {
    if (!this.pointers.delete(event.pointerId)) return;
    if (this.pointers.size) this.startGesture();
    else this.endDrag();
  }

  endDrag() {
    this.viewport.classList.remove("rv-dragging");
    if (this.dragged) this.apply();
  }

  /** Bring a box of the page into the viewport. */
  reveal(box) {
    const frame = this.viewport.getBoundingClientRect();
    const inside = box.left >= frame.left && box.right <= frame.right && box.top >= frame.top && box.bottom <= frame.bottom;
    if (inside || !this.view) return;
    const { x, y } = this.offset({ clientX: (box.left + box.right) / 2, clientY: (box.top + box.bottom) / 2 });
    this.aim(this.view.x + x / this.scale, this.view.y + y / this.scale, this.view.zoom);
    this.apply();
  }
}
