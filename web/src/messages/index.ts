import { formatLocale } from "@/lib/locale";
import { en } from "./en";

/** A message is a text with {names}, or one text per plural form, chosen by `count`. */
export type Plural = { one?: string; other: string };
export type Message = string | Plural;
export type MessageKey = keyof typeof en;

type TextOf<K extends MessageKey> = (typeof en)[K] extends string
  ? (typeof en)[K]
  : (typeof en)[K] extends { other: infer S extends string }
    ? S | "{count}"
    : never;
type NamesIn<S extends string> = S extends `${string}{${infer N}}${infer Rest}`
  ? N | NamesIn<Rest>
  : never;
type Values<K extends MessageKey> = { [N in NamesIn<TextOf<K>>]: string | number };
type Args<K extends MessageKey> = [NamesIn<TextOf<K>>] extends [never] ? [] : [values: Values<K>];

export const messagesLocale = "en";
const plurals = new Intl.PluralRules(messagesLocale);

/** The message for a key, with its {names} filled in. Both are checked by the compiler. */
export function t<K extends MessageKey>(key: K, ...args: Args<K>): string {
  return fill(en[key], (args[0] ?? {}) as Record<string, string | number>);
}

export function fill(message: Message, values: Record<string, string | number>): string {
  const text =
    typeof message === "string"
      ? message
      : plurals.select(Number(values.count)) === "one"
        ? (message.one ?? message.other)
        : message.other;
  return text.replace(/\{(\w+)\}/g, (whole, name: string) => {
    const value = values[name];
    if (value === undefined) return whole;
    return typeof value === "number" ? new Intl.NumberFormat(formatLocale()).format(value) : value;
  });
}
