import Plus from "lucide-react/icons/plus";
import Trash from "lucide-react/icons/trash-2";
import { type ReactNode, useEffect, useState } from "react";
import type { FieldProblem } from "@/api/errors";
import { currencyDigits, decimalText, formatMoney, parseMoney } from "@/lib/format";
import { randomId } from "@/lib/id";
import { t } from "@/messages";
import { Combobox } from "@/records/Combobox";
import { Button, IconButton } from "@/ui/Button";
import { Field, Input } from "@/ui/Field";
import { useFormState } from "@/ui/form";
import { findProducts } from "./find";
import { type LineDraft, parseUnitPrice, type Totals, unitPriceText } from "./orderTotals";
import type { OrderKind, OrderLine } from "./types";

/** A line as it is typed. Pieces of a return are typed as they are counted: without a minus. */
export interface TypedLine {
  key: string;
  productId: string;
  sku: string;
  title: string;
  quantity: string;
  unitPrice: string;
  discount: string;
  tax: string;
}

export function emptyLine(): TypedLine {
  return {
    key: randomId(),
    productId: "",
    sku: "",
    title: "",
    quantity: "1",
    unitPrice: "",
    discount: "",
    tax: "",
  };
}

/** A line of an existing order, ready to be corrected. */
export function typedLine(line: OrderLine, kind: OrderKind): TypedLine {
  const minor = (amount: number) =>
    amount === 0 ? "" : decimalText(amount, currencyDigits(line.total.currency));
  return {
    key: randomId(),
    productId: line.productId ?? "",
    sku: line.sku,
    title: line.title,
    quantity: String(kind === "return" ? -line.quantity : line.quantity),
    unitPrice: line.unitPriceExact,
    discount: minor(line.discount.amount),
    tax: minor(line.tax.amount),
  };
}

/** An amount in minor units; nothing typed is none, nonsense is not a number. */
export function minorUnits(typed: string, currency: string): number {
  if (typed.trim() === "") return 0;
  return parseMoney(typed, currency)?.amount ?? Number.NaN;
}

export function lineDraft(line: TypedLine, kind: OrderKind, currency: string): LineDraft {
  const count = /^-?\d+$/.test(line.quantity.trim()) ? Number(line.quantity) : Number.NaN;
  return {
    quantity: kind === "return" ? -count : count,
    unitPrice: line.unitPrice,
    discount: minorUnits(line.discount, currency) || 0,
    tax: minorUnits(line.tax, currency) || 0,
  };
}

/** What is no number in the lines, each at its field. What else may be wrong the server says. */
export function lineProblems(lines: readonly TypedLine[], currency: string): FieldProblem[] {
  return lines.flatMap((line, i) => {
    const at = (field: string, message: string) => ({ location: `lines[${i}].${field}`, message });
    const amount = t("commerce.amountWrong", { currency });
    return [
      ...(/^-?\d+$/.test(line.quantity.trim())
        ? []
        : [at("quantity", t("commerce.quantityWrong"))]),
      ...(parseUnitPrice(line.unitPrice) === null
        ? [at("unitPrice", t("commerce.unitPriceWrong"))]
        : []),
      ...(["discount", "tax"] as const)
        .filter((field) => Number.isNaN(minorUnits(line[field], currency)))
        .map((field) => at(field, amount)),
    ];
  });
}

/** A line as the API takes it. */
export function lineBody(line: TypedLine, kind: OrderKind, currency: string) {
  const draft = lineDraft(line, kind, currency);
  return {
    ...(line.productId ? { productId: line.productId } : {}),
    ...(line.sku ? { sku: line.sku } : {}),
    ...(line.title.trim() ? { title: line.title.trim() } : {}),
    quantity: draft.quantity,
    unitPrice: unitPriceText(line.unitPrice),
    discount: draft.discount,
    tax: draft.tax,
  };
}

/** The lines of an order being written, each with its total as it will be. */
export function LineEditor({
  lines,
  currency,
  totals,
  onChange,
}: {
  lines: readonly TypedLine[];
  currency: string;
  totals: Totals;
  onChange: (lines: TypedLine[]) => void;
}): ReactNode {
  const set = (key: string, part: Partial<TypedLine>) =>
    onChange(lines.map((line) => (line.key === key ? { ...line, ...part } : line)));
  return (
    <div className="flex flex-col gap-2">
      <ol className="flex flex-col gap-2">
        {lines.map((line, i) => (
          <li
            key={line.key}
            className="rounded-md border p-2"
            aria-label={t("commerce.line", { count: i + 1 })}
          >
            <LineFields
              at={i}
              line={line}
              currency={currency}
              total={totals.lines[i] ?? null}
              onSet={(part) => set(line.key, part)}
              {...(lines.length > 1
                ? { onRemove: () => onChange(lines.filter((l) => l.key !== line.key)) }
                : {})}
            />
          </li>
        ))}
      </ol>
      <div>
        <Button
          icon={Plus}
          disabled={lines.length >= 1000}
          onClick={() => onChange([...lines, emptyLine()])}
        >
          {t("commerce.addLine")}
        </Button>
      </div>
    </div>
  );
}

function LineFields({
  at,
  line,
  currency,
  total,
  onSet,
  onRemove,
}: {
  at: number;
  line: TypedLine;
  currency: string;
  total: number | null;
  onSet: (part: Partial<TypedLine>) => void;
  onRemove?: () => void;
}): ReactNode {
  const name = (field: string) => `lines[${at}].${field}`;
  const number = (
    field: "quantity" | "unitPrice" | "discount" | "tax",
    label: string,
    width: string,
  ) => (
    <Field name={name(field)} label={label} className={width}>
      <Input
        inputMode="decimal"
        dir="ltr"
        autoComplete="off"
        className="text-end"
        value={line[field]}
        onChange={(event) => onSet({ [field]: event.target.value })}
      />
    </Field>
  );
  return (
    <div className="flex flex-wrap items-start gap-2">
      <ProductOfLine at={at} line={line} onSet={onSet} />
      {number("quantity", t("commerce.quantity"), "w-20")}
      {number("unitPrice", t("commerce.unitPrice"), "w-24")}
      {number("discount", t("commerce.discount"), "w-20")}
      {number("tax", t("commerce.tax"), "w-20")}
      <div className="ms-auto flex flex-col items-end gap-1">
        <span className="font-medium">{t("commerce.total")}</span>
        <output className="tabular min-h-7 leading-7" dir="ltr">
          {total === null ? "–" : formatMoney({ amount: total, currency })}
        </output>
      </div>
      {onRemove && (
        <IconButton
          icon={Trash}
          label={t("commerce.removeLine", { count: at + 1 })}
          onClick={onRemove}
          className="mt-6"
        />
      )}
    </div>
  );
}

/** A product of the catalogue, or a title for what is not in it. */
function ProductOfLine({
  at,
  line,
  onSet,
}: {
  at: number;
  line: TypedLine;
  onSet: (part: Partial<TypedLine>) => void;
}): ReactNode {
  const [byHand, setByHand] = useState(line.productId === "" && line.title !== "");
  const form = useFormState();
  const register = form?.register;
  const titleName = `lines[${at}].title`;
  const productName = `lines[${at}].productId`;
  // The box is no Input: it says itself that it shows what is wrong with the product.
  // biome-ignore lint/correctness/useExhaustiveDependencies: register only touches a ref
  useEffect(() => {
    const leave = [register?.(productName), register?.(titleName)];
    return () => {
      for (const done of leave) done?.();
    };
  }, [productName, titleName]);
  const problem = form?.errors[productName] ?? (byHand ? undefined : form?.errors[titleName]);
  if (byHand) {
    return (
      <Field
        name={titleName}
        label={t("commerce.title")}
        className="min-w-48 flex-1"
        end={
          <button
            type="button"
            className="text-sm text-accent-text hover:underline"
            onClick={() => setByHand(false)}
          >
            {t("commerce.findProduct")}
          </button>
        }
      >
        <Input
          dir="auto"
          autoComplete="off"
          value={line.title}
          onChange={(event) => onSet({ title: event.target.value, productId: "" })}
        />
      </Field>
    );
  }
  return (
    <div className="flex min-w-48 flex-1 flex-col gap-1">
      <div className="flex items-baseline justify-between gap-2">
        <span className="font-medium">{t("commerce.product")}</span>
        <button
          type="button"
          className="text-sm text-accent-text hover:underline"
          onClick={() => setByHand(true)}
        >
          {t("commerce.title")}
        </button>
      </div>
      <ProductBox line={line} invalid={Boolean(problem)} onSet={onSet} />
      {problem && <div className="text-sm text-danger">{problem}</div>}
    </div>
  );
}

function ProductBox({
  line,
  invalid,
  onSet,
}: {
  line: TypedLine;
  invalid: boolean;
  onSet: (part: Partial<TypedLine>) => void;
}): ReactNode {
  return (
    <Combobox
      label={t("commerce.product")}
      scope="products"
      placeholder={t("commerce.findProduct")}
      value={line.productId ? line.title : ""}
      invalid={invalid}
      find={findProducts}
      onChange={(found) =>
        onSet(
          found
            ? {
                productId: found.id,
                sku: found.record.sku,
                title: found.title,
                unitPrice: decimalText(
                  found.record.price.amount,
                  currencyDigits(found.record.price.currency),
                ),
              }
            : { productId: "", sku: "", title: "" },
        )
      }
    />
  );
}
