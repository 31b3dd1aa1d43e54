import { recall, remember } from "./storage";
import { createStore } from "./store";

export type Theme = "system" | "light" | "dark";

function readTheme(): Theme {
  const kept = recall("theme");
  return kept === "light" || kept === "dark" ? kept : "system";
}

export const theme = createStore<Theme>(readTheme());
/** Whether single keys (j, k, ?…) act; Ctrl and Cmd combinations always do. */
export const singleKeys = createStore(recall("singleKeys") !== "off");
export const railCollapsed = createStore(recall("rail") === "collapsed");

export function setTheme(next: Theme): void {
  remember("theme", next === "system" ? null : next);
  theme.set(next);
  showTheme();
}

export function showTheme(): void {
  const chosen = theme.get();
  if (chosen === "system") delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = chosen;
}

export function setSingleKeys(on: boolean): void {
  remember("singleKeys", on ? null : "off");
  singleKeys.set(on);
}

export function setRailCollapsed(on: boolean): void {
  remember("rail", on ? "collapsed" : null);
  railCollapsed.set(on);
}
