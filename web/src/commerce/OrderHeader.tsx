import { Link } from "@tanstack/react-router";
import Banknote from "lucide-react/icons/banknote";
import ChevronRight from "lucide-react/icons/chevron-right";
import CreditCard from "lucide-react/icons/credit-card";
import Ellipsis from "lucide-react/icons/ellipsis";
import Pencil from "lucide-react/icons/pencil";
import Trash from "lucide-react/icons/trash-2";
import type { ReactNode } from "react";
import { useCan } from "@/api/session";
import { useCommands } from "@/commands/registry";
import { t } from "@/messages";
import { Avatar } from "@/ui/Avatar";
import { Button, IconButton } from "@/ui/Button";
import { Menu, MenuChoice, MenuItem, MenuLine } from "@/ui/Menu";
import { Money } from "@/ui/values";
import { KindBadge, OrderStatusBadge } from "./columns";
import { type OrderDetail, type OrderStatus, orderStatuses, type Transaction } from "./types";

/** Which order this is, where it stands, and what can be done with it. */
export function OrderHeader({
  order,
  onStatus,
  onCorrect,
  onRecord,
  onDelete,
}: {
  order: OrderDetail;
  onStatus: (status: OrderStatus) => void;
  onCorrect: () => void;
  onRecord: (kind: Transaction["kind"]) => void;
  onDelete: () => void;
}): ReactNode {
  const can = useCan();
  const canCorrect = can("orders:update");
  const canStatus = canCorrect || can("orders:correct_history");
  const canRecord = can("transactions:create");
  const group = t("commerce.orders");
  useCommands([
    ...(canCorrect
      ? [
          {
            id: "order.correct",
            label: t("commerce.correct"),
            keys: "e",
            group,
            icon: Pencil,
            run: onCorrect,
          },
        ]
      : []),
    ...(canRecord
      ? [
          {
            id: "order.payment",
            label: t("commerce.recordPayment"),
            keys: "p",
            group,
            icon: CreditCard,
            run: () => onRecord("payment"),
          },
          {
            id: "order.refund",
            label: t("commerce.recordRefund"),
            group,
            icon: Banknote,
            run: () => onRecord("refund"),
          },
        ]
      : []),
  ]);
  return (
    <header className="flex flex-col gap-2 border-b px-4 py-2.5">
      <div className="flex flex-wrap items-center gap-x-3 gap-y-2">
        <Link to="/orders" className="text-muted hover:text-text hover:underline max-sm:hidden">
          {t("commerce.orders")}
        </Link>
        <ChevronRight size={14} aria-hidden className="text-faint rtl:-scale-x-100 max-sm:hidden" />
        <h1 className="tabular min-w-0 truncate text-md font-semibold">
          {t("commerce.order")} {order.number}
        </h1>
        <KindBadge kind={order.kind} />
        <div className="ms-auto flex items-center gap-2">
          {canRecord && (
            <Button icon={CreditCard} onClick={() => onRecord("payment")} className="max-sm:hidden">
              {t("commerce.recordPayment")}
            </Button>
          )}
          <Menu align="end" trigger={<IconButton icon={Ellipsis} label={t("records.actions")} />}>
            {canRecord && (
              <>
                <MenuItem icon={CreditCard} keys="p" onSelect={() => onRecord("payment")}>
                  {t("commerce.recordPayment")}
                </MenuItem>
                <MenuItem icon={Banknote} onSelect={() => onRecord("refund")}>
                  {t("commerce.recordRefund")}
                </MenuItem>
              </>
            )}
            {canCorrect && (
              <MenuItem icon={Pencil} keys="e" onSelect={onCorrect}>
                {t("commerce.correct")}
              </MenuItem>
            )}
            {can("orders:delete") && (
              <>
                <MenuLine />
                <MenuItem icon={Trash} danger onSelect={onDelete}>
                  {t("commerce.deleteOrder")}
                </MenuItem>
              </>
            )}
          </Menu>
        </div>
      </div>
      <div className="-ms-2 flex flex-wrap items-center gap-x-4 gap-y-1">
        {canStatus ? (
          <Menu
            trigger={
              <Button
                look="quiet"
                size="small"
                aria-label={`${t("commerce.status")}: ${t(`commerce.status.${order.status}`)}`}
              >
                <OrderStatusBadge status={order.status} />
              </Button>
            }
          >
            <MenuChoice
              value={order.status}
              options={orderStatuses.map((s) => ({ value: s, label: t(`commerce.status.${s}`) }))}
              onChange={onStatus}
            />
          </Menu>
        ) : (
          <OrderStatusBadge status={order.status} />
        )}
        {order.customer ? (
          <Link
            to="/customers/$customerId"
            params={{ customerId: order.customer.id }}
            className="inline-flex items-center gap-1.5 hover:underline"
          >
            <Avatar name={order.customer.name} size="small" />
            <span dir="auto">{order.customer.name}</span>
          </Link>
        ) : (
          <span className="text-faint">{t("commerce.noCustomer")}</span>
        )}
        <Money
          value={order.total}
          className={order.total.amount < 0 ? "font-semibold text-warning" : "font-semibold"}
        />
      </div>
    </header>
  );
}
