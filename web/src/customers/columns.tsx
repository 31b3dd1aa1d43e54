import { Link } from "@tanstack/react-router";
import UserX from "lucide-react/icons/user-x";
import type { ReactNode } from "react";
import { formatDate } from "@/lib/format";
import { t } from "@/messages";
import { fieldText } from "@/records/fields";
import { TagChips } from "@/records/tags";
import type { FieldDefinition } from "@/records/types";
import { Avatar } from "@/ui/Avatar";
import { Badge } from "@/ui/Badge";
import type { Column } from "@/ui/DataTable";
import { StatusBadge } from "@/ui/marks";
import { Time } from "@/ui/values";
import type { Customer } from "./types";

/** A name that nobody gave, marked so that no one greets a customer by it. */
export function MadeUpMark({ small = false }: { small?: boolean }): ReactNode {
  if (small) {
    return (
      <span title={t("customers.madeUpHint")} className="shrink-0 text-warning">
        <UserX size={14} aria-hidden />
        <span className="sr-only">{t("customers.madeUp")}</span>
      </span>
    );
  }
  return (
    <span title={t("customers.madeUpHint")}>
      <Badge tone="warning">{t("customers.madeUp")}</Badge>
    </span>
  );
}

function words(text: string | null): ReactNode {
  return text ? <span dir="auto">{text}</span> : null;
}

/** The columns of the list of customers: what is always there, then the workspace's own fields. */
export function customerColumns(definitions: readonly FieldDefinition[]): Column<Customer>[] {
  return [
    {
      id: "name",
      header: t("customers.name"),
      sort: "name",
      cell: (c) => (
        <span className="flex items-center gap-2">
          <Avatar name={c.name} size="small" />
          <Link
            to="/customers/$customerId"
            params={{ customerId: c.id }}
            dir="auto"
            className="truncate font-medium hover:underline"
          >
            {c.name}
          </Link>
          {c.nameMadeUp && <MadeUpMark small />}
        </span>
      ),
    },
    {
      id: "status",
      header: t("customers.status"),
      width: "w-32",
      cell: (c) => <StatusBadge status={c.status} label={t(`customers.status.${c.status}`)} />,
    },
    {
      id: "email",
      header: t("customers.email"),
      width: "w-48",
      from: "md",
      cell: (c) => <span dir="ltr">{c.email}</span>,
    },
    {
      id: "phone",
      header: t("customers.phone"),
      width: "w-32",
      from: "lg",
      cell: (c) => (
        <span dir="ltr" className="tabular">
          {c.phone}
        </span>
      ),
    },
    {
      id: "level",
      header: t("customers.level"),
      width: "w-24",
      from: "lg",
      cell: (c) => words(c.level),
    },
    {
      id: "tags",
      header: t("records.tags"),
      width: "w-56",
      from: "md",
      cell: (c) => <TagChips tags={c.tags} most={2} />,
    },
    {
      id: "groups",
      header: t("customers.groups"),
      width: "w-36",
      from: "lg",
      hidden: true,
      cell: (c) => words(c.groups.map((g) => g.name).join(", ")),
    },
    {
      id: "owner",
      header: t("customers.owner"),
      width: "w-32",
      from: "lg",
      cell: (c) => words(c.owner?.name ?? ""),
    },
    {
      id: "company",
      header: t("customers.company"),
      width: "w-40",
      from: "lg",
      hidden: true,
      cell: (c) => words(c.company),
    },
    {
      id: "country",
      header: t("customers.country"),
      width: "w-24",
      from: "lg",
      hidden: true,
      cell: (c) => words(c.address.country),
    },
    {
      id: "birthDate",
      header: t("customers.birthDate"),
      width: "w-28",
      from: "lg",
      hidden: true,
      cell: (c) => (c.birthDate ? formatDate(new Date(`${c.birthDate}T00:00`), new Date()) : null),
    },
    ...definitions.map(
      (d): Column<Customer> => ({
        id: `field.${d.key}`,
        header: d.label,
        width: "w-32",
        from: "lg",
        hidden: true,
        align: d.type === "number" ? "end" : "start",
        cell: (c) => words(fieldText(d, c.fields[d.key])),
        ...(d.indexed && d.indexReady ? { sort: `field.${d.key}` } : {}),
      }),
    ),
    {
      id: "createdAt",
      header: t("records.created"),
      sort: "createdAt",
      width: "w-28",
      from: "lg",
      hidden: true,
      cell: (c) => <Time at={c.createdAt} className="text-muted" />,
    },
    {
      id: "updatedAt",
      header: t("records.updated"),
      sort: "updatedAt",
      width: "w-28",
      from: "md",
      align: "end",
      cell: (c) => <Time at={c.updatedAt} className="text-muted" />,
    },
  ];
}
