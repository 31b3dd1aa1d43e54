import { useNavigate } from "@tanstack/react-router";
import Box from "lucide-react/icons/box";
import Plus from "lucide-react/icons/plus";
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
import { productColumns } from "./columns";
import { useMinorUnits, useProductFilterFields } from "./filters";
import { ProductForm } from "./ProductForm";
import type { Product } from "./types";

/** What the brand sells. */
export function ProductsScreen(): ReactNode {
  const { fields, isSettled } = useFieldDefinitions("products");
  if (isSettled) return <Products definitions={fields} />;
  return (
    <Screen title={t("commerce.products")}>
      <SkeletonRows />
    </Screen>
  );
}

function Products({ definitions }: { definitions: readonly FieldDefinition[] }): ReactNode {
  const can = useCan();
  const navigate = useNavigate();
  const address = useListSearch(
    "/app/products",
    useProductFilterFields(definitions),
    useMinorUnits(),
  );
  const { search, params } = address;
  const columns = useColumns(
    "products",
    useMemo(() => productColumns(definitions), [definitions]),
  );
  const list = useList<Product>(keys.list("products", params), (cursor, signal) =>
    fetchPage("/products", params, cursor, signal),
  );
  const canWrite = can("products:write");
  const create = () => address.change({ new: true });
  useCommands(
    canWrite
      ? [
          {
            id: "product.new",
            label: t("commerce.newProduct"),
            keys: "c",
            group: t("commerce.products"),
            icon: Plus,
            run: create,
          },
        ]
      : [],
  );
  const newButton = (
    <Button look="primary" icon={Plus} onClick={create} className="max-sm:px-2">
      <span className="max-sm:sr-only">{t("commerce.newProduct")}</span>
    </Button>
  );
  return (
    <Screen
      title={t("commerce.products")}
      actions={
        <>
          <SearchBox
            label={t("commerce.searchProducts")}
            hint={t("commerce.searchProductsHint")}
            value={search.q ?? ""}
            onChange={(q) => address.change({ q: q || undefined }, true)}
          />
          <ColumnChooser columns={columns} />
          {canWrite && newButton}
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
            icon={Box}
            title={t("commerce.noProducts")}
            action={canWrite ? newButton : undefined}
          >
            {t("commerce.noProductsHint")}
          </EmptyState>
        }
      >
        <DataTable
          label={t("commerce.products")}
          list={list}
          columns={columns.shown}
          sort={search.q ? undefined : (search.sort ?? "-updatedAt")}
          {...(search.q ? {} : { onSort: (sort: string) => address.change({ sort }) })}
          onOpen={(p) => void navigate({ to: "/products/$productId", params: { productId: p.id } })}
        />
      </ListStates>
      {search.new && canWrite && (
        <ProductForm
          definitions={definitions}
          onClose={() => address.change({ new: undefined }, true)}
        />
      )}
    </Screen>
  );
}
