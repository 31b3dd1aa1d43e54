import { useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { type ReactNode, useState } from "react";
import { keys } from "@/api/keys";
import { useSession } from "@/api/session";
import { parseMoney } from "@/lib/format";
import { t } from "@/messages";
import { CustomFieldInputs, filledFields, initialFields } from "@/records/CustomFields";
import { TagEditor } from "@/records/tags";
import type { FieldDefinition, TagRef } from "@/records/types";
import { call } from "@/records/wire";
import { Button } from "@/ui/Button";
import { Dialog } from "@/ui/Dialog";
import { Field, Input, Textarea } from "@/ui/Field";
import { Form, useForm } from "@/ui/form";
import { toast } from "@/ui/toast";
import { refusal } from "./refusal";
import type { Product } from "./types";

/** Adds a product to the catalogue. */
export function ProductForm({
  definitions,
  onClose,
}: {
  definitions: readonly FieldDefinition[];
  onClose: () => void;
}): ReactNode {
  const { currency } = useSession().workspace;
  const queries = useQueryClient();
  const navigate = useNavigate();
  const [tags, setTags] = useState<TagRef[]>([]);
  const form = useForm<Record<string, string>>({
    initial: {
      title: "",
      sku: "",
      description: "",
      price: "",
      inventory: "",
      ...initialFields(definitions),
    },
    async submit(values) {
      const price = parseMoney(values.price ?? "", currency);
      if (!price) throw refusal("price", t("commerce.amountWrong", { currency }));
      const inventory = wholeNumber(values.inventory ?? "");
      const made = await call<Product>("POST", "/products", {
        body: {
          title: (values.title ?? "").trim(),
          sku: (values.sku ?? "").trim(),
          price,
          ...(values.description?.trim() ? { description: values.description.trim() } : {}),
          ...(inventory === null ? {} : { inventory }),
          ...(tags.length > 0 ? { tags: tags.map((tag) => tag.name) } : {}),
          fields: filledFields(definitions, values),
        },
      });
      toast.done(t("commerce.productCreated", { name: made.title }));
      void queries.invalidateQueries({ queryKey: keys.lists("products") });
      void navigate({ to: "/products/$productId", params: { productId: made.id } });
    },
  });
  return (
    <Dialog
      open
      onOpenChange={(open) => {
        if (!open) onClose();
      }}
      title={t("commerce.newProduct")}
      actions={
        <>
          <Button onClick={onClose}>{t("ui.cancel")}</Button>
          <Button look="primary" busy={form.isPending} onClick={form.submit}>
            {t("commerce.createProduct")}
          </Button>
        </>
      }
    >
      <Form form={form} label={t("commerce.newProduct")} className="grid gap-3 sm:grid-cols-2">
        <Field name="title" label={t("commerce.title")} required className="sm:col-span-2">
          <Input dir="auto" autoComplete="off" />
        </Field>
        <Field name="sku" label={t("commerce.sku")} required>
          <Input dir="ltr" autoComplete="off" />
        </Field>
        <Field
          name="price"
          label={t("commerce.price")}
          hint={t("commerce.amountHint", { currency })}
          required
        >
          <Input inputMode="decimal" dir="ltr" autoComplete="off" />
        </Field>
        <Field name="inventory" label={t("commerce.inventory")} hint={t("commerce.inventoryHint")}>
          <Input inputMode="numeric" dir="ltr" autoComplete="off" />
        </Field>
        <Field name="description" label={t("commerce.description")} className="sm:col-span-2">
          <Textarea />
        </Field>
        <fieldset className="sm:col-span-2">
          <legend className="mb-1 font-medium">{t("records.tags")}</legend>
          <TagEditor tags={tags} canEdit onChange={setTags} />
        </fieldset>
        <CustomFieldInputs definitions={definitions} />
        <button type="submit" hidden />
      </Form>
    </Dialog>
  );
}

/** A count as it was typed: null for none; text that is no number goes to the server as it is. */
export function wholeNumber(typed: string): number | string | null {
  const text = typed.trim();
  if (text === "") return null;
  return /^-?\d+$/.test(text) ? Number(text) : text;
}
