// Charts by kind. Each takes its part of the page's data and a measure, `dots` a condition.
const examCharts = (() => {
  const {
    SHAPES, colour, hue, narrow, figure, short, plain, values, room, names, shade, mark, whiskers,
    legend, paged,
  } = drawing;

  function bars(exam, measure) {
    const rows = exam.systems
      .map((name, index) => ({ name, value: exam.figures[measure][index] }))
      .sort((a, b) => b.value[0] - a.value[0]);
    return {
      height: rows.length * 26 + 64,
      option: plain({
        grid: { left: room(exam.systems), right: 20, top: 8, bottom: 44 },
        xAxis: values({ type: "value", min: 0, name: measure, nameGap: 26 }),
        yAxis: names(rows.map((row) => row.name)),
        tooltip: {
          ...plain().tooltip,
          formatter: ({ dataIndex }) => {
            const { name, value } = rows[dataIndex];
            return `${name}\n${figure(value[0])}   ${figure(value[1])} to ${figure(value[2])}`;
          },
        },
        series: [
          {
            type: "bar", barWidth: "58%",
            data: rows.map((row) => ({
              value: row.value[0],
              itemStyle: { color: shade(row.name, exam.reference), opacity: 0.75 },
            })),
            markLine: mark({ xAxis: exam.chance[measure] }),
          },
          {
            type: "custom", renderItem: whiskers({ stroke: colour("ink") }),
            encode: { x: [1, 2], y: 0 }, z: 5, silent: true,
            data: rows.map((row, index) => [index, row.value[1], row.value[2]]),
          },
        ],
      }),
    };
  }

  function dots(condition, measure, { domains, parts }) {
    const exams = Object.values(parts)
      .filter((exam) => exam.condition === condition)
      .sort((a, b) => domains.indexOf(a.domain) - domains.indexOf(b.domain));
    const of = (exam, name) => {
      const index = exam.systems.indexOf(name);
      return index < 0 ? null : exam.figures[measure][index][0];
    };
    const mean = (name) => {
      const found = exams.map((exam) => of(exam, name)).filter((value) => value !== null);
      return found.reduce((sum, value) => sum + value, 0) / found.length;
    };
    const systems = [...new Set(exams.flatMap((exam) => exam.systems))];
    systems.sort((a, b) => mean(b) - mean(a));
    const series = exams.map((exam) => {
      const index = domains.indexOf(exam.domain);
      return {
        name: exam.domain, type: "scatter", symbol: SHAPES[index % SHAPES.length], symbolSize: 9,
        itemStyle: { color: hue(index), opacity: 0.9 },
        data: systems.map((name) => [of(exam, name), name]).filter(([value]) => value !== null),
      };
    });
    if (exams.length > 1) series.push({
      name: "mean", type: "scatter", symbol: "rect", symbolSize: [2, 16], z: 1,
      itemStyle: { color: colour("ink") }, data: systems.map((name) => [mean(name), name]),
    });
    return {
      height: systems.length * 24 + 104,
      option: plain({
        legend: legend({ top: 0, left: 0, itemGap: 12 }),
        grid: { left: room(systems), right: 20, top: narrow() ? 52 : 32, bottom: 44 },
        xAxis: values({ type: "value", name: measure, nameGap: 26, min: 0 }),
        yAxis: { ...names(systems), splitLine: { show: true, lineStyle: { color: colour("grid") } } },
        tooltip: {
          ...plain().tooltip,
          formatter: ({ seriesName, value }) => `${value[1]}\n${seriesName}   ${figure(value[0])}`,
        },
        series,
      }),
    };
  }

  function frontier(exam, measure) {
    const { label, values: prices } = exam.price;
    const best = new Set(exam.price.frontier[measure]);
    const at = (name) => [prices[name], exam.figures[measure][exam.systems.indexOf(name)][0]];
    const known = exam.systems.filter((name) => name in prices);
    const free = known.some((name) => prices[name] <= 0);
    const digits = (value) => String(Number(value.toPrecision(3)));
    const labelled = known
      .filter((name) => best.has(name) || name === exam.reference || exam.price.named?.[name])
      .sort((a, b) => at(a)[1] - at(b)[1]);
    const within = (name) => exam.figures[measure][exam.systems.indexOf(name)];
    const all = known.flatMap((name) => (exam.whiskered ? within(name) : [at(name)[1]]));
    const line = (Math.max(...all) - Math.min(...all)) / 18 || 1; // a line of text, in quality
    const lift = {};
    labelled.reduce((below, name) => { // from the bottom up, no label closer than a line
      const y = Math.max(at(name)[1], below + line);
      lift[name] = ((at(name)[1] - y) / line) * 15;
      return y;
    }, -Infinity);
    const point = (name) => ({
      name, value: at(name), symbolSize: best.has(name) ? 11 : 8,
      itemStyle: { color: shade(name, exam.reference), opacity: best.has(name) ? 1 : 0.6 },
      label: {
        show: name in lift, formatter: short(name, narrow() ? 12 : 22), position: "right",
        color: colour("ink"), fontSize: 12, offset: [0, lift[name] || 0],
        textBorderColor: colour("raised"), textBorderWidth: 3,
      },
    });
    return {
      height: Math.max(300, exam.systems.length * 26 + 64),
      option: plain({
        grid: { left: 56, right: narrow() ? 72 : 120, top: 28, bottom: 44 },
        xAxis: values({
          type: free ? "value" : "log", name: free ? label : `${label}, logarithmic`, nameGap: 26,
          axisLabel: { ...values().axisLabel, formatter: digits },
        }),
        yAxis: values({ type: "value", name: measure, nameGap: 38, scale: true }),
        tooltip: {
          ...plain().tooltip,
          formatter: ({ name, value }) =>
            `${name}\n${measure} ${figure(value[1])}\n${label} ${digits(value[0])}`,
        },
        series: [
          {
            type: "line", step: "end", symbol: "none", silent: true, z: 1,
            lineStyle: { color: colour("line-strong"), width: 1.5 },
            data: exam.price.frontier[measure].map(at),
          },
          { type: "scatter", data: known.map(point) },
          ...(exam.whiskered ? [{
            type: "custom", encode: { x: 0, y: [1, 2] }, silent: true, z: 1,
            renderItem: whiskers({ stroke: colour("faint"), upright: true }),
            data: known.map((name) => [prices[name], within(name)[1], within(name)[2]]),
          }] : []),
        ],
      }),
    };
  }

  function calibration(exam) {
    const chosen = [exam.reference, exam.rival].filter((name) => name !== null);
    const systems = [...new Set([...chosen, ...exam.systems])]
      .filter((name) => name in exam.calibration);
    const first = systems.filter((name, index) => chosen.includes(name) || index === 0);
    const most = Math.max(...Object.values(exam.calibration).flat().map((bin) => bin[2]));
    return {
      height: 400,
      option: plain({
        legend: paged(systems, first),
        grid: { left: 56, right: 16, top: 12, bottom: 76 },
        xAxis: values({ type: "value", min: 0, max: 1, name: "says", nameGap: 26 }),
        yAxis: values({ type: "value", min: 0, max: 1, name: "is right", nameGap: 36 }),
        tooltip: {
          ...plain().tooltip,
          formatter: ({ seriesName, value }) =>
            `${seriesName}\nsays ${figure(value[0])}, is right ${figure(value[1])}\n${value[2]} people`,
        },
        series: [
          {
            type: "line", data: [[0, 0], [1, 1]], symbol: "none", silent: true,
            lineStyle: { color: colour("line-strong"), type: "dashed", width: 1 },
          },
          ...systems.map((name, index) => ({
            name, type: "line", data: exam.calibration[name],
            symbol: SHAPES[Math.floor(index / 7) % SHAPES.length],
            symbolSize: (bin) => 6 + 14 * Math.sqrt(bin[2] / most),
            itemStyle: { color: hue(index) },
            lineStyle: { color: hue(index), width: 1.5 },
          })),
        ],
      }),
    };
  }

  return { bars, dots, frontier, calibration };
})();
