import { useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { type ReactNode, useId, useState } from "react";
import { keys } from "@/api/keys";
import { useCan } from "@/api/session";
import { t } from "@/messages";
import { CustomFieldInputs, filledFields, initialFields } from "@/records/CustomFields";
import { useColleagues } from "@/records/people";
import { TagEditor } from "@/records/tags";
import type { FieldDefinition, TagRef } from "@/records/types";
import { call } from "@/records/wire";
import { Button } from "@/ui/Button";
import { Dialog } from "@/ui/Dialog";
import { Field, Input, Select } from "@/ui/Field";
import { Form, useForm } from "@/ui/form";
import { toast } from "@/ui/toast";
import { type Customer, customerStatuses } from "./types";

const plain = ["firstName", "lastName", "company", "email", "phone", "level", "birthDate"] as const;
const addressParts = ["line1", "line2", "city", "region", "postcode", "country"] as const;

/** Creates a customer; what the server refuses is shown at its field. */
export function CreateCustomer({
  definitions,
  onClose,
}: {
  definitions: readonly FieldDefinition[];
  onClose: () => void;
}): ReactNode {
  const queries = useQueryClient();
  const navigate = useNavigate();
  const can = useCan();
  const colleagues = useColleagues();
  const tagsLabel = useId();
  const [tags, setTags] = useState<TagRef[]>([]);
  const form = useForm<Record<string, string>>({
    initial: {
      kind: "person",
      status: "lead",
      ownerId: "",
      ...Object.fromEntries(plain.map((name) => [name, ""])),
      ...Object.fromEntries(addressParts.map((name) => [`address.${name}`, ""])),
      ...initialFields(definitions),
    },
    async submit(values) {
      const filled = (names: readonly string[], prefix = "") =>
        Object.fromEntries(
          names.flatMap((name) => {
            const text = (values[prefix + name] ?? "").trim();
            return text ? [[name, text]] : [];
          }),
        );
      const address = filled(addressParts, "address.");
      const made = await call<Customer>("POST", "/customers", {
        body: {
          ...filled([...plain, "kind", "status", "ownerId"]),
          ...(Object.keys(address).length > 0 ? { address } : {}),
          ...(tags.length > 0 ? { tags: tags.map((tag) => tag.name) } : {}),
          fields: filledFields(definitions, values),
        },
      });
      toast.done(t("customers.created", { name: made.name }));
      void queries.invalidateQueries({ queryKey: keys.lists("customers") });
      void navigate({ to: "/customers/$customerId", params: { customerId: made.id } });
    },
  });
  return (
    <Dialog
      open
      onOpenChange={(open) => {
        if (!open) onClose();
      }}
      title={t("customers.new")}
      actions={
        <>
          <Button onClick={onClose}>{t("ui.cancel")}</Button>
          <Button look="primary" busy={form.isPending} onClick={form.submit}>
            {t("customers.create")}
          </Button>
        </>
      }
    >
      <Form form={form} label={t("customers.new")} className="grid gap-3 sm:grid-cols-2">
        <Field name="firstName" label={t("customers.firstName")}>
          <Input dir="auto" autoComplete="off" />
        </Field>
        <Field name="lastName" label={t("customers.lastName")}>
          <Input dir="auto" autoComplete="off" />
        </Field>
        <Field name="email" label={t("customers.email")}>
          <Input type="email" dir="ltr" autoComplete="off" />
        </Field>
        <Field name="phone" label={t("customers.phone")} hint={t("customers.phoneHint")}>
          <Input type="tel" dir="ltr" autoComplete="off" />
        </Field>
        <Field name="kind" label={t("customers.kind")}>
          <Select>
            <option value="person">{t("customers.kind.person")}</option>
            <option value="company">{t("customers.kind.company")}</option>
          </Select>
        </Field>
        <Field
          name="company"
          label={t("customers.company")}
          required={form.values.kind === "company"}
        >
          <Input dir="auto" autoComplete="off" />
        </Field>
        <Field name="status" label={t("customers.status")}>
          <Select>
            {customerStatuses.map((status) => (
              <option key={status} value={status}>
                {t(`customers.status.${status}`)}
              </option>
            ))}
          </Select>
        </Field>
        {can("customers:update_all") && (
          <Field name="ownerId" label={t("customers.owner")}>
            <Select>
              <option value="">{t("customers.noOwner")}</option>
              {colleagues.map((person) => (
                <option key={person.id} value={person.id}>
                  {person.name}
                </option>
              ))}
            </Select>
          </Field>
        )}
        <fieldset aria-labelledby={tagsLabel} className="sm:col-span-2">
          <div id={tagsLabel} className="mb-1 font-medium">
            {t("records.tags")}
          </div>
          <TagEditor tags={tags} canEdit onChange={setTags} />
        </fieldset>
        <CustomFieldInputs definitions={definitions} />
        <details className="sm:col-span-2">
          <summary className="min-h-6 font-medium">{t("customers.address")}</summary>
          <div className="mt-2 grid gap-3 sm:grid-cols-2">
            {addressParts.map((name) => (
              <Field key={name} name={`address.${name}`} label={t(`customers.${name}`)}>
                <Input
                  dir="auto"
                  autoComplete="off"
                  maxLength={name === "country" ? 2 : undefined}
                />
              </Field>
            ))}
            <Field name="birthDate" label={t("customers.birthDate")}>
              <Input type="date" />
            </Field>
            <Field name="level" label={t("customers.level")}>
              <Input dir="auto" autoComplete="off" />
            </Field>
          </div>
        </details>
        {/* Enter in any field creates, although the button stands outside the form. */}
        <button type="submit" hidden />
      </Form>
    </Dialog>
  );
}
