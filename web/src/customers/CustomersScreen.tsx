import { useNavigate } from "@tanstack/react-router";
import Plus from "lucide-react/icons/plus";
import Users from "lucide-react/icons/users";
import { type ReactNode, useMemo, useState } from "react";
import { keys } from "@/api/keys";
import { useList } from "@/api/queries";
import { useCan } from "@/api/session";
import { useCommands } from "@/commands/registry";
import type { FilterField } from "@/lib/filters";
import { t } from "@/messages";
import { useFieldDefinitions } from "@/records/fields";
import { SearchBox } from "@/records/SearchBox";
import type { FieldDefinition } from "@/records/types";
import { useListSearch } from "@/records/useListSearch";
import { fetchPage } from "@/records/wire";
import { Button } from "@/ui/Button";
import { ColumnChooser, DataTable, SelectionBar, useColumns } from "@/ui/DataTable";
import { FilterBar } from "@/ui/FilterBar";
import { Screen } from "@/ui/Screen";
import { EmptyState, ListStates, SkeletonRows } from "@/ui/states";
import { BulkActions } from "./BulkActions";
import { CreateCustomer } from "./CreateCustomer";
import { customerColumns } from "./columns";
import { useCustomerFilterFields } from "./fields";
import type { Customer } from "./types";

/** Everyone the brand serves: found, filtered by any field, chosen and changed together. */
export function CustomersScreen(): ReactNode {
  const { fields, isSettled } = useCustomerFilterFields();
  const definitions = useFieldDefinitions("customers");
  if (!isSettled) {
    return (
      <Screen title={t("customers.title")}>
        <SkeletonRows />
      </Screen>
    );
  }
  // The workspace's own fields are columns and filters: the list waits until they are known.
  return <Customers fields={fields} definitions={definitions.fields} />;
}

function Customers({
  fields,
  definitions,
}: {
  fields: readonly FilterField[];
  definitions: readonly FieldDefinition[];
}): ReactNode {
  const can = useCan();
  const navigate = useNavigate();
  const address = useListSearch("/app/customers", fields);
  const { search, params } = address;
  const columns = useColumns(
    "customers",
    useMemo(() => customerColumns(definitions), [definitions]),
  );
  const [ids, setIds] = useState<ReadonlySet<string>>(new Set());
  const selection = { ids, set: setIds };
  const list = useList<Customer>(keys.list("customers", params), (cursor, signal) =>
    fetchPage("/customers", params, cursor, signal),
  );
  const canCreate = can("customers:create");
  const create = () => address.change({ new: true });
  useCommands(
    canCreate
      ? [
          {
            id: "customer.new",
            label: t("customers.new"),
            keys: "c",
            group: t("customers.title"),
            icon: Plus,
            run: create,
          },
        ]
      : [],
  );
  const newButton = (
    <Button look="primary" icon={Plus} onClick={create} className="max-sm:px-2">
      <span className="max-sm:sr-only">{t("customers.new")}</span>
    </Button>
  );
  const chosen = list.rows.filter((c) => ids.has(c.id));
  return (
    <Screen
      title={t("customers.title")}
      actions={
        <>
          <SearchBox
            label={t("customers.search")}
            hint={t("customers.searchHint")}
            value={search.q ?? ""}
            onChange={(q) => address.change({ q: q || undefined }, true)}
          />
          <ColumnChooser columns={columns} />
          {canCreate && newButton}
        </>
      }
    >
      <div className="flex min-h-10 items-center gap-2 border-b border-line/60 px-3 py-1.5">
        {chosen.length > 0 ? (
          <SelectionBar selection={selection}>
            <BulkActions customers={chosen} onDone={() => setIds(new Set())} />
          </SelectionBar>
        ) : (
          <FilterBar fields={fields} filters={address.filters} onChange={address.setFilters} />
        )}
        {search.q && chosen.length === 0 && (
          <span className="ms-auto text-sm text-faint max-sm:hidden">
            {t("customers.searchOrder")}
          </span>
        )}
      </div>
      <ListStates
        list={list}
        isFiltered={address.isFiltered}
        onClearFilters={address.clear}
        firstUse={
          <EmptyState
            icon={Users}
            title={t("customers.firstUse")}
            action={canCreate ? newButton : undefined}
          >
            {t("customers.firstUseHint")}
          </EmptyState>
        }
      >
        <DataTable
          label={t("customers.title")}
          list={list}
          columns={columns.shown}
          sort={search.q ? undefined : (search.sort ?? "-updatedAt")}
          {...(search.q ? {} : { onSort: (sort: string) => address.change({ sort }) })}
          {...(can("customers:update") ? { selection } : {})}
          onOpen={(c) =>
            void navigate({ to: "/customers/$customerId", params: { customerId: c.id } })
          }
        />
      </ListStates>
      {search.new && canCreate && (
        <CreateCustomer
          definitions={definitions}
          onClose={() => address.change({ new: undefined }, true)}
        />
      )}
    </Screen>
  );
}
