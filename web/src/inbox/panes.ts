import { recall, remember } from "@/lib/storage";
import { createStore } from "@/lib/store";

/** Which panes of the inbox this browser shows. Narrow windows show one at a time anyway. */
const keptViews = recall("inbox.views");
/** Until a person decides, the views have a rail of their own only where there is room to spare. */
export const viewsShown = createStore(
  keptViews ? keptViews === "shown" : window.matchMedia("(min-width: 100rem)").matches,
);
export const listShown = createStore(recall("inbox.list") !== "hidden");
/** On narrow windows the customer covers the thread, so there it starts hidden. */
export const customerShown = createStore(
  recall("inbox.customer") !== "hidden" && window.matchMedia("(min-width: 80rem)").matches,
);

export function setViewsShown(on: boolean): void {
  remember("inbox.views", on ? "shown" : "hidden");
  viewsShown.set(on);
}

export function setListShown(on: boolean): void {
  remember("inbox.list", on ? null : "hidden");
  listShown.set(on);
}

export function setCustomerShown(on: boolean): void {
  if (window.matchMedia("(min-width: 80rem)").matches) {
    remember("inbox.customer", on ? null : "hidden");
  }
  customerShown.set(on);
}
