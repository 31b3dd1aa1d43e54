import { formatLocale } from "./locale";

/** An amount in minor units (pence, cents), as the API states it. */
export interface MoneyValue {
  amount: number;
  currency: string;
}

function currencyFormat(currency: string, locale: string): Intl.NumberFormat {
  try {
    return new Intl.NumberFormat(locale, { style: "currency", currency });
  } catch {
    return new Intl.NumberFormat(locale, { minimumFractionDigits: 2 });
  }
}

/** How many decimals the currency has: 2 for GBP, 0 for JPY, 3 for KWD. */
export function currencyDigits(currency: string): number {
  return currencyFormat(currency, "en").resolvedOptions().maximumFractionDigits ?? 2;
}

export function formatMoney(value: MoneyValue, locale = formatLocale()): string {
  const format = currencyFormat(value.currency, locale);
  const digits = format.resolvedOptions().maximumFractionDigits ?? 2;
  return format.format(decimalText(value.amount, digits) as unknown as number);
}

/** Minor units as a decimal text: exact for any integer, unlike a division. */
export function decimalText(amount: number, digits: number): string {
  const sign = amount < 0 ? "-" : "";
  const text = Math.abs(amount)
    .toString()
    .padStart(digits + 1, "0");
  if (digits === 0) return sign + text;
  return `${sign}${text.slice(0, -digits)}.${text.slice(-digits)}`;
}

/**
 * Reads what a person typed ("1,299.50", "1.299,50 €") as minor units; null when
 * it is no amount, or has more decimals than the currency.
 */
export function parseMoney(typed: string, currency: string): MoneyValue | null {
  const digits = currencyDigits(currency);
  const text = typed.replace(/[\p{Sc}\p{L}\s'’]/gu, "");
  const plain = new RegExp(`^(-?)(\\d+)(?:[.,](\\d{1,${Math.max(1, digits)}}))?$`);
  const grouped = new RegExp(
    `^(-?)(\\d{1,3}(?:([.,])\\d{3})(?:\\3\\d{3})*)(?:(?!\\3)[.,](\\d{1,${Math.max(1, digits)}}))?$`,
  );
  let match = plain.exec(text);
  let decimals = match?.[3] ?? "";
  if (!match) {
    match = grouped.exec(text);
    decimals = match?.[4] ?? "";
  }
  if (!match || decimals.length > digits) return null;
  const whole = (match[2] ?? "").replace(/[.,]/g, "");
  const minor = Number(whole + decimals.padEnd(digits, "0"));
  if (!Number.isSafeInteger(minor)) return null;
  return { amount: match[1] === "-" ? -minor : minor, currency };
}

export function formatNumber(value: number, locale = formatLocale()): string {
  return new Intl.NumberFormat(locale).format(value);
}

const steps: [Intl.RelativeTimeFormatUnit, number][] = [
  ["minute", 60],
  ["hour", 3600],
  ["day", 86_400],
  ["week", 604_800],
];

/**
 * "now", "5 min. ago", "yesterday", and a date once it is older than a week:
 * beyond that people think in dates.
 */
export function formatAge(at: Date, now: Date, locale = formatLocale()): string {
  const seconds = Math.round((at.getTime() - now.getTime()) / 1000);
  const distance = Math.abs(seconds);
  const relative = new Intl.RelativeTimeFormat(locale, { numeric: "auto", style: "short" });
  if (distance < 45) return relative.format(0, "second");
  if (distance >= 604_800) return formatDate(at, now, locale);
  let unit: Intl.RelativeTimeFormatUnit = "minute";
  let size = 60;
  for (const [name, length] of steps) {
    if (distance < length) break;
    unit = name;
    size = length;
  }
  return relative.format(Math.trunc(seconds / size) || Math.sign(seconds), unit);
}

/** The shortest age that is still clear, for dense rows: "5m", "3h", "2d", then a date. */
export function formatShortAge(at: Date, now: Date, locale = formatLocale()): string {
  const distance = Math.max(0, Math.round((now.getTime() - at.getTime()) / 1000));
  const short = (value: number, unit: "minute" | "hour" | "day") =>
    new Intl.NumberFormat(locale, { style: "unit", unit, unitDisplay: "narrow" }).format(value);
  if (distance < 3600) return short(Math.max(1, Math.trunc(distance / 60)), "minute");
  if (distance < 86_400) return short(Math.trunc(distance / 3600), "hour");
  if (distance < 604_800) return short(Math.trunc(distance / 86_400), "day");
  return formatDate(at, now, locale);
}

/** A date without its year while that is the current one. */
export function formatDate(at: Date, now: Date, locale = formatLocale()): string {
  return new Intl.DateTimeFormat(locale, {
    day: "numeric",
    month: "short",
    ...(at.getFullYear() === now.getFullYear() ? {} : { year: "numeric" }),
  }).format(at);
}

/** Date and time in full, for titles and details. */
export function formatFull(at: Date, locale = formatLocale()): string {
  return new Intl.DateTimeFormat(locale, { dateStyle: "medium", timeStyle: "short" }).format(at);
}

export function formatBytes(bytes: number, locale = formatLocale()): string {
  const units = ["byte", "kilobyte", "megabyte", "gigabyte"] as const;
  let value = bytes;
  let step = 0;
  while (value >= 1000 && step < units.length - 1) {
    value /= 1000;
    step += 1;
  }
  return new Intl.NumberFormat(locale, {
    style: "unit",
    unit: units[step] ?? "byte",
    unitDisplay: "short",
    maximumFractionDigits: step > 1 ? 1 : 0,
  }).format(value);
}
