import { useQueryClient } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import Plus from "lucide-react/icons/plus";
import ShoppingBag from "lucide-react/icons/shopping-bag";
import { type ReactNode, useMemo } from "react";
import { keys } from "@/api/keys";
import { useList } from "@/api/queries";
import { useCan } from "@/api/session";
import { useCommands } from "@/commands/registry";
import { t } from "@/messages";
import { useFieldDefinitions } from "@/records/fields";
import { SearchBox } from "@/records/SearchBox";
import type { FieldDefinition } from "@/records/types";
import { useListSearch } from "@/records/useListSearch";
import { fetchPage } from "@/records/wire";
import { Button } from "@/ui/Button";
import { ColumnChooser, DataTable, useColumns } from "@/ui/DataTable";
import { FilterBar } from "@/ui/FilterBar";
import { Screen } from "@/ui/Screen";
import { EmptyState, ListStates, SkeletonRows } from "@/ui/states";
import { toast } from "@/ui/toast";
import { orderColumns } from "./columns";
import { useMinorUnits, useOrderFilterFields } from "./filters";
import { OrderForm } from "./OrderForm";
import type { Order } from "./types";

/** All orders, newest first. */
export function OrdersScreen(): ReactNode {
  const { fields, isSettled } = useFieldDefinitions("orders");
  if (isSettled) return <Orders definitions={fields} />;
  return (
    <Screen title={t("commerce.orders")}>
      <SkeletonRows />
    </Screen>
  );
}

function Orders({ definitions }: { definitions: readonly FieldDefinition[] }): ReactNode {
  const can = useCan();
  const navigate = useNavigate();
  const queries = useQueryClient();
  const address = useListSearch("/app/orders", useOrderFilterFields(definitions), useMinorUnits());
  const { customerId } = useSearch({ from: "/app/orders" });
  const { search, params } = address;
  const columns = useColumns(
    "orders",
    useMemo(() => orderColumns(definitions), [definitions]),
  );
  const list = useList<Order>(keys.list("orders", params), (cursor, signal) =>
    fetchPage("/orders", params, cursor, signal),
  );
  const canCreate = can("orders:create");
  const create = () => address.change({ new: true });
  useCommands(
    canCreate
      ? [
          {
            id: "order.new",
            label: t("commerce.newOrder"),
            keys: "c",
            group: t("commerce.orders"),
            icon: Plus,
            run: create,
          },
        ]
      : [],
  );
  const newButton = (
    <Button look="primary" icon={Plus} onClick={create} className="max-sm:px-2">
      <span className="max-sm:sr-only">{t("commerce.newOrder")}</span>
    </Button>
  );
  const open = (id: string) => void navigate({ to: "/orders/$orderId", params: { orderId: id } });
  return (
    <Screen
      title={t("commerce.orders")}
      actions={
        <>
          <SearchBox
            label={t("commerce.searchOrders")}
            hint={t("commerce.searchOrdersHint")}
            value={search.q ?? ""}
            onChange={(q) => address.change({ q: q || undefined }, true)}
          />
          <ColumnChooser columns={columns} />
          {canCreate && newButton}
        </>
      }
    >
      <div className="flex min-h-10 items-center border-b border-line/60 px-3 py-1.5">
        <FilterBar
          fields={address.fields}
          filters={address.filters}
          onChange={address.setFilters}
        />
      </div>
      <ListStates
        list={list}
        isFiltered={address.isFiltered}
        onClearFilters={address.clear}
        firstUse={
          <EmptyState
            icon={ShoppingBag}
            title={t("commerce.noOrders")}
            action={canCreate ? newButton : undefined}
          >
            {t("commerce.noOrdersHint")}
          </EmptyState>
        }
      >
        <DataTable
          label={t("commerce.orders")}
          list={list}
          columns={columns.shown}
          sort={search.q ? undefined : (search.sort ?? "-placedAt")}
          {...(search.q ? {} : { onSort: (sort: string) => address.change({ sort }) })}
          onOpen={(order) => open(order.id)}
        />
      </ListStates>
      {search.new && canCreate && (
        <OrderForm
          customerId={customerId}
          onClose={() =>
            void navigate({
              to: "/orders",
              search: ({ new: _new, customerId: _customer, ...rest }) => rest,
              replace: true,
            })
          }
          onSaved={({ value }) => {
            toast.done(t("commerce.orderCreated", { number: value.number }));
            void queries.invalidateQueries({ queryKey: keys.lists("orders") });
            open(value.id);
          }}
        />
      )}
    </Screen>
  );
}
