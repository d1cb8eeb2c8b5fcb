/** Axes and numbers. */

const SUPERSCRIPTS = { "-": "⁻", 0: "⁰", 1: "¹", 2: "²", 3: "³", 4: "⁴", 5: "⁵", 6: "⁶", 7: "⁷", 8: "⁸", 9: "⁹" };
const MOST_TICKS = 7;

function powerOfTen(exponent) {
  return `10${String(exponent).replace(/./g, (sign) => SUPERSCRIPTS[sign])}`;
}

/** Three digits, 1.23×10⁻⁴; a plain number where `plain` and it is short that way. */
function formatNumber(value, plain = false) {
  const size = Math.abs(value);
  if (value === 0 || (plain && size >= 1e-3 && size < 1e4)) return minus(String(Number(value.toPrecision(3))));
  const [digits, exponent] = value.toExponential(2).split("e");
  return minus(Number(exponent) ? `${digits}×${powerOfTen(Number(exponent))}` : digits);
}

function minus(text) {
  return text.replace("-", "−");
}

/** A scale from values to pixels, with its ticks. `bottom` and `top` are pixels. */
function makeScale(values, { log, bottom, top }) {
  const coordinate = log ? Math.log10 : (value) => value;
  const [low, high] = log ? logRange(values.map(coordinate)) : linearRange(values);
  const toPixel = (value) => bottom + ((coordinate(value) - low) / (high - low)) * (top - bottom);
  const ticks = (log ? logTicks(low, high) : linearTicks(low, high)).map((tick) => ({ ...tick, y: toPixel(tick.value) }));
  return { toPixel, ticks };
}

function extent(numbers) {
  return numbers.reduce(([low, high], n) => [Math.min(low, n), Math.max(high, n)], [Infinity, -Infinity]);
}

/** In powers of ten, a little wider than the values and never less than half a decade. */
function logRange(exponents) {
  const [low, high] = exponents.length ? extent(exponents) : [-1, 0];
  const room = Math.max((high - low) * 0.05, (0.5 - (high - low)) / 2, 0.02);
  return [low - room, high + room];
}

/** Whole decades, as many as fit; 2 and 5 between them where there are fewer than two. */
function logTicks(low, high) {
  const decades = wholeNumbers(Math.ceil(low), Math.floor(high));
  if (decades.length < 2) return fineLogTicks(low, high);
  const step = [1, 2, 3, 5, 10, 20, 50, 100].find((s) => decades.length / s <= MOST_TICKS) ?? 200;
  return decades.filter((n) => n % step === 0).map((n) => ({ value: 10 ** n, text: powerOfTen(n) }));
}

function fineLogTicks(low, high) {
  const decades = wholeNumbers(Math.floor(low), Math.ceil(high));
  const inside = (value) => Math.log10(value) >= low && Math.log10(value) <= high;
  for (const digits of [[1, 2, 5], [1, 1.5, 2, 3, 4, 5, 6, 7, 8, 9]]) {
    const values = decades.flatMap((n) => digits.map((digit) => digit * 10 ** n)).filter(inside);
    if (values.length > 1) return values.map((value) => ({ value, text: formatNumber(value, true) }));
  }
  return [];
}

function wholeNumbers(first, last) {
  return Array.from({ length: Math.max(0, last - first + 1) }, (_, n) => first + n);
}

/** From zero where that costs little. */
function linearRange(values) {
  let [low, high] = values.length ? extent(values) : [0, 1];
  if (low > 0 && low < high / 2) low = 0;
  if (high < 0 && high > low / 2) high = 0;
  const room = high > low ? (high - low) * 0.05 : Math.abs(high) * 0.1 || 0.5;
  return [low === 0 ? 0 : low - room, high === 0 ? 0 : high + room];
}

function linearTicks(low, high) {
  const rough = (high - low) / (MOST_TICKS - 2);
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].find((digit) => digit * power >= rough) * power;
  const ticks = wholeNumbers(Math.ceil(low / step - 1e-9), Math.floor(high / step + 1e-9));
  return ticks.map((n) => ({ value: n * step, text: formatNumber(n * step, true) }));
}
