// What all charts are made of: colours of the page, axes, whiskers.
const drawing = (() => {
  const SHAPES = ["circle", "rect", "triangle", "diamond", "roundRect", "pin", "arrow"];

  const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
  const narrow = () => window.innerWidth < 640;
  const figure = (value) => value.toFixed(3);
  const ours = (name) => /^credence/i.test(name);
  const short = (name, most) => (name.length > most ? `${name.slice(0, most - 1)}…` : name);

  function plain(more) {
    return {
      animation: false,
      textStyle: { fontFamily: getComputedStyle(document.body).fontFamily, color: colour("ink") },
      aria: { enabled: false },
      tooltip: {
        renderMode: "richText", confine: true, backgroundColor: colour("raised"),
        borderColor: colour("line-strong"), textStyle: { color: colour("ink"), fontSize: 12 },
      },
      ...more,
    };
  }
  function values(more) {
    return {
      axisLabel: { color: colour("soft"), fontSize: 12, hideOverlap: true },
      axisLine: { show: false }, axisTick: { show: false },
      splitLine: { lineStyle: { color: colour("grid") } },
      nameTextStyle: { color: colour("soft"), fontSize: 12 },
      nameLocation: "middle", ...more,
    };
  }
  const most = () => (narrow() ? 16 : 26);
  const room = (systems) =>
    14 + 6.8 * Math.max(...systems.map((name) => Math.min(name.length, most())));
  function names(systems) {
    return {
      type: "category", data: systems, inverse: true, axisTick: { show: false },
      axisLine: { lineStyle: { color: colour("line-strong") } },
      axisLabel: {
        interval: 0, color: colour("ink"), fontSize: 12, formatter: (name) => short(name, most()),
      },
    };
  }
  function shade(name, reference) {
    if (ours(name)) return colour("accent");
    return name === reference ? colour("c2") : colour("neutral");
  }
  function mark(place, type = "dashed") { // a line across the chart, at {xAxis} or {yAxis}
    return {
      silent: true, symbol: "none", lineStyle: { color: colour("soft"), type, width: 1 },
      label: { show: false }, data: [place],
    };
  }
  // From one value to another, at a place on the other axis; `shift` pixels beside it.
  function whiskers({ stroke, upright = false, shift = () => 0 }) {
    return (params, api) => {
      const at = (value) =>
        (upright ? api.coord([api.value(0), value]) : api.coord([value, api.value(0)]));
      const aside = shift(params);
      const line = ([x1, y1], [x2, y2]) => ({
        type: "line", shape: { x1, y1, x2, y2 }, style: { stroke, lineWidth: 1.25 },
      });
      const ends = [at(api.value(1)), at(api.value(2))]
        .map(([x, y]) => (upright ? [x + aside, y] : [x, y + aside]));
      const cap = ([x, y]) =>
        (upright ? line([x - 4, y], [x + 4, y]) : line([x, y - 4], [x, y + 4]));
      return { type: "group", children: [line(...ends), ...ends.map(cap)] };
    };
  }
  const hue = (index) => colour(`c${(index % 7) + 1}`);
  function legend(more) {
    return {
      itemWidth: 10, itemHeight: 10, inactiveColor: colour("faint"),
      textStyle: { color: colour("soft"), fontSize: 12 }, ...more,
    };
  }
  function paged(systems, chosen) { // below the chart, with only some of them drawn at first
    return legend({
      type: "scroll", bottom: 0, data: systems, icon: "circle",
      selected: Object.fromEntries(systems.map((name) => [name, chosen.includes(name)])),
      pageTextStyle: { color: colour("soft") }, pageIconColor: colour("accent"),
      pageIconInactiveColor: colour("line-strong"), formatter: (name) => short(name, 24),
    });
  }

  return {
    SHAPES, colour, hue, narrow, figure, short, plain, values, room, names, shade, mark, whiskers,
    legend, paged,
  };
})();
