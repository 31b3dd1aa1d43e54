import { useQuery } from "@tanstack/react-query";
import { type ReactNode, useState } from "react";
import { keys } from "@/api/keys";
import { useSession } from "@/api/session";
import type { Customer } from "@/customers/types";
import { cx } from "@/lib/cx";
import { currencyDigits, decimalText, formatMoney } from "@/lib/format";
import { t } from "@/messages";
import { Combobox } from "@/records/Combobox";
import { CustomFieldInputs, filledFields, initialFields } from "@/records/CustomFields";
import { useFieldDefinitions } from "@/records/fields";
import { call, callTagged, type Tagged } from "@/records/wire";
import { Button } from "@/ui/Button";
import { Dialog } from "@/ui/Dialog";
import { Field, Input, Select } from "@/ui/Field";
import { Form, useForm } from "@/ui/form";
import { localInput } from "./dates";
import { findCustomers } from "./find";
import {
  emptyLine,
  LineEditor,
  lineBody,
  lineDraft,
  lineProblems,
  minorUnits,
  type TypedLine,
  typedLine,
} from "./LineEditor";
import { orderTotals } from "./orderTotals";
import { refusals } from "./refusal";
import { type OrderDetail, type OrderKind, orderKinds, orderStatuses } from "./types";

/** Writes a new order, or corrects one; the total is computed while one types. */
export function OrderForm({
  order,
  customerId,
  onSaved,
  onClose,
}: {
  /** The order to correct; without it a new one is written. */
  order?: Tagged<OrderDetail>;
  /** The customer whom a new order is for. */
  customerId?: string | undefined;
  onSaved: (saved: Tagged<OrderDetail>) => void;
  onClose: () => void;
}): ReactNode {
  const { workspace } = useSession();
  const definitions = useFieldDefinitions("orders").fields;
  const old = order?.value;
  const currencyNow = old?.currency ?? workspace.currency;
  const minor = (amount: number) =>
    amount === 0 ? "" : decimalText(amount, currencyDigits(currencyNow));
  const [lines, setLines] = useState<TypedLine[]>(
    old ? old.lines.map((line) => typedLine(line, old.kind)) : [emptyLine()],
  );
  const [customer, setCustomer] = useState<{ id: string; name: string } | null | undefined>(
    old ? old.customer : customerId ? undefined : null,
  );
  // A customer given by the address is known by id alone; the name is read beside.
  const given = useQuery({
    queryKey: keys.one("customers", customerId ?? ""),
    queryFn: ({ signal }) => callTagged<Customer>("GET", `/customers/${customerId}`, { signal }),
    enabled: customer === undefined && customerId !== undefined,
  });
  const chosen =
    customer === undefined
      ? given.data
        ? { id: given.data.value.id, name: given.data.value.name }
        : null
      : customer;

  const form = useForm<Record<string, string>>({
    initial: {
      kind: old?.kind ?? "sale",
      status: old?.status ?? "pending",
      number: old?.number ?? "",
      currency: currencyNow,
      source: old?.source ?? "",
      placedAt: old ? localInput(old.placedAt) : "",
      discount: old
        ? minor(old.discount.amount - sum(old.lines.map((l) => l.discount.amount)))
        : "",
      tax: old ? minor(old.tax.amount - sum(old.lines.map((l) => l.tax.amount))) : "",
      ...(old ? {} : initialFields(definitions)),
    },
    async submit(values) {
      const problems = [
        ...lineProblems(lines, currency),
        ...["discount", "tax"]
          .filter((name) => Number.isNaN(minorUnits(values[name] ?? "", currency)))
          .map((name) => ({ location: name, message: t("commerce.amountWrong", { currency }) })),
      ];
      if (problems.length > 0) throw refusals(problems);
      const body = {
        customerId: chosen?.id ?? (old ? null : undefined),
        lines: lines.map((line) => lineBody(line, kind, currency)),
        discount: extra.discount,
        tax: extra.tax,
        ...(values.number?.trim() ? { number: values.number.trim() } : {}),
        ...(values.placedAt ? { placedAt: new Date(values.placedAt).toISOString() } : {}),
        ...(values.source?.trim() || old ? { source: values.source?.trim() ?? "" } : {}),
      };
      onSaved(
        old
          ? await callTagged<OrderDetail>("PATCH", `/orders/${old.id}`, {
              body,
              etag: order.etag,
            })
          : {
              value: await call<OrderDetail>("POST", "/orders", {
                body: {
                  ...body,
                  kind,
                  status: values.status,
                  currency,
                  fields: filledFields(definitions, values),
                },
              }),
              etag: "",
            },
      );
    },
  });
  const kind = (form.values.kind ?? "sale") as OrderKind;
  const currency = /^[A-Za-z]{3}$/.test(form.values.currency ?? "")
    ? (form.values.currency ?? "").toUpperCase()
    : currencyNow;
  const extra = {
    discount: minorUnits(form.values.discount ?? "", currency) || 0,
    tax: minorUnits(form.values.tax ?? "", currency) || 0,
  };
  const totals = orderTotals(
    lines.map((line) => lineDraft(line, kind, currency)),
    extra,
    currency,
  );
  const title = old ? t("commerce.correctTitle", { number: old.number }) : t("commerce.newOrder");
  return (
    <Dialog
      open
      onOpenChange={(open) => {
        if (!open) onClose();
      }}
      title={title}
      {...(old ? { description: t("commerce.correctText") } : {})}
      width="large"
      actions={
        <>
          <output className="tabular me-auto self-center text-md font-semibold" aria-live="polite">
            {t("commerce.total")}{" "}
            <span dir="ltr" className={cx(totals.total < 0 && "text-warning")}>
              {formatMoney({ amount: totals.total, currency })}
            </span>
          </output>
          <Button onClick={onClose}>{t("ui.cancel")}</Button>
          <Button look="primary" busy={form.isPending} onClick={form.submit}>
            {old ? t("commerce.save") : t("commerce.createOrder")}
          </Button>
        </>
      }
    >
      <Form form={form} label={title} className="flex flex-col gap-4">
        <div className="grid gap-3 sm:grid-cols-3">
          <div className="flex flex-col gap-1 sm:col-span-2">
            <span className="font-medium">{t("commerce.customer")}</span>
            <Combobox
              label={t("commerce.customer")}
              scope="customers"
              placeholder={t("commerce.findCustomer")}
              value={chosen?.name ?? ""}
              find={findCustomers}
              onChange={(found) => setCustomer(found && { id: found.id, name: found.title })}
            />
          </div>
          <Field
            name="number"
            label={t("commerce.number")}
            hint={old ? undefined : t("commerce.numberHint")}
          >
            <Input dir="ltr" autoComplete="off" />
          </Field>
          {!old && (
            <>
              <Field name="kind" label={t("commerce.kind")}>
                <Select>
                  {orderKinds.map((k) => (
                    <option key={k} value={k}>
                      {t(`commerce.kind.${k}`)}
                    </option>
                  ))}
                </Select>
              </Field>
              <Field name="status" label={t("commerce.status")}>
                <Select>
                  {orderStatuses.map((s) => (
                    <option key={s} value={s}>
                      {t(`commerce.status.${s}`)}
                    </option>
                  ))}
                </Select>
              </Field>
              <Field name="currency" label={t("commerce.currency")}>
                <Input dir="ltr" maxLength={3} autoComplete="off" className="uppercase" />
              </Field>
            </>
          )}
        </div>
        <fieldset>
          <legend className="mb-1 font-semibold">{t("commerce.lines")}</legend>
          <LineEditor lines={lines} currency={currency} totals={totals} onChange={setLines} />
        </fieldset>
        <fieldset>
          <legend className="mb-1 font-semibold">{t("commerce.wholeOrder")}</legend>
          <div className="grid gap-3 sm:grid-cols-4">
            <Field name="discount" label={t("commerce.discount")}>
              <Input inputMode="decimal" dir="ltr" autoComplete="off" />
            </Field>
            <Field name="tax" label={t("commerce.tax")}>
              <Input inputMode="decimal" dir="ltr" autoComplete="off" />
            </Field>
            <Field
              name="placedAt"
              label={t("commerce.placedAt")}
              hint={old ? undefined : t("commerce.nowHint")}
            >
              <Input type="datetime-local" />
            </Field>
            <Field name="source" label={t("commerce.source")}>
              <Input dir="auto" autoComplete="off" />
            </Field>
          </div>
        </fieldset>
        {!old && definitions.length > 0 && (
          <div className="grid gap-3 sm:grid-cols-3">
            <CustomFieldInputs definitions={definitions} />
          </div>
        )}
        <button type="submit" hidden />
      </Form>
    </Dialog>
  );
}

function sum(amounts: readonly number[]): number {
  return amounts.reduce((a, b) => a + b, 0);
}
