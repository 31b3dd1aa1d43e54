import { type ReactNode, useEffect, useState } from "react";
import { cx } from "@/lib/cx";
import { formatAge, formatFull, formatMoney, formatShortAge, type MoneyValue } from "@/lib/format";

/** An amount of money, right for its currency and ready to stand in a column. */
export function Money({ value, className }: { value: MoneyValue; className?: string }): ReactNode {
  return (
    <span className={cx("tabular whitespace-nowrap", className)} dir="ltr">
      {formatMoney(value)}
    </span>
  );
}

const minute = 60_000;

/** When something happened: "5 min. ago", with the exact moment on hover. Stays current. */
export function Time({
  at,
  form = "age",
  className,
}: {
  at: string;
  /** age: "5 min. ago"; short: "5m"; full: date and time. */
  form?: "age" | "short" | "full";
  className?: string;
}): ReactNode {
  const [now, setNow] = useState(() => new Date());
  useEffect(() => {
    if (form === "full") return;
    const timer = setInterval(() => setNow(new Date()), minute);
    return () => clearInterval(timer);
  }, [form]);
  const moment = new Date(at);
  if (Number.isNaN(moment.getTime())) return null;
  const full = formatFull(moment);
  const text =
    form === "full"
      ? full
      : form === "short"
        ? formatShortAge(moment, now)
        : formatAge(moment, now);
  return (
    <time dateTime={at} title={full} className={cx("tabular whitespace-nowrap", className)}>
      {text}
    </time>
  );
}
