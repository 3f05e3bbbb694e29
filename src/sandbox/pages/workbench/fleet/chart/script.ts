/** Shows the values of a chart under the pointer, or at the point that the arrow keys have reached. */
export const script = `
{
  const NS = "http://www.w3.org/2000/svg";
  // The times that readers have chosen, by plot.
  const chosen = new WeakMap();
  const dataOf = (plot) => JSON.parse(plot.dataset.chart);

  const indexAt = (points, time) => points.findLastIndex(([at]) => at <= time);

  function valueAt({ points, isSteps }, time) {
    const index = indexAt(points, time);
    if (index < 0 || (index === points.length - 1 && points[index][0] < time)) return null;
    const [at, value] = points[index];
    const next = points[index + 1];
    if (isSteps || value === null || next === undefined || next[1] === null || at === time) return value;
    return value + ((next[1] - value) * (time - at)) / (next[0] - at);
  }

  const draw = (name, attributes) => {
    const element = document.createElementNS(NS, name);
    for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
    return element;
  };

  function read(plot, time) {
    const rule = plot.querySelector(".rule");
    const readout = plot.parentElement.querySelector(".readout");
    const { from, to, left, right, top, bottom, zone, series, markers } = dataOf(plot);
    if (time === undefined || time < 0 || time > to - from) {
      chosen.delete(plot);
      rule.replaceChildren();
      readout.textContent = "";
      return;
    }
    chosen.set(plot, { from, time });
    const x = left + (time / (to - from)) * (right - left);
    const marks = [draw("line", { x1: x, x2: x, y1: top, y2: bottom })];
    const words = [new Date(from + time).toLocaleString("sv-SE", { timeZone: zone })];
    for (const line of series) {
      const value = valueAt(line, time);
      if (value === null) {
        words.push(line.name + " unknown");
        continue;
      }
      words.push(line.name + " " + Number(value.toFixed(line.unit === "kW" ? 2 : 1)) + " " + line.unit);
      const y = bottom - ((value - line.low) / (line.high - line.low)) * (bottom - top);
      marks.push(draw("circle", { class: "dot of-" + line.look, cx: x, cy: y, r: 3 }));
    }
    const near = (4 / (right - left)) * (to - from);
    for (const [at, text] of markers) if (Math.abs(at - time) <= near) words.push(text);
    rule.replaceChildren(...marks);
    readout.textContent = words.join(" · ");
  }

  const follow = (event) => {
    const plot = event.target.closest?.(".plot");
    if (plot === null || plot === undefined) return;
    const { from, to, left, right } = dataOf(plot);
    const box = plot.firstElementChild.getBoundingClientRect();
    const x = ((event.clientX - box.left) / box.width) * plot.firstElementChild.viewBox.baseVal.width;
    const share = Math.min(1, Math.max(0, (x - left) / (right - left)));
    read(plot, Math.round(share * (to - from)));
  };
  document.addEventListener("pointermove", follow);
  document.addEventListener("pointerdown", follow);

  document.addEventListener("keydown", (event) => {
    const plot = event.target;
    if (!(plot instanceof Element) || !plot.matches(".plot")) return;
    if (event.key === "Escape") return read(plot);
    const { series, markers } = dataOf(plot);
    const times = new Set([...series.flatMap(({ points }) => points), ...markers].map(([at]) => at));
    const stops = [...times].sort((one, other) => one - other);
    const now = chosen.get(plot)?.time ?? Number.POSITIVE_INFINITY;
    const next = {
      ArrowLeft: stops.findLast((at) => at < now) ?? stops[0],
      ArrowRight: stops.find((at) => at > now) ?? stops.at(-1),
      Home: stops[0],
      End: stops.at(-1),
    }[event.key];
    if (next === undefined) return;
    event.preventDefault();
    read(plot, next);
  });

  // A chart that follows the clock moves under the rule; another chart in its place has nothing chosen.
  new MutationObserver((records) => {
    for (const { target, oldValue } of records) {
      const known = chosen.get(target);
      const isSame = oldValue !== null && JSON.parse(oldValue).of === dataOf(target).of;
      read(target, known !== undefined && isSame ? known.from + known.time - dataOf(target).from : undefined);
    }
  }).observe(document.body, { subtree: true, attributeFilter: ["data-chart"], attributeOldValue: true });
}
`;
