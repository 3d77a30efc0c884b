/** What a run has found: as tables for people, as JSON, as a picture. */
import * as echarts from "echarts";
import type { Crowd } from "./crowd.ts";
import { grown, type Point } from "./point.ts";
import type { Row } from "./rows.ts";

export interface Report {
  readonly date: string;
  readonly commit: string;
  readonly machine: string;
  readonly medium: string;
  readonly rounds: number;
  /** Of each point of the curves. */
  readonly roundsOfGrowth: number;
  readonly rows: readonly Row[];
  readonly growth: readonly Point[];
  readonly crowd: Crowd | null;
}

const HEAD = [
  "what",
  "callers",
  "floor",
  "per second",
  "ratio to the floor",
  "quartiles",
  "p50 ms",
  "p99 ms",
  "p50 ratio",
  "p99 ratio",
  "CPU s per 1,000",
  "CPU ratio",
];

/** Markdown. */
export function tableOf(rows: readonly Row[]): string {
  const lines = rows.map((row) => [
    row.name,
    String(row.callers),
    row.floorName === null ? "" : `${row.floorName}: ${row.floorPerSecond.toFixed(0)}/s`,
    row.perSecond.toFixed(0),
    `**${row.ratio.toFixed(2)}**`,
    row.spread.map((ratio) => ratio.toFixed(2)).join("–"),
    row.p50.toFixed(1),
    row.p99.toFixed(1),
    row.p50Ratio.toFixed(2),
    row.p99Ratio.toFixed(2),
    row.cpuSeconds?.toFixed(2) ?? "not told",
    row.cpuRatio?.toFixed(2) ?? "not told",
  ]);
  const align = HEAD.map((_, column) => (column === 0 || column === 2 ? "---" : "--:"));
  return [HEAD, align, ...lines].map((cells) => `| ${cells.join(" | ")} |`).join("\n");
}

export function textOf(report: Report): string {
  const { crowd } = report;
  return [
    `${report.date}, commit ${report.commit}`,
    `${report.machine}; storage: ${report.medium}; medians of ${report.rounds} rounds; of ${report.roundsOfGrowth} where something grows`,
    "",
    tableOf(report.rows),
    ...(report.growth.length === 0 ? [] : ["", tableOf(report.growth), "", ...levels(report.growth)]),
    ...(crowd === null
      ? []
      : [
          "",
          `${crowd.callers} callers on one login at a serial provider of 100 ms: ${crowd.answered} answered, ` +
            `${crowd.refreshes} refreshes, ${crowd.milliseconds.toFixed(0)} ms in all, ` +
            `p50 ${crowd.p50.toFixed(0)} ms, p99 ${crowd.p99.toFixed(0)} ms`,
        ]),
  ].join("\n");
}

function levels(points: readonly Point[]): readonly string[] {
  return grown(points).map(({ curve, from, to, factor }) => {
    return `${curve}: ${factor.toFixed(2)} times as dear at ${to} as at ${from}`;
  });
}

/** The curves as SVG: the ratio to the floor, which stays level where nothing grows. */
export function plotOf(points: readonly Point[]): string {
  // Beside the curves: on a server nobody knows how wide a text will be.
  const chart = echarts.init(null, null, { renderer: "svg", ssr: true, width: 1140, height: 520 });
  const curves = [...Map.groupBy(points, ({ curve }) => curve)];
  chart.setOption({
    animation: false,
    backgroundColor: "#ffffff",
    title: { text: "Requests per second, as a ratio to the floor of as many commits beside it", left: "center" },
    legend: { orient: "vertical", left: 810, top: "middle" },
    grid: { top: 60, left: 70, right: 360, bottom: 60 },
    xAxis: { type: "log", name: "how many there are", nameLocation: "middle", nameGap: 32, min: 1, max: "dataMax" },
    yAxis: { type: "value", name: "ratio", min: 0 },
    series: curves.map(([name, line]) => ({
      name,
      type: "line",
      symbolSize: 7,
      data: line.map(({ at, ratio }) => [at, Number(ratio.toFixed(3))]),
    })),
  });
  const svg = chart.renderToSVGString();
  chart.dispose();
  return svg;
}
