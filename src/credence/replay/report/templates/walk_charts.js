// Charts of people followed step by step. Each takes its part of the page's data and a measure.
const walkCharts = (() => {
  const {
    SHAPES, colour, hue, narrow, figure, plain, values, room, names, mark, whiskers, legend, paged,
  } = drawing;
  const symbol = (index) => SHAPES[index % 5]; // those that stand on their point
  const choice = (titles, chosen) => ({ ...paged(titles, chosen), type: "plain" });
  const foot = (titles) => // room for it, below the axis
    52 + 18 * Math.ceil(titles.length / (narrow() ? 2 : 5));
  const told = ([mean, low, high]) => `${figure(mean)}   ${figure(low)} to ${figure(high)}`;

  // Lines over buckets, side by side enough to tell their whiskers apart.
  function along({ buckets, levels, systems, chosen }, measure, name) {
    const reach = Math.min(0.4, 0.12 * systems.length);
    const place = (index, bucket) =>
      bucket + (systems.length > 1 ? (index / (systems.length - 1) - 0.5) * reach : 0);
    const known = (name_) =>
      levels[name_].map((value, bucket) => ({ value, bucket })).filter(({ value }) => value);
    const series = systems.flatMap((name_, index) => [
      {
        name: name_, type: "line", symbol: symbol(index), symbolSize: 7,
        itemStyle: { color: hue(index) }, lineStyle: { color: hue(index), width: 1.5 },
        data: known(name_).map(({ value, bucket }) => [place(index, bucket), value[0], bucket]),
      },
      {
        name: name_, type: "custom", renderItem: whiskers({ stroke: hue(index), upright: true }),
        itemStyle: { color: hue(index) }, encode: { x: 0, y: [1, 2] }, silent: true,
        data: known(name_).map(({ value, bucket }) =>
          [place(index, bucket), value[1], value[2]]),
      },
    ]);
    return {
      height: 320 + foot(systems),
      option: plain({
        legend: choice(systems, chosen),
        grid: { left: 56, right: 16, top: 12, bottom: foot(systems) },
        xAxis: values({
          type: "value", min: -0.5, max: buckets.length - 0.5, interval: 0.5, name, nameGap: 28,
          splitLine: { show: false },
          axisLabel: {
            ...values().axisLabel, fontSize: narrow() ? 10 : 12,
            formatter: (at) => (Number.isInteger(at) ? buckets[at].steps : ""),
          },
        }),
        yAxis: values({ type: "value", name: measure, nameGap: 38, scale: true }),
        tooltip: {
          ...plain().tooltip,
          formatter: ({ seriesName, value }) => {
            const { steps, people } = buckets[value[2]];
            return `${seriesName}\n${steps}, ${people} people\n`
              + told(levels[seriesName][value[2]]);
          },
        },
        series,
      }),
    };
  }
  const course = (walk, measure) =>
    along({ ...walk, ...walk.over_time[measure] }, measure, "step of the timeline");
  const change = (walk, measure) =>
    along({ ...walk, ...walk.around_change[measure] }, measure, "steps after the change");

  // A row a system; in it a point with its interval for each group.
  function forest({ rows, groups, name, by_measure: apart }, measure) {
    const of = apart ? groups[measure] : groups;
    const titles = Object.keys(of);
    const shift = (index) => (index - (titles.length - 1) / 2) * 11;
    const known = (title) =>
      of[title].map((value, row) => ({ value, row })).filter(({ value }) => value);
    const most = Math.max(0.001, ...titles.flatMap((title) =>
      known(title).flatMap(({ value }) => value.map(Math.abs))));
    const digits = most < 0.1 ? 3 : 2;
    const top = 10 + 22 * Math.ceil(titles.length / (narrow() ? 1 : 3)); // the legend's lines
    return {
      height: rows.length * (14 + 11 * titles.length) + 52 + top,
      option: plain({
        legend: legend({ top: 0, left: 0, itemGap: 12, icon: "circle" }),
        grid: { left: room(rows), right: 20, top, bottom: 48 },
        xAxis: values({
          type: "value", name: apart ? `${measure}, ${name}` : name, nameGap: 28,
          axisLabel: {
            ...values().axisLabel, formatter: (at) => (at ? at.toFixed(digits) : "0"),
          },
        }),
        yAxis: { ...names(rows), splitLine: { show: true, lineStyle: { color: colour("grid") } } },
        tooltip: {
          ...plain().tooltip,
          formatter: ({ seriesName, value }) =>
            `${rows[value[1]]}\n${seriesName}   ${told(of[seriesName][value[1]])}`,
        },
        series: titles.flatMap((title, index) => [
          {
            name: title, type: "scatter", symbolSize: 8, symbolOffset: [0, shift(index)],
            itemStyle: { color: hue(index) }, z: 6,
            data: known(title).map(({ value, row }) => [value[0], row]),
            markLine: index ? undefined : mark({ xAxis: 0 }, "solid"),
          },
          {
            name: title, type: "custom", encode: { x: [1, 2], y: 0 }, z: 5, silent: true,
            itemStyle: { color: hue(index) },
            renderItem: whiskers({ stroke: hue(index), shift: () => shift(index) }),
            data: known(title).map(({ value, row }) => [row, value[1], value[2]]),
          },
        ]),
      }),
    };
  }

  function stacked({ rows, kinds, name }) {
    return {
      height: rows.length * 30 + 124,
      option: plain({
        legend: legend({ top: 0, left: 0, itemGap: 12, icon: "rect" }),
        grid: { left: room(rows), right: 20, top: narrow() ? 72 : 52, bottom: 48 },
        xAxis: values({ type: "value", name, nameGap: 28 }),
        yAxis: names(rows),
        tooltip: {
          ...plain().tooltip,
          formatter: ({ seriesName, value, dataIndex }) =>
            `${rows[dataIndex]}\n${seriesName}   ${value.toFixed(1)}`,
        },
        series: Object.entries(kinds).map(([kind, counts], index) => ({
          name: kind, type: "bar", stack: "all", barWidth: "58%", data: counts,
          itemStyle: { color: hue(index), opacity: 0.85 },
        })),
      }),
    };
  }

  // Strength against later signs, and below it how many claims there are of each strength.
  function reliability({ series: bins, chosen }) {
    const titles = Object.keys(bins);
    const most = Math.max(...Object.values(bins).flat().map((bin) => bin.people));
    const points = (title) => bins[title].map((bin, at) => [bin.strength, bin.sign[0], at]);
    const ends = { type: "value", min: -1, max: 1, interval: 0.5, containShape: false };
    const across = (more) => values({ ...ends, ...more });
    return {
      height: 396 + foot(titles),
      option: plain({
        legend: choice(titles, chosen),
        grid: [
          { left: 68, right: 16, top: 12, height: 290, outerBoundsMode: "none" },
          { left: 68, right: 16, top: 322, height: 70, outerBoundsMode: "none" },
        ],
        xAxis: [
          across({ gridIndex: 0, axisLabel: { show: false } }),
          across({ gridIndex: 1, name: "strength of the belief", nameGap: 26 }),
        ],
        yAxis: [
          across({ gridIndex: 0, name: "mean sign of what came later", nameGap: 48 }),
          values({
            type: "value", gridIndex: 1, name: "claims", nameGap: 48, splitNumber: 2,
            axisLabel: { ...values().axisLabel, formatter: (at) => at.toLocaleString("en") },
          }),
        ],
        tooltip: {
          ...plain().tooltip,
          formatter: ({ seriesName, value }) => {
            const bin = bins[seriesName][value[2]];
            const within = bin.sign.length > 1 ? told(bin.sign) : figure(bin.sign[0]);
            return `${seriesName}\nstrength ${figure(bin.strength)}\nlater ${within}\n`
              + `${bin.people} people, ${bin.claims.toLocaleString("en")} claims`;
          },
        },
        series: [
          {
            type: "line", data: [[-1, -1], [1, 1]], symbol: "none", silent: true,
            lineStyle: { color: colour("line-strong"), type: "dashed", width: 1 },
          },
          ...titles.flatMap((title, index) => [
            {
              name: title, type: "line", symbol: symbol(index), z: 6,
              symbolSize: (value) => 6 + 8 * Math.sqrt(bins[title][value[2]].people / most),
              itemStyle: { color: hue(index) }, lineStyle: { color: hue(index), width: 1.5 },
              data: points(title).filter(([, , at]) => bins[title][at].people > 1),
            },
            { // of one person alone
              name: title, type: "scatter", symbol: symbol(index), symbolSize: 6, z: 5,
              itemStyle: { color: hue(index), opacity: 0.45 },
              data: points(title).filter(([, , at]) => bins[title][at].people === 1),
            },
            {
              name: title, type: "custom", encode: { x: 0, y: [1, 2] }, silent: true,
              renderItem: whiskers({ stroke: hue(index), upright: true }),
              itemStyle: { color: hue(index) },
              data: bins[title].filter((bin) => bin.sign.length > 1)
                .map((bin) => [bin.strength, bin.sign[1], bin.sign[2]]),
            },
            {
              name: title, type: "bar", xAxisIndex: 1, yAxisIndex: 1, barMaxWidth: 18,
              itemStyle: { color: hue(index), opacity: 0.75 },
              data: bins[title].map((bin, at) => [bin.middle, bin.claims, at]),
            },
          ]),
        ],
      }),
    };
  }

  return { course, change, forest, stacked, reliability };
})();
