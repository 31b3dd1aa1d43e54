import { useQueryClient } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import Banknote from "lucide-react/icons/banknote";
import CreditCard from "lucide-react/icons/credit-card";
import { type ReactNode, useId } from "react";
import { keys } from "@/api/keys";
import { type List, useList } from "@/api/queries";
import { currencyDigits, decimalText, type MoneyValue, parseMoney } from "@/lib/format";
import { t } from "@/messages";
import { call, fetchPage } from "@/records/wire";
import { Button } from "@/ui/Button";
import { type Column, DataTable } from "@/ui/DataTable";
import { Dialog } from "@/ui/Dialog";
import { Field, Input } from "@/ui/Field";
import { Form, useForm } from "@/ui/form";
import { EmptyState, ListStates } from "@/ui/states";
import { toast } from "@/ui/toast";
import { Money, Time } from "@/ui/values";
import { refusal } from "./refusal";
import type { Transaction } from "./types";

const columns: Column<Transaction>[] = [
  {
    id: "kind",
    header: t("commerce.kind"),
    cell: (x) => {
      const Icon = x.kind === "refund" ? Banknote : CreditCard;
      return (
        <span className="flex items-center gap-2">
          <Icon size={14} aria-hidden className="shrink-0 text-faint" />
          {x.kind === "refund" ? t("commerce.refund") : t("commerce.payment")}
        </span>
      );
    },
  },
  {
    id: "method",
    header: t("commerce.method"),
    width: "w-32",
    cell: (x) => <span dir="auto">{x.method}</span>,
  },
  {
    id: "reference",
    header: t("commerce.reference"),
    width: "w-40",
    from: "md",
    cell: (x) => <span dir="ltr">{x.reference}</span>,
  },
  {
    id: "order",
    header: t("commerce.order"),
    width: "w-28",
    from: "md",
    cell: (x) =>
      x.orderId ? (
        <Link
          to="/orders/$orderId"
          params={{ orderId: x.orderId }}
          className="text-accent-text hover:underline"
        >
          {t("commerce.order")}
        </Link>
      ) : null,
  },
  {
    id: "occurredAt",
    header: t("commerce.occurredAt"),
    width: "w-32",
    cell: (x) => <Time at={x.occurredAt} className="text-muted" />,
  },
  {
    id: "amount",
    header: t("commerce.amount"),
    width: "w-28",
    align: "end",
    cell: (x) => (
      <Money
        value={x.kind === "refund" ? { ...x.amount, amount: -x.amount.amount } : x.amount}
        className={x.kind === "refund" ? "text-warning" : "font-medium"}
      />
    ),
  },
];

/** Payments and refunds, newest first. */
export function TransactionTable({
  list,
  withOrder = true,
}: {
  list: List<Transaction>;
  withOrder?: boolean;
}): ReactNode {
  return (
    <DataTable
      label={t("commerce.transactions")}
      list={list}
      columns={withOrder ? columns : columns.filter((c) => c.id !== "order")}
    />
  );
}

export function OrderTransactions({
  orderId,
  actions,
}: {
  orderId: string;
  actions?: ReactNode;
}): ReactNode {
  const list = useList<Transaction>(keys.list("transactions", { orderId }), (cursor, signal) =>
    fetchPage("/transactions", { orderId }, cursor, signal),
  );
  return (
    <ListStates
      list={list}
      firstUse={
        <EmptyState icon={CreditCard} title={t("commerce.noTransactions")} action={actions}>
          {t("commerce.noTransactionsHint")}
        </EmptyState>
      }
    >
      <TransactionTable list={list} withOrder={false} />
    </ListStates>
  );
}

const methods = [
  t("commerce.method.card"),
  t("commerce.method.bank"),
  t("commerce.method.cash"),
  t("commerce.method.giftCard"),
];

/** Records money that moved for an order. The amount begins as what is open. */
export function RecordTransaction({
  kind,
  orderId,
  suggested,
  onClose,
}: {
  kind: Transaction["kind"];
  orderId: string;
  suggested: MoneyValue;
  onClose: () => void;
}): ReactNode {
  const queries = useQueryClient();
  const listId = useId();
  const { currency } = suggested;
  const form = useForm({
    initial: {
      "amount.amount":
        suggested.amount > 0 ? decimalText(suggested.amount, currencyDigits(currency)) : "",
      method: methods[0] ?? "",
      reference: "",
      occurredAt: "",
    },
    async submit(values) {
      const amount = parseMoney(values["amount.amount"], currency);
      if (!amount) throw refusal("amount.amount", t("commerce.amountWrong", { currency }));
      await call("POST", "/transactions", {
        body: {
          kind,
          amount,
          orderId,
          method: values.method.trim(),
          ...(values.reference.trim() ? { reference: values.reference.trim() } : {}),
          ...(values.occurredAt ? { occurredAt: new Date(values.occurredAt).toISOString() } : {}),
        },
      });
      toast.done(t("commerce.recorded"));
      void queries.invalidateQueries({ queryKey: keys.all("transactions") });
      void queries.invalidateQueries({ queryKey: keys.one("orders", orderId) });
      onClose();
    },
  });
  const title = kind === "refund" ? t("commerce.recordRefund") : t("commerce.recordPayment");
  return (
    <Dialog
      open
      onOpenChange={(open) => {
        if (!open) onClose();
      }}
      title={title}
      width="small"
      actions={
        <>
          <Button onClick={onClose}>{t("ui.cancel")}</Button>
          <Button look="primary" busy={form.isPending} onClick={form.submit}>
            {title}
          </Button>
        </>
      }
    >
      <Form form={form} label={title} className="flex flex-col gap-3">
        <Field
          name="amount.amount"
          label={t("commerce.amount")}
          hint={t("commerce.amountHint", { currency })}
          required
        >
          <Input inputMode="decimal" dir="ltr" autoComplete="off" />
        </Field>
        <Field name="method" label={t("commerce.method")} required>
          <Input list={listId} dir="auto" autoComplete="off" />
        </Field>
        <datalist id={listId}>
          {methods.map((method) => (
            <option key={method} value={method} />
          ))}
        </datalist>
        <Field name="reference" label={t("commerce.reference")} hint={t("commerce.referenceHint")}>
          <Input dir="ltr" autoComplete="off" />
        </Field>
        <Field name="occurredAt" label={t("commerce.occurredAt")} hint={t("commerce.nowHint")}>
          <Input type="datetime-local" />
        </Field>
        <button type="submit" hidden />
      </Form>
    </Dialog>
  );
}
