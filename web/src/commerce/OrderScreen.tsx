import { useQueryClient } from "@tanstack/react-query";
import { useNavigate, useParams, useSearch } from "@tanstack/react-router";
import { type ReactNode, useState } from "react";
import { isStatus } from "@/api/errors";
import { keys } from "@/api/keys";
import { useCan } from "@/api/session";
import { useTitle } from "@/lib/title";
import { type MessageKey, t } from "@/messages";
import { ConflictDialog } from "@/records/ConflictDialog";
import { Notes } from "@/records/Notes";
import { RecordFrame, RecordScreen } from "@/records/RecordFrame";
import { useRecord, useSave } from "@/records/useRecord";
import type { Tagged } from "@/records/wire";
import { Button } from "@/ui/Button";
import { ConfirmByTyping } from "@/ui/Dialog";
import { Screen } from "@/ui/Screen";
import { FailedState, SkeletonRows } from "@/ui/states";
import { toast } from "@/ui/toast";
import { OrderDetails } from "./OrderDetails";
import { OrderForm } from "./OrderForm";
import { OrderHeader } from "./OrderHeader";
import { OrderLines } from "./OrderLines";
import { OrderTransactions, RecordTransaction } from "./Transactions";
import type { OrderDetail, OrderStatus, Transaction } from "./types";

const labels: Record<string, MessageKey> = {
  number: "commerce.number",
  status: "commerce.status",
  customer: "commerce.customer",
  customerId: "commerce.customer",
  lines: "commerce.lines",
  lineCount: "commerce.lines",
  discount: "commerce.discount",
  subtotal: "commerce.subtotal",
  tax: "commerce.tax",
  total: "commerce.total",
  paid: "commerce.paid",
  placedAt: "commerce.placedAt",
  source: "commerce.source",
  fields: "records.customFields",
  history: "commerce.history",
};

function labelOf(field: string): string {
  const key = labels[field];
  return key ? t(key as "commerce.number") : field;
}

/** One order: what was bought, what was paid, and how it went. */
export function OrderScreen(): ReactNode {
  const { orderId } = useParams({ from: "/app/orders/$orderId" });
  return <OrderPage key={orderId} id={orderId} />;
}

function OrderPage({ id }: { id: string }): ReactNode {
  const record = useRecord<OrderDetail>("orders", id);
  if (record.data) return <Loaded record={record.data} />;
  return (
    <Screen title={t("commerce.orders")}>
      {record.isError ? (
        <FailedState error={record.error} onRetry={() => void record.refetch()} />
      ) : (
        <SkeletonRows />
      )}
    </Screen>
  );
}

function Loaded({ record }: { record: Tagged<OrderDetail> }): ReactNode {
  const order = record.value;
  const { id, number } = order;
  const can = useCan();
  const navigate = useNavigate();
  const queries = useQueryClient();
  const { tab } = useSearch({ from: "/app/orders/$orderId" });
  // The window corrects what was there when it opened: its own tag guards the write.
  const [correcting, setCorrecting] = useState<Tagged<OrderDetail> | null>(null);
  const [recording, setRecording] = useState<Transaction["kind"] | null>(null);
  const [deleting, setDeleting] = useState(false);
  const saving = useSave<OrderDetail>("orders", id, {
    onMerged: (fields) =>
      toast.info(t("records.merged", { fields: [...new Set(fields.map(labelOf))].join(", ") })),
  });
  useTitle(`${t("commerce.order")} ${number}`);

  const failed = (error: unknown) => toast.failed(t("records.notSaved"), error);
  const setStatus = (status: OrderStatus) => {
    const before = order.status;
    saving.save({ status }).then((done) => {
      if (!done) return;
      const text = t("commerce.statusChanged", {
        number,
        status: t(`commerce.status.${status}`),
      });
      toast.undo(text, () => void saving.save({ status: before }).catch(failed));
    }, failed);
  };
  const confirmDelete = async () => {
    const name = `${t("commerce.order")} ${number}`;
    try {
      await saving.remove();
      toast.done(t("commerce.deleted", { name }));
      void navigate({ to: "/orders" });
    } catch (error) {
      toast.failed(
        t("commerce.notDeleted", { name }),
        isStatus(error, 412) ? new Error(t("records.deleteChanged")) : error,
      );
    }
  };
  const due = order.total.amount - order.paid.amount;
  return (
    <RecordScreen
      header={
        <OrderHeader
          order={order}
          onStatus={setStatus}
          onCorrect={() => setCorrecting(record)}
          onRecord={setRecording}
          onDelete={() => setDeleting(true)}
        />
      }
    >
      <RecordFrame
        label={t("commerce.orderTabs")}
        tab={tab}
        onTab={(next) =>
          void navigate({
            to: "/orders/$orderId",
            params: { orderId: id },
            search: next === "lines" ? {} : { tab: next },
            replace: true,
          })
        }
        tabs={[
          {
            value: "lines",
            label: t("commerce.lines"),
            count: order.lineCount,
            content: <OrderLines order={order} />,
          },
          {
            value: "transactions",
            label: t("commerce.transactions"),
            content: (
              <OrderTransactions
                orderId={id}
                actions={
                  can("transactions:create") && (
                    <Button onClick={() => setRecording("payment")}>
                      {t("commerce.recordPayment")}
                    </Button>
                  )
                }
              />
            ),
          },
          {
            value: "notes",
            label: t("records.notes"),
            content: <Notes resource="orders" id={id} />,
          },
        ]}
        details={<OrderDetails order={order} save={saving.save} />}
      />
      <ConflictDialog conflict={saving.conflict} labelOf={labelOf} onSettle={saving.settle} />
      {correcting && (
        <OrderForm
          order={correcting}
          onClose={() => setCorrecting(null)}
          onSaved={(saved) => {
            setCorrecting(null);
            queries.setQueryData(keys.one("orders", id), saved);
            void queries.invalidateQueries({ queryKey: keys.lists("orders") });
            toast.done(t("commerce.corrected", { number: saved.value.number }));
          }}
        />
      )}
      {recording && (
        <RecordTransaction
          kind={recording}
          orderId={id}
          suggested={{
            amount: recording === "payment" ? due : Math.max(-due, 0) || order.paid.amount,
            currency: order.currency,
          }}
          onClose={() => setRecording(null)}
        />
      )}
      <ConfirmByTyping
        open={deleting}
        onOpenChange={setDeleting}
        title={t("commerce.deleteOrderTitle", { number })}
        description={t("commerce.deleteOrderText")}
        name={number}
        action={t("commerce.deleteOrder")}
        onConfirm={confirmDelete}
      />
    </RecordScreen>
  );
}
