"use strict";
(() => {
  const root = document.documentElement;
  const { domains, exams: data } = JSON.parse(document.getElementById("data").textContent);
  const select = document.getElementById("measure");
  const pages = [...document.querySelectorAll(".page")];
  const links = [...document.querySelectorAll("nav a")];
  const main = document.querySelector("main");
  const charts = new Map();
  const SHAPES = ["circle", "rect", "triangle", "diamond", "roundRect", "pin", "arrow"];
  root.classList.add("js");
  pages.forEach((page) => { // an id would make the browser scroll past the title
    page.dataset.page = page.id;
    page.removeAttribute("id");
  });

  const colour = (name) => getComputedStyle(root).getPropertyValue(`--${name}`).trim();
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
  function chanceLine(value) {
    return {
      silent: true, symbol: "none", lineStyle: { color: colour("soft"), type: "dashed", width: 1 },
      label: { show: false }, data: [{ xAxis: value }],
    };
  }
  function whisker(params, api) {
    const y = api.coord([0, api.value(0)])[1];
    const [from, to] = [api.coord([api.value(1), 0])[0], api.coord([api.value(2), 0])[0]];
    const line = (x1, y1, x2, y2) => ({
      type: "line", shape: { x1, y1, x2, y2 }, style: { stroke: colour("ink"), lineWidth: 1.25 },
    });
    return {
      type: "group",
      children: [line(from, y, to, y), line(from, y - 4, from, y + 4), line(to, y - 4, to, y + 4)],
    };
  }

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
            markLine: chanceLine(exam.chance[measure]),
          },
          {
            type: "custom", renderItem: whisker, encode: { x: [1, 2], y: 0 }, z: 5, silent: true,
            data: rows.map((row, index) => [index, row.value[1], row.value[2]]),
          },
        ],
      }),
    };
  }

  function dots(condition, measure) {
    const exams = Object.values(data)
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
        itemStyle: { color: colour(`c${(index % 7) + 1}`), opacity: 0.9 },
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
        legend: {
          top: 0, left: 0, itemGap: 12, itemWidth: 10, itemHeight: 10,
          textStyle: { color: colour("soft"), fontSize: 12 },
        },
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
      .filter((name) => best.has(name) || name === exam.reference)
      .sort((a, b) => at(a)[1] - at(b)[1]);
    const all = known.map((name) => at(name)[1]);
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
      },
    });
    return {
      height: exam.systems.length * 26 + 64,
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
        legend: {
          type: "scroll", bottom: 0, data: systems, icon: "circle", itemWidth: 10, itemHeight: 10,
          selected: Object.fromEntries(systems.map((name) => [name, first.includes(name)])),
          textStyle: { color: colour("soft"), fontSize: 12 }, inactiveColor: colour("faint"),
          pageTextStyle: { color: colour("soft") }, pageIconColor: colour("accent"),
          pageIconInactiveColor: colour("line-strong"),
          formatter: (name) => short(name, 24),
        },
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
            itemStyle: { color: colour(`c${(index % 7) + 1}`) },
            lineStyle: { color: colour(`c${(index % 7) + 1}`), width: 1.5 },
          })),
        ],
      }),
    };
  }

  const KINDS = { bars, dots, frontier, calibration };
  function draw(box) {
    const { chart: kind, key } = box.dataset;
    const { height, option } = KINDS[kind](kind === "dots" ? key : data[key], select.value);
    box.style.height = `${height}px`;
    let made = charts.get(box);
    if (!made) {
      made = echarts.init(box, null, { renderer: "svg" });
      charts.set(box, made);
    }
    made.resize();
    made.setOption(option, true);
  }
  const visible = () =>
    [...document.querySelectorAll(".chart")].filter((box) => !box.closest("[hidden]"));
  const redraw = () => visible().forEach(draw);

  function show() {
    const wanted = location.hash.slice(1) || "overview";
    const page = pages.find((one) => one.dataset.page === wanted) || pages[0];
    pages.forEach((one) => { one.hidden = one !== page; });
    links.forEach((link) => {
      if (link.hash === `#${page.dataset.page}`) link.setAttribute("aria-current", "page");
      else link.removeAttribute("aria-current");
    });
    redraw();
    window.scrollTo(0, 0);
  }
  function turn() {
    show();
    main.focus({ preventScroll: true });
  }

  const menu = document.querySelector("nav details");
  const wide = window.matchMedia("(min-width: 1180px)");
  const fold = () => { menu.open = wide.matches; };
  fold();
  wide.addEventListener("change", fold);
  links.forEach((link) => link.addEventListener("click", fold));
  select.addEventListener("change", redraw);
  window.addEventListener("hashchange", turn);
  document.querySelector(".skip").addEventListener("click", (event) => {
    event.preventDefault();
    main.focus();
  });
  window.addEventListener("beforeprint", () => pages.forEach((one) => { one.hidden = false; }));
  window.addEventListener("afterprint", show);
  window.matchMedia("(prefers-color-scheme: dark)").addEventListener("change", redraw);
  let waiting = 0;
  window.addEventListener("resize", () => {
    clearTimeout(waiting);
    waiting = setTimeout(redraw, 120);
  });
  show();
})();
