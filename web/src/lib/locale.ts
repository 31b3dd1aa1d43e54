import { recall, remember } from "./storage";

const rightToLeft = new Set(["ar", "fa", "he", "ur", "ps", "sd", "ug", "yi", "dv", "ckb"]);

/** The language of numbers and dates: the person's own, as the browser states it. */
export function formatLocale(): string {
  return navigator.language || "en";
}

/** The writing direction that a language tag implies. */
export function directionOf(tag: string): "ltr" | "rtl" {
  return rightToLeft.has(tag.split("-")[0]?.toLowerCase() ?? "") ? "rtl" : "ltr";
}

/**
 * Sets lang and dir on the document. `?dir=rtl` (or ltr) in the address forces a
 * direction and is remembered, so that any screen can be looked at mirrored.
 */
export function showLocale(messagesLocale: string): void {
  const asked = new URLSearchParams(location.search).get("dir");
  if (asked === "rtl" || asked === "ltr") {
    remember("dir", asked === directionOf(messagesLocale) ? null : asked);
  }
  const kept = recall("dir");
  document.documentElement.lang = messagesLocale;
  document.documentElement.dir =
    kept === "rtl" || kept === "ltr" ? kept : directionOf(messagesLocale);
}

export function direction(): "ltr" | "rtl" {
  return document.documentElement.dir === "rtl" ? "rtl" : "ltr";
}
