import { useQueryClient } from "@tanstack/react-query";
import { Link, useNavigate, useParams } from "@tanstack/react-router";
import Archive from "lucide-react/icons/archive";
import ChevronRight from "lucide-react/icons/chevron-right";
import Ellipsis from "lucide-react/icons/ellipsis";
import RotateCcw from "lucide-react/icons/rotate-ccw";
import Trash from "lucide-react/icons/trash-2";
import { type ReactNode, useState } from "react";
import { isStatus } from "@/api/errors";
import { keys } from "@/api/keys";
import { useCan } from "@/api/session";
import { currencyDigits, decimalText, formatNumber, parseMoney } from "@/lib/format";
import { useTitle } from "@/lib/title";
import { type MessageKey, t } from "@/messages";
import { ConflictDialog } from "@/records/ConflictDialog";
import { CustomFieldProperties } from "@/records/CustomFields";
import { useFieldDefinitions } from "@/records/fields";
import { Fact, Properties, Property } from "@/records/Property";
import { Panel, RecordScreen } from "@/records/RecordFrame";
import { TagEditor } from "@/records/tags";
import type { TagRef } from "@/records/types";
import { type Save, useRecord, useSave } from "@/records/useRecord";
import { callTagged, type Tagged } from "@/records/wire";
import { IconButton } from "@/ui/Button";
import { ConfirmByTyping } from "@/ui/Dialog";
import { Menu, MenuItem, MenuLine } from "@/ui/Menu";
import { Screen } from "@/ui/Screen";
import { FailedState, SkeletonRows } from "@/ui/states";
import { toast } from "@/ui/toast";
import { Money, Time } from "@/ui/values";
import { Inventory, ProductStatusBadge, Rating } from "./columns";
import { wholeNumber } from "./ProductForm";
import { refusal } from "./refusal";
import type { Product } from "./types";

const labels: Record<string, MessageKey> = {
  sku: "commerce.sku",
  title: "commerce.title",
  description: "commerce.description",
  status: "commerce.status",
  price: "commerce.price",
  inventory: "commerce.inventory",
  rating: "commerce.rating",
  ratingCount: "commerce.ratingCount",
  tags: "records.tags",
  fields: "records.customFields",
};

function labelOf(field: string): string {
  const key = labels[field];
  return key ? t(key as "commerce.sku") : field;
}

/** One product: what it is, what it costs, how many are left, what buyers think. */
export function ProductScreen(): ReactNode {
  const { productId } = useParams({ from: "/app/products/$productId" });
  return <ProductPage key={productId} id={productId} />;
}

function ProductPage({ id }: { id: string }): ReactNode {
  const record = useRecord<Product>("products", id);
  if (record.data) return <Loaded product={record.data.value} />;
  return (
    <Screen title={t("commerce.products")}>
      {record.isError ? (
        <FailedState error={record.error} onRetry={() => void record.refetch()} />
      ) : (
        <SkeletonRows />
      )}
    </Screen>
  );
}

function Loaded({ product }: { product: Product }): ReactNode {
  const { id, title } = product;
  const can = useCan();
  const navigate = useNavigate();
  const [deleting, setDeleting] = useState(false);
  const canWrite = can("products:write");
  const saving = useSave<Product>("products", id, {
    onMerged: (fields) =>
      toast.info(t("records.merged", { fields: fields.map(labelOf).join(", ") })),
  });
  useTitle(title);
  const failed = (error: unknown) => toast.failed(t("records.notSaved"), error);
  const setStatus = (status: Product["status"]) => {
    const before = product.status;
    saving.save({ status }).then((done) => {
      if (!done) return;
      toast.undo(
        t(status === "archived" ? "commerce.archived" : "commerce.restored", { name: title }),
        () => void saving.save({ status: before }).catch(failed),
      );
    }, failed);
  };
  const confirmDelete = async () => {
    try {
      await saving.remove();
      toast.done(t("commerce.deleted", { name: title }));
      void navigate({ to: "/products" });
    } catch (error) {
      toast.failed(
        t("commerce.notDeleted", { name: title }),
        isStatus(error, 412) ? new Error(t("records.deleteChanged")) : error,
      );
    }
  };
  return (
    <RecordScreen
      header={
        <header className="screen-bar">
          <Link to="/products" className="text-muted hover:text-text hover:underline max-sm:hidden">
            {t("commerce.products")}
          </Link>
          <ChevronRight
            size={14}
            aria-hidden
            className="text-faint rtl:-scale-x-100 max-sm:hidden"
          />
          <h1 dir="auto" className="min-w-0 truncate text-md font-semibold">
            {title}
          </h1>
          <ProductStatusBadge status={product.status} />
          {canWrite && (
            <div className="ms-auto">
              <Menu
                align="end"
                trigger={<IconButton icon={Ellipsis} label={t("records.actions")} />}
              >
                {product.status === "active" ? (
                  <MenuItem icon={Archive} onSelect={() => setStatus("archived")}>
                    {t("commerce.archive")}
                  </MenuItem>
                ) : (
                  <MenuItem icon={RotateCcw} onSelect={() => setStatus("active")}>
                    {t("commerce.restore")}
                  </MenuItem>
                )}
                <MenuLine />
                <MenuItem icon={Trash} danger onSelect={() => setDeleting(true)}>
                  {t("commerce.deleteProduct")}
                </MenuItem>
              </Menu>
            </div>
          )}
        </header>
      }
    >
      <div className="min-h-0 flex-1 overflow-y-auto">
        <div className="mx-auto max-w-2xl">
          <ProductParts product={product} canWrite={canWrite} save={saving.save} />
        </div>
      </div>
      <ConflictDialog conflict={saving.conflict} labelOf={labelOf} onSettle={saving.settle} />
      <ConfirmByTyping
        open={deleting}
        onOpenChange={setDeleting}
        title={t("commerce.deleteProductTitle", { name: title })}
        description={t("commerce.deleteProductText")}
        name={product.sku}
        action={t("commerce.deleteProduct")}
        onConfirm={confirmDelete}
      />
    </RecordScreen>
  );
}

/** Sets a product's tags at once on the screen, and offers to take it back. */
function useTags(product: Product): (tags: TagRef[]) => Promise<void> {
  const queries = useQueryClient();
  const key = keys.one("products", product.id);
  const write = async (tags: TagRef[]) => {
    if (queries.isFetching({ queryKey: key }) > 0) await queries.cancelQueries({ queryKey: key });
    const before = queries.getQueryData<Tagged<Product>>(key);
    if (before) queries.setQueryData(key, { ...before, value: { ...before.value, tags } });
    try {
      queries.setQueryData(
        key,
        await callTagged<Product>("PUT", `/products/${product.id}/tags`, {
          body: { tags: tags.map((tag) => tag.name) },
        }),
      );
      void queries.invalidateQueries({ queryKey: keys.lists("products") });
    } catch (error) {
      if (before) queries.setQueryData(key, before);
      throw error;
    }
  };
  return async (tags) => {
    const old = product.tags;
    const failed = (error: unknown) => toast.failed(t("records.notSaved"), error);
    try {
      await write(tags);
      toast.undo(t("customers.tagsChanged"), () => void write(old).catch(failed));
    } catch (error) {
      failed(error);
    }
  };
}

function ProductParts({
  product,
  canWrite,
  save,
}: {
  product: Product;
  canWrite: boolean;
  save: Save;
}): ReactNode {
  const definitions = useFieldDefinitions("products").fields;
  const setTags = useTags(product);
  const { currency } = product.price;
  return (
    <>
      <Panel title={t("records.details")}>
        <Properties>
          <Property
            name="title"
            label={t("commerce.title")}
            value={product.title}
            required
            canEdit={canWrite}
            onSave={(title) => save({ title })}
          />
          <Property
            name="sku"
            label={t("commerce.sku")}
            value={product.sku}
            required
            canEdit={canWrite}
            onSave={(sku) => save({ sku })}
          />
          <Property
            name="description"
            label={t("commerce.description")}
            type="long"
            value={product.description}
            canEdit={canWrite}
            onSave={(description) => save({ description })}
          />
          <Fact label={t("records.tags")}>
            <TagEditor
              tags={product.tags}
              canEdit={canWrite}
              onChange={(tags) => void setTags(tags)}
            />
          </Fact>
          <Fact label={t("records.created")}>
            <Time at={product.createdAt} />
          </Fact>
          <Fact label={t("records.updated")}>
            <Time at={product.updatedAt} />
          </Fact>
        </Properties>
      </Panel>
      <Panel title={t("commerce.onSale")}>
        <Properties>
          <Property
            name="price"
            label={t("commerce.price")}
            type="number"
            required
            value={decimalText(product.price.amount, currencyDigits(currency))}
            shown={<Money value={product.price} className="font-medium" />}
            canEdit={canWrite}
            onSave={async (text) => {
              const price = parseMoney(text, currency);
              if (!price) throw refusal("price", t("commerce.amountWrong", { currency }));
              return save({ price });
            }}
          />
          <Property
            name="inventory"
            label={t("commerce.inventory")}
            type="number"
            value={product.inventory === null ? "" : String(product.inventory)}
            shown={<Inventory value={product.inventory} />}
            canEdit={canWrite}
            onSave={(text) => save({ inventory: wholeNumber(text) })}
          />
          <Property
            name="rating"
            label={t("commerce.rating")}
            type="number"
            value={product.rating === null ? "" : String(product.rating)}
            shown={<Rating product={product} />}
            canEdit={canWrite}
            onSave={(text) => save({ rating: decimal(text) })}
          />
          <Property
            name="ratingCount"
            label={t("commerce.ratingCount")}
            type="number"
            value={String(product.ratingCount)}
            shown={formatNumber(product.ratingCount)}
            canEdit={canWrite}
            required
            onSave={(text) => save({ ratingCount: wholeNumber(text) ?? 0 })}
          />
        </Properties>
      </Panel>
      {definitions.length > 0 && (
        <Panel title={t("records.customFields")}>
          <Properties>
            <CustomFieldProperties
              definitions={definitions}
              values={product.fields}
              canEdit={canWrite}
              onSave={(fields, all) => save({ fields }, { fields: all })}
            />
          </Properties>
        </Panel>
      )}
    </>
  );
}

/** A number as it was typed; null for none. */
function decimal(typed: string): number | string | null {
  if (typed === "") return null;
  const number = Number(typed.replace(",", "."));
  return Number.isFinite(number) ? number : typed;
}
