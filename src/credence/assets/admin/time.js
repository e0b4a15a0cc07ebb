// Draws how strengths moved: a heat map, or lines. The table below it says the same.
"use strict";
(() => {
  const place = document.querySelector("[data-chart]");
  if (!place || !window.echarts) return;
  const data = JSON.parse(place.dataset.chart);
  const dark = window.matchMedia("(prefers-color-scheme: dark)");
  const short = (text, most) => (text.length > most ? `${text.slice(0, most - 1)}…` : text);
  const signed = (value) => (value > 0 ? "+" : value < 0 ? "−" : "") + Math.abs(value).toFixed(2);
  const told = (chunk, i) =>
    `${short(chunk.name, 80)}\nrevision ${data.revisions[i]}, ${data.moments[i].replace("T", " ").slice(0, 16)}\n` +
    (chunk.values[i] === null ? "not believed" : `strength ${signed(chunk.values[i])}`);
  const chart = echarts.init(place, null, { renderer: "canvas" });

  const look = () => {
    const style = getComputedStyle(document.documentElement);
    return (name) => style.getPropertyValue(name).trim();
  };
  const draw = () => {
    const colour = look();
    const narrow = place.clientWidth < 600;
    const left = narrow ? 110 : 220;
    const heat = data.kind === "heat";
    if (heat) place.style.height = `${Math.max(200, data.chunks.length * 20 + 110)}px`;
    chart.resize();
    const label = { color: colour("--soft"), fontSize: 12 };
    const tooltip = {
      renderMode: "richText", confine: true, backgroundColor: colour("--raised"),
      borderColor: colour("--line-strong"), textStyle: { color: colour("--ink"), fontSize: 12 },
    };
    const across = {
      type: "category", data: data.revisions.map(String), name: narrow ? "" : "revision", nameLocation: "middle", nameGap: 28,
      nameTextStyle: label, axisLabel: label, axisTick: { show: false }, axisLine: { lineStyle: { color: colour("--line-strong") } },
    };
    const base = { animation: false, textStyle: { fontFamily: colour("--sans") }, tooltip, xAxis: across };
    chart.setOption(heat ? {
      ...base,
      grid: { left, right: 12, top: 8, bottom: 84 },
      tooltip: { ...tooltip, formatter: (at) => told(data.chunks[at.value[1]], at.value[0]) },
      yAxis: {
        type: "category", inverse: true, data: data.chunks.map((chunk) => chunk.name), axisTick: { show: false },
        axisLine: { show: false }, axisLabel: { ...label, width: left - 12, overflow: "truncate" },
      },
      visualMap: {
        min: -1, max: 1, calculable: false, orient: "horizontal", left: "center", bottom: 0, itemHeight: 140, itemWidth: 12,
        text: ["like +1", "−1 dislike"], textStyle: label,
        inRange: { color: [colour("--dislike"), colour("--sunk"), colour("--like")] },
      },
      series: [{
        type: "heatmap", emphasis: { itemStyle: { borderColor: colour("--ink"), borderWidth: 1 } },
        itemStyle: { borderColor: colour("--raised"), borderWidth: data.revisions.length > 80 ? 0 : 1 },
        data: data.chunks.flatMap((chunk, y) => chunk.values.flatMap((value, x) => (value === null ? [] : [[x, y, value]]))),
      }],
    } : {
      ...base,
      grid: { left: 44, right: 16, top: 16, bottom: 48 },
      tooltip: { ...tooltip, trigger: "item", formatter: (at) => told(data.chunks[at.seriesIndex], at.dataIndex) },
      yAxis: { type: "value", min: -1, max: 1, interval: 0.5, axisLabel: { ...label, formatter: signed }, splitLine: { lineStyle: { color: colour("--grid") } } },
      series: data.chunks.map((chunk) => {
        const last = chunk.values.findLast((value) => value !== null) ?? 0;
        return {
          type: "line", name: chunk.name, data: chunk.values, symbolSize: 6, symbol: "circle",
          lineStyle: { width: 1.5, opacity: 0.65 }, itemStyle: { color: colour(last < 0 ? "--dislike" : "--like") },
          triggerLineEvent: false, emphasis: { focus: "series", lineStyle: { width: 3, opacity: 1 } }, blur: { lineStyle: { opacity: 0.12 } },
        };
      }),
    }, true);
  };
  draw();
  dark.addEventListener("change", draw);
  let width = place.clientWidth;
  new ResizeObserver(() => {
    if (place.clientWidth === width) return;
    width = place.clientWidth;
    draw();
  }).observe(place);
  chart.on("click", (at) => {
    const i = data.kind === "heat" ? at.value?.[0] : at.dataIndex;
    if (i !== undefined) window.location.assign(`${data.page}?revision=${data.revisions[i]}`);
  });
})();
