import { currencyDigits, formatMoney } from "@/lib/format";

/** A value with what people call it. */
export interface Choice {
  value: string;
  label: string;
}

/** Languages offered by name; any other tag that is set stays in the list. */
const locales = [
  "ar",
  "bg",
  "cs",
  "da",
  "de-AT",
  "de-CH",
  "de-DE",
  "el",
  "en-AU",
  "en-CA",
  "en-GB",
  "en-IE",
  "en-IN",
  "en-NZ",
  "en-US",
  "en-ZA",
  "es-ES",
  "es-MX",
  "et",
  "fi",
  "fr-BE",
  "fr-CA",
  "fr-CH",
  "fr-FR",
  "he",
  "hi",
  "hr",
  "hu",
  "id",
  "it-IT",
  "ja",
  "ko",
  "lt",
  "lv",
  "nb",
  "nl-BE",
  "nl-NL",
  "pl",
  "pt-BR",
  "pt-PT",
  "ro",
  "sk",
  "sl",
  "sv",
  "th",
  "tr",
  "uk",
  "vi",
  "zh-CN",
  "zh-TW",
];

function named(values: readonly string[], current: string, nameOf: (v: string) => string) {
  const all = values.includes(current) || current === "" ? values : [current, ...values];
  return all
    .map((value): Choice => ({ value, label: nameOf(value) }))
    .sort((a, b) => a.label.localeCompare(b.label));
}

export function localeChoices(current: string): Choice[] {
  const names = new Intl.DisplayNames(undefined, { type: "language" });
  return named(locales, current, (tag) => {
    try {
      return names.of(tag) ?? tag;
    } catch {
      return tag;
    }
  });
}

export function currencyChoices(current: string): Choice[] {
  const names = new Intl.DisplayNames(undefined, { type: "currency" });
  return named(Intl.supportedValuesOf("currency"), current, (code) => {
    try {
      const name = names.of(code);
      return name && name !== code ? `${code} – ${name}` : code;
    } catch {
      return code;
    }
  });
}

export function timezoneChoices(current: string): Choice[] {
  const zones = Intl.supportedValuesOf("timeZone");
  return named(zones.includes("UTC") ? zones : ["UTC", ...zones], current, (zone) =>
    zone.replaceAll("_", " "),
  );
}

/** An amount and a moment as the choices would show them; empty while they make no sense. */
export function exampleOf(
  choice: { currency: string; timezone: string; locale: string },
  now: Date,
): { money: string; moment: string } | null {
  try {
    const moment = new Intl.DateTimeFormat(choice.locale, {
      dateStyle: "full",
      timeStyle: "short",
      timeZone: choice.timezone,
    }).format(now);
    const amount = 1299 * 10 ** currencyDigits(choice.currency) + 50;
    const money = formatMoney({ amount, currency: choice.currency }, choice.locale);
    return { money, moment };
  } catch {
    return null;
  }
}
