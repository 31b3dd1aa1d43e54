import { readFileSync } from "node:fs";
import { expect, test } from "vitest";

const css = readFileSync("src/ui/tokens.css", "utf8");
const tokens = new Map<string, [light: string, dark: string]>();
for (const [, name, light, dark] of css.matchAll(
  /--([\w-]+):\s*light-dark\((#[0-9a-f]{6}), (#[0-9a-f]{6})\)/g,
)) {
  if (name && light && dark) tokens.set(name, [light, dark]);
}

function luminance(hex: string): number {
  const [r = 0, g = 0, b = 0] = [1, 3, 5].map((at) => {
    const part = Number.parseInt(hex.slice(at, at + 2), 16) / 255;
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

function contrast(a: string, b: string): number {
  const [high = 0, low = 0] = [luminance(a), luminance(b)].sort((x, y) => y - x);
  return (high + 0.05) / (low + 0.05);
}

const surfaces = ["bg", "bg-sunken", "bg-raised", "bg-hover", "bg-selected", "bg-note"];
const text: [string, string][] = [
  ...surfaces.flatMap((s): [string, string][] => [
    ["text", s],
    ["text-muted", s],
    ["text-faint", s],
    ["accent-text", s],
  ]),
  ...["danger", "warning", "success", "info", "neutral"].flatMap((tone): [string, string][] => [
    [tone, `${tone}-tint`],
    [tone, "bg"],
    [tone, "bg-raised"],
  ]),
  ["on-accent", "accent"],
  ["on-accent", "accent-hover"],
  ["on-accent", "danger-solid"],
  ...Array.from({ length: 8 }, (_, i): [string, string] => ["avatar-text", `avatar-${i}`]),
];

test.each(text)("%s can be read on %s in both themes", (front, back) => {
  const [f, b] = [tokens.get(front), tokens.get(back)];
  if (!f || !b) throw new Error(`no such token: ${front} or ${back}`);
  expect(contrast(f[0], b[0])).toBeGreaterThanOrEqual(4.5);
  expect(contrast(f[1], b[1])).toBeGreaterThanOrEqual(4.5);
});

test.each(["bg", "bg-raised"])("controls and focus stand out on %s", (surface) => {
  for (const line of ["line-control", "focus"]) {
    for (const theme of [0, 1] as const) {
      const [f, b] = [tokens.get(line)?.[theme], tokens.get(surface)?.[theme]];
      expect(contrast(f ?? "#000000", b ?? "#000000")).toBeGreaterThanOrEqual(3);
    }
  }
});
