// The chart: columns of people served, a line of waits. ECharts is fetched when a chart is first shown.

let loading = null;

function library() {
  if (window.echarts) return Promise.resolve(window.echarts);
  if (!loading) {
    loading = new Promise((done, failed) => {
      const script = document.createElement("script");
      script.src = "/pages/vendor/echarts.js";
      script.onload = () => done(window.echarts);
      script.onerror = () => {
        script.remove();
        loading = null;
        failed(new Error("no echarts"));
      };
      document.head.append(script);
    });
  }
  return loading;
}

// Draw rows of { name, served, wait } (minutes, or null) into a node, again and again.
export async function draw(node, rows, { served, wait }) {
  const echarts = await library();
  const style = getComputedStyle(document.documentElement);
  const colour = (name) => style.getPropertyValue(name).trim();
  const chart = echarts.getInstanceByDom(node) || echarts.init(node, null, { renderer: "canvas" });
  if (!node.dataset.wired) {
    node.dataset.wired = "yes";
    window.addEventListener("resize", () => chart.resize());
  }
  const ink = { color: colour("--ink-soft"), fontSize: 13 };
  chart.setOption(
    {
      animation: false,
      textStyle: { fontFamily: style.getPropertyValue("--font") },
      grid: { left: 56, right: 56, top: 48, bottom: 32, containLabel: true },
      legend: { top: 8, textStyle: ink },
      // Rich text is drawn on the canvas: the page's policy allows no styles inside HTML.
      tooltip: { trigger: "axis", renderMode: "richText" },
      xAxis: { type: "category", data: rows.map((row) => row.name), axisLabel: { ...ink, hideOverlap: true, width: 110, overflow: "truncate" } },
      yAxis: [
        { type: "value", name: served, nameTextStyle: ink, axisLabel: ink, minInterval: 1 },
        { type: "value", name: wait, nameTextStyle: ink, axisLabel: ink, splitLine: { show: false } },
      ],
      series: [
        { name: served, type: "bar", data: rows.map((row) => row.served), itemStyle: { color: colour("--brand") }, barMaxWidth: 40 },
        { name: wait, type: "line", yAxisIndex: 1, data: rows.map((row) => row.wait), symbolSize: 8, itemStyle: { color: colour("--focus") }, lineStyle: { width: 2.5 } },
      ],
    },
    true,
  );
  chart.resize();
}
