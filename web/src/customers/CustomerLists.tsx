import { Link, useNavigate } from "@tanstack/react-router";
import Box from "lucide-react/icons/box";
import CreditCard from "lucide-react/icons/credit-card";
import MessagesSquare from "lucide-react/icons/messages-square";
import ShoppingBag from "lucide-react/icons/shopping-bag";
import type { ReactNode } from "react";
import { keys } from "@/api/keys";
import { useList } from "@/api/queries";
import { orderColumns } from "@/commerce/columns";
import { TransactionTable } from "@/commerce/Transactions";
import type { BoughtProduct, Order, Transaction } from "@/commerce/types";
import { formatNumber } from "@/lib/format";
import { t } from "@/messages";
import type { Named } from "@/records/types";
import { fetchPage } from "@/records/wire";
import { type Column, DataTable } from "@/ui/DataTable";
import { ChannelIcon, PriorityMark, StatusBadge } from "@/ui/marks";
import { EmptyState, ListStates } from "@/ui/states";
import { Money, Time } from "@/ui/values";

/** One of a customer's lists; `part` is its name in the API. */
function useCustomerList<T>(id: string, part: string, query: Record<string, string> = {}) {
  return useList<T>(keys.part("customers", id, part), (cursor, signal) =>
    fetchPage(`/customers/${id}/${part}`, query, cursor, signal),
  );
}

export function CustomerOrders({ id }: { id: string }): ReactNode {
  const navigate = useNavigate();
  const list = useCustomerList<Order>(id, "orders");
  return (
    <ListStates
      list={list}
      firstUse={<EmptyState icon={ShoppingBag} title={t("customers.noOrders")} />}
    >
      <DataTable
        label={t("customers.orders")}
        list={list}
        columns={ordersOfCustomer}
        onOpen={(o) => void navigate({ to: "/orders/$orderId", params: { orderId: o.id } })}
      />
    </ListStates>
  );
}

/** The customer is known here; the column that names them would say nothing. */
const ordersOfCustomer = orderColumns([])
  .filter((c) => c.id !== "customer" && !c.hidden)
  .map(({ sort: _sort, ...column }) => column);

interface TicketRow {
  id: string;
  number: number;
  title: string;
  status: string;
  priority: number;
  channel: string;
  assignee: Named | null;
  activityAt: string;
}

const ticketColumns: Column<TicketRow>[] = [
  {
    id: "title",
    header: t("customers.ticketTitle"),
    cell: (ticket) => (
      <span className="flex items-center gap-2">
        <ChannelIcon channel={ticket.channel} />
        <span className="tabular text-faint">#{ticket.number}</span>
        <Link
          to="/inbox/$view"
          params={{ view: ticket.id }}
          dir="auto"
          className="truncate font-medium hover:underline"
        >
          {ticket.title}
        </Link>
      </span>
    ),
  },
  {
    id: "status",
    header: t("customers.status"),
    width: "w-28",
    cell: (ticket) => <StatusBadge status={ticket.status} />,
  },
  {
    id: "priority",
    header: t("customers.ticketPriority"),
    width: "w-24",
    from: "md",
    cell: (ticket) => <PriorityMark priority={ticket.priority} withName />,
  },
  {
    id: "assignee",
    header: t("customers.ticketAssignee"),
    width: "w-32",
    from: "lg",
    cell: (ticket) => <span dir="auto">{ticket.assignee?.name ?? t("ui.unassigned")}</span>,
  },
  {
    id: "activityAt",
    header: t("customers.ticketActivity"),
    width: "w-28",
    align: "end",
    cell: (ticket) => <Time at={ticket.activityAt} className="text-muted" />,
  },
];

export function CustomerTickets({ id }: { id: string }): ReactNode {
  const navigate = useNavigate();
  const list = useList<TicketRow>(keys.list("tickets", { customerId: id }), (cursor, signal) =>
    fetchPage("/tickets", { customerId: id }, cursor, signal),
  );
  return (
    <ListStates
      list={list}
      firstUse={<EmptyState icon={MessagesSquare} title={t("customers.noTickets")} />}
    >
      <DataTable
        label={t("customers.tickets")}
        list={list}
        columns={ticketColumns}
        onOpen={(ticket) => void navigate({ to: "/inbox/$view", params: { view: ticket.id } })}
      />
    </ListStates>
  );
}

const productColumns: Column<BoughtProduct>[] = [
  {
    id: "title",
    header: t("commerce.product"),
    cell: (p) => (
      <Link
        to="/products/$productId"
        params={{ productId: p.id }}
        dir="auto"
        className="font-medium hover:underline"
      >
        {p.title}
      </Link>
    ),
  },
  {
    id: "sku",
    header: t("commerce.sku"),
    width: "w-32",
    from: "md",
    cell: (p) => <span dir="ltr">{p.sku}</span>,
  },
  {
    id: "orders",
    header: t("customers.inOrders"),
    width: "w-20",
    align: "end",
    cell: (p) => <span className="tabular">{formatNumber(p.orders)}</span>,
  },
  {
    id: "bought",
    header: t("customers.bought"),
    width: "w-20",
    align: "end",
    cell: (p) => <span className="tabular font-medium">{formatNumber(p.bought)}</span>,
  },
  {
    id: "price",
    header: t("commerce.price"),
    width: "w-24",
    align: "end",
    from: "md",
    cell: (p) => <Money value={p.price} />,
  },
];

export function CustomerProducts({ id }: { id: string }): ReactNode {
  const navigate = useNavigate();
  const list = useCustomerList<BoughtProduct>(id, "products");
  return (
    <ListStates list={list} firstUse={<EmptyState icon={Box} title={t("customers.noProducts")} />}>
      <DataTable
        label={t("customers.products")}
        list={list}
        columns={productColumns}
        onOpen={(p) => void navigate({ to: "/products/$productId", params: { productId: p.id } })}
      />
    </ListStates>
  );
}

export function CustomerTransactions({ id }: { id: string }): ReactNode {
  const list = useCustomerList<Transaction>(id, "transactions");
  return (
    <ListStates
      list={list}
      firstUse={<EmptyState icon={CreditCard} title={t("customers.noTransactions")} />}
    >
      <TransactionTable list={list} />
    </ListStates>
  );
}
