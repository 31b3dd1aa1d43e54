import { useMemo } from "react";
import type { FilterField } from "@/lib/filters";
import { type MessageKey, t } from "@/messages";
import { filterFieldsOf, useFieldDefinitions } from "@/records/fields";
import { useColleagues, useGroups } from "@/records/people";
import { useTags } from "@/records/tags";
import { customerStatuses } from "./types";

/** What a customer's field is called, by its name in the API. */
const labels: Record<string, MessageKey> = {
  name: "customers.name",
  kind: "customers.kind",
  status: "customers.status",
  firstName: "customers.firstName",
  lastName: "customers.lastName",
  company: "customers.company",
  email: "customers.email",
  phone: "customers.phone",
  address: "customers.address",
  level: "customers.level",
  ownerId: "customers.owner",
  owner: "customers.owner",
  groups: "customers.groups",
  tags: "records.tags",
  birthDate: "customers.birthDate",
  referredById: "customers.referredBy",
  fields: "records.customFields",
  identities: "customers.identities",
};

export function customerFieldLabel(field: string): string {
  const key = labels[field];
  return key ? t(key as "customers.name") : field;
}

/** Every field that the list of customers can be filtered by, custom ones too. */
export function useCustomerFilterFields(): { fields: FilterField[]; isSettled: boolean } {
  const definitions = useFieldDefinitions("customers");
  const tags = useTags();
  const groups = useGroups();
  const colleagues = useColleagues();
  const fields = useMemo((): FilterField[] => {
    const named = (all: readonly { id: string; name: string }[]) =>
      all.map(({ id, name }) => ({ value: id, label: name }));
    const text = (id: string, label: string): FilterField => ({ id, label, type: "text" });
    return [
      {
        id: "status",
        label: t("customers.status"),
        type: "option",
        options: customerStatuses.map((s) => ({ value: s, label: t(`customers.status.${s}`) })),
      },
      {
        id: "kind",
        label: t("customers.kind"),
        type: "option",
        options: [
          { value: "person", label: t("customers.kind.person") },
          { value: "company", label: t("customers.kind.company") },
        ],
      },
      { id: "tag", label: t("customers.tag"), type: "option", options: named(tags) },
      { id: "group", label: t("customers.group"), type: "option", options: named(groups) },
      {
        id: "ownerId",
        label: t("customers.owner"),
        type: "option",
        options: [{ value: "none", label: t("customers.noOwner") }, ...named(colleagues)],
      },
      text("level", t("customers.level")),
      text("firstName", t("customers.firstName")),
      text("lastName", t("customers.lastName")),
      text("company", t("customers.company")),
      text("email", t("customers.email")),
      text("phone", t("customers.phone")),
      text("country", t("customers.country")),
      { id: "birthDate", label: t("customers.birthDate"), type: "date" },
      { id: "createdAt", label: t("records.created"), type: "date" },
      { id: "updatedAt", label: t("records.updated"), type: "date" },
      ...filterFieldsOf(definitions.fields),
    ];
  }, [definitions.fields, tags, groups, colleagues]);
  return { fields, isSettled: definitions.isSettled };
}
