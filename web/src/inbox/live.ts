import { keys } from "@/api/keys";
import { liveEffects } from "@/live/registry";

function field(data: unknown, name: string): string | undefined {
  if (data === null || typeof data !== "object") return undefined;
  const record = data as Record<string, unknown>;
  const inner = record.data ?? record;
  const value = record[name] ?? (inner as Record<string, unknown>)[name];
  return typeof value === "string" ? value : undefined;
}

liveEffects.on("ticket.*", ({ data }) => {
  const id = field(data, "ticketId") ?? field(data, "objectId");
  return [
    keys.lists("tickets"),
    ["tickets", "counts"],
    ...(id ? [keys.one("tickets", id)] : [["tickets", "one"]]),
  ];
});

liveEffects.on("field.*", () => [keys.all("fields")]);
liveEffects.on("tag.*", () => [keys.all("tags")]);
liveEffects.on("user.*", () => [keys.all("users")]);
