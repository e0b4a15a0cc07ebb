(() => {
  const root = document.documentElement;
  const data = JSON.parse(document.getElementById("data").textContent);
  const select = document.getElementById("measure");
  const pages = [...document.querySelectorAll(".page")];
  const links = [...document.querySelectorAll("nav a")];
  const main = document.querySelector("main");
  const charts = new Map();
  root.classList.add("js");
  pages.forEach((page) => { // an id would make the browser scroll past the title
    page.dataset.page = page.id;
    page.removeAttribute("id");
  });

  const KINDS = { ...examCharts, ...walkCharts };
  function draw(box) {
    const { chart: kind, key } = box.dataset;
    const part = kind === "dots" ? key : data.parts[key];
    const { height, option } = KINDS[kind](part, select.value, data);
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
