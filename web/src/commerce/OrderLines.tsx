import { Link } from "@tanstack/react-router";
import type { ReactNode } from "react";
import { formatNumber, type MoneyValue } from "@/lib/format";
import { formatLocale } from "@/lib/locale";
import { t } from "@/messages";
import { Money } from "@/ui/values";
import type { OrderDetail, OrderLine } from "./types";

const head = "px-2 py-1.5 text-sm font-medium whitespace-nowrap text-muted first:ps-4 last:pe-4";
const cell = "px-2 py-1.5 first:ps-4 last:pe-4";

/** What the order holds, line by line, and what it comes to. */
export function OrderLines({ order }: { order: OrderDetail }): ReactNode {
  const hasDiscount = order.lines.some((line) => line.discount.amount !== 0);
  const hasTax = order.lines.some((line) => line.tax.amount !== 0);
  return (
    <div className="pb-8">
      <table className="w-full border-collapse">
        <caption className="sr-only">{t("commerce.lines")}</caption>
        <thead>
          <tr className="border-b">
            <th scope="col" className={`${head} text-start`}>
              {t("commerce.product")}
            </th>
            <th scope="col" className={`${head} text-end`}>
              {t("commerce.quantity")}
            </th>
            <th scope="col" className={`${head} text-end max-sm:hidden`}>
              {t("commerce.unitPrice")}
            </th>
            {hasDiscount && (
              <th scope="col" className={`${head} text-end max-sm:hidden`}>
                {t("commerce.discount")}
              </th>
            )}
            {hasTax && (
              <th scope="col" className={`${head} text-end max-sm:hidden`}>
                {t("commerce.tax")}
              </th>
            )}
            <th scope="col" className={`${head} text-end`}>
              {t("commerce.total")}
            </th>
          </tr>
        </thead>
        <tbody>
          {order.lines.map((line, i) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: lines have no id of their own
            <tr key={i} className="border-b border-line/60 align-top hover:bg-hover">
              <td className={cell}>
                <LineTitle line={line} />
              </td>
              <td className={`${cell} tabular text-end`}>{formatNumber(line.quantity)}</td>
              <td className={`${cell} text-end max-sm:hidden`}>
                <UnitPrice line={line} />
              </td>
              {hasDiscount && (
                <td className={`${cell} text-end max-sm:hidden`}>
                  <Part value={line.discount} minus />
                </td>
              )}
              {hasTax && (
                <td className={`${cell} text-end max-sm:hidden`}>
                  <Part value={line.tax} />
                </td>
              )}
              <td className={`${cell} text-end`}>
                <Money value={line.total} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      <Totals order={order} />
    </div>
  );
}

function LineTitle({ line }: { line: OrderLine }): ReactNode {
  return (
    <>
      {line.productId ? (
        <Link
          to="/products/$productId"
          params={{ productId: line.productId }}
          dir="auto"
          className="font-medium hover:underline"
        >
          {line.title}
        </Link>
      ) : (
        <span dir="auto" className="font-medium">
          {line.title}
        </span>
      )}
      {line.sku && (
        <span dir="ltr" className="block text-sm text-faint">
          {line.sku}
        </span>
      )}
    </>
  );
}

/** The exact price of one piece, with all its digits. */
function UnitPrice({ line }: { line: OrderLine }): ReactNode {
  const digits = line.unitPriceExact.split(".")[1]?.length ?? 0;
  const text = new Intl.NumberFormat(formatLocale(), {
    style: "currency",
    currency: line.unitPrice.currency,
    minimumFractionDigits: digits,
    maximumFractionDigits: digits,
  }).format(line.unitPriceExact as unknown as number);
  return (
    <span dir="ltr" className="tabular whitespace-nowrap">
      {text}
    </span>
  );
}

function Part({ value, minus = false }: { value: MoneyValue; minus?: boolean }): ReactNode {
  if (value.amount === 0) return null;
  return (
    <Money value={minus ? { ...value, amount: -value.amount } : value} className="text-muted" />
  );
}

function Totals({ order }: { order: OrderDetail }): ReactNode {
  const { subtotal, discount, tax, total, paid, currency } = order;
  const open: MoneyValue = { amount: total.amount - paid.amount, currency };
  const isSettled = open.amount === 0;
  const rows: [string, MoneyValue, string?][] = [
    [t("commerce.subtotal"), subtotal],
    ...(discount.amount !== 0
      ? ([[t("commerce.discount"), { ...discount, amount: -discount.amount }]] as [
          string,
          MoneyValue,
        ][])
      : []),
    ...(tax.amount !== 0 ? ([[t("commerce.tax"), tax]] as [string, MoneyValue][]) : []),
    [t("commerce.total"), total, "border-t font-semibold"],
    [t("commerce.paid"), paid],
    ...(isSettled
      ? []
      : ([
          [
            open.amount > 0 === total.amount >= 0 ? t("commerce.due") : t("commerce.overpaid"),
            { ...open, amount: Math.abs(open.amount) },
            "font-medium text-warning",
          ],
        ] as [string, MoneyValue, string][])),
  ];
  return (
    <div className="ms-auto mt-3 w-64 max-w-full px-4">
      <dl>
        {rows.map(([label, value, look]) => (
          <div key={label} className={`flex justify-between gap-4 py-1 ${look ?? ""}`}>
            <dt>{label}</dt>
            <dd>
              <Money value={value} />
            </dd>
          </div>
        ))}
      </dl>
      {isSettled && <p className="py-1 text-end text-success">{t("commerce.settled")}</p>}
    </div>
  );
}
