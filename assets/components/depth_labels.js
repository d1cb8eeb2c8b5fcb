/** Where words go: beside the lines' ends, and under the stages. Nothing overlaps and nothing is cut off. */

const measuring = document.createElement("canvas").getContext("2d");

function textWidth(text, font) {
  measuring.font = font;
  return measuring.measureText(text).width;
}

/** The text in lines no wider than `most` where its words allow; between Chinese characters a line may end anywhere. */
function wrapped(text, font, most) {
  const lines = [];
  for (const word of text.match(/[\u3000-\u9fff\uff00-\uffef]\s*|[^\s\u3000-\u9fff\uff00-\uffef]+\s*/g) ?? [""]) {
    const longer = `${lines.at(-1)}${word}`;
    if (lines.length && textWidth(longer.trimEnd(), font) <= most) lines[lines.length - 1] = longer;
    else lines.push(word);
  }
  return lines.map((line) => line.trimEnd());
}

/**
 * Centres of boxes (`{wanted, tie, size}`) that keep their order (`tie` decides between neighbours), do not overlap and stay between low and high, each as near
 * to the place it wants as its neighbours allow: touching boxes move as one group to the mean of their wishes.
 */
function spread(boxes, low, high) {
  const near = (a, b) => Math.abs(a.wanted - b.wanted) < Math.min(a.size, b.size) / 2;
  const above = (a, b) => (near(a, b) ? a.tie - b.tie : a.wanted - b.wanted);
  const order = boxes.map((box, index) => ({ ...box, index })).sort(above);
  const groups = [];
  for (const box of order) {
    groups.push(settled([box], low, high));
    while (groups.length > 1 && groups.at(-2).bottom > groups.at(-1).top) {
      const last = groups.pop();
      groups.push(settled([...groups.pop().boxes, ...last.boxes], low, high));
    }
  }
  const centres = [];
  for (const { boxes: members, top } of groups) {
    let y = top;
    for (const { index, size } of members) {
      centres[index] = y + size / 2;
      y += size;
    }
  }
  return centres;
}

function settled(boxes, low, high) {
  let before = 0;
  let wish = 0;
  for (const { wanted, size } of boxes) {
    wish += wanted - before - size / 2;
    before += size;
  }
  const top = Math.max(low, Math.min(high - before, wish / boxes.length));
  return { boxes, top, bottom: top + before };
}

/** A row for every `{centre, width}`: the first row in which it does not touch its neighbour; and centres inside the picture. */
function rowsFor(names, gap, left, right) {
  const ends = [];
  return names.map(({ centre, width }) => {
    const middle = clamp(centre, left + width / 2, right - width / 2);
    let row = ends.findIndex((end) => middle - width / 2 >= end + gap);
    if (row < 0) row = ends.length;
    ends[row] = middle + width / 2;
    return { middle, row };
  });
}
