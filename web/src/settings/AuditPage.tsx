import { useQuery } from "@tanstack/react-query";
import MoveRight from "lucide-react/icons/move-right";
import ScrollText from "lucide-react/icons/scroll-text";
import { type ReactNode, useMemo } from "react";
import { keys } from "@/api/keys";
import { useList } from "@/api/queries";
import { decodeFilters, encodeFilters, type FilterField, filterParams } from "@/lib/filters";
import { t } from "@/messages";
import { fetchPage } from "@/records/wire";
import { Avatar } from "@/ui/Avatar";
import { type Column, DataTable } from "@/ui/DataTable";
import { Dialog } from "@/ui/Dialog";
import { FilterBar } from "@/ui/FilterBar";
import { Screen } from "@/ui/Screen";
import { EmptyState, ListStates } from "@/ui/states";
import { Time } from "@/ui/values";
import {
  actionName,
  actorName,
  changesOf,
  fieldName,
  type Names,
  objectKinds,
  subjectOf,
  valueText,
} from "./audit";
import { usePlace } from "./place";
import { directoryQuery } from "./queries";
import type { AuditChange, AuditEntry, Colleague } from "./types";

const none: readonly never[] = [];
const actorKinds = ["user", "system", "import", "anonymous"] as const;
const actions = [
  "sign_in",
  "sign_in.refused",
  "sign_out",
  "access.denied",
  "user.registered",
  "user.created",
  "user.approved",
  "user.rejected",
  "user.changed",
  "user.deactivated",
  "user.deleted",
  "role.created",
  "role.changed",
  "role.deleted",
  "team.created",
  "team.changed",
  "team.deleted",
  "settings.changed",
  "outbox.secret_read",
  "job.retried",
  "job.cancelled",
] as const;

function filterFields(people: readonly Colleague[]): FilterField[] {
  return [
    { id: "occurredAt", label: t("settings.audit.when"), type: "date" },
    {
      id: "actorId",
      label: t("settings.audit.who"),
      type: "option",
      options: people.map((p) => ({ value: p.id, label: p.name })),
    },
    {
      id: "action",
      label: t("settings.audit.what"),
      type: "option",
      options: actions.map((value) => ({ value, label: actionName(value) })),
    },
    {
      id: "objectKind",
      label: t("settings.audit.kind"),
      type: "option",
      options: objectKinds.map((value) => ({ value, label: t(`settings.audit.kind.${value}`) })),
    },
    {
      id: "actorKind",
      label: t("settings.audit.actorKind"),
      type: "option",
      options: actorKinds.map((value) => ({ value, label: t(`settings.audit.actor.${value}`) })),
    },
  ];
}

function Values({ change, names }: { change: AuditChange; names: Names }): ReactNode {
  return (
    <>
      <span dir="auto" className="text-muted">
        {valueText(change.old, names)}
      </span>
      <MoveRight
        size={12}
        aria-hidden
        className="mx-1 inline shrink-0 text-faint rtl:-scale-x-100"
      />
      <span className="sr-only">{t("settings.audit.became")}</span>
      <span dir="auto" className="font-medium">
        {valueText(change.new, names)}
      </span>
    </>
  );
}

function columnsFor(open: (id: string) => void, names: Names): readonly Column<AuditEntry>[] {
  return [
    {
      id: "occurredAt",
      header: t("settings.audit.when"),
      sort: "occurredAt",
      width: "w-32",
      cell: (entry) => <Time at={entry.occurredAt} className="text-muted" />,
    },
    {
      id: "actor",
      header: t("settings.audit.who"),
      width: "w-44",
      cell: (entry) => (
        <span className="flex items-center gap-2">
          <Avatar name={actorName(entry.actor)} size="small" />
          <span dir="auto" className="truncate">
            {actorName(entry.actor)}
          </span>
        </span>
      ),
    },
    {
      id: "action",
      header: t("settings.audit.what"),
      cell: (entry) => (
        <button
          type="button"
          onClick={() => open(entry.id)}
          className="max-w-full truncate rounded-sm text-start"
        >
          <span className="font-medium">{actionName(entry.action)}</span>{" "}
          <span dir="auto" className="text-muted">
            {subjectOf(entry)}
          </span>
        </button>
      ),
    },
    {
      id: "changes",
      header: t("settings.audit.changes"),
      from: "lg",
      cell: (entry) =>
        changesOf(entry).map(([field, change]) => (
          <span key={field} className="me-3">
            <span className="text-faint">{fieldName(field)} </span>
            <Values change={change} names={names} />
          </span>
        )),
    },
  ];
}

/** Who did what, from where, and what it was before. Entries are never changed or removed. */
export function AuditPage(): ReactNode {
  const { search, go } = usePlace();
  const people = useQuery(directoryQuery).data ?? none;
  const names = useMemo(() => new Map(people.map((p) => [p.id, p.name])), [people]);
  const fields = useMemo(() => filterFields(people), [people]);
  const filters = decodeFilters(search.filters, fields);
  const sort = search.sort ?? "-occurredAt";
  const params = filterParams(filters, fields);
  const list = useList<AuditEntry>(keys.list("audit-log", { params, sort }), (cursor, signal) =>
    fetchPage<AuditEntry>("/audit-log", { ...params, sort, limit: "50" }, cursor, signal),
  );
  const open = (id: string) => go({ open: id });
  const entry = list.rows.find((row) => row.id === search.open);
  return (
    <Screen title={t("settings.audit.title")}>
      <div className="px-3 py-2">
        <FilterBar
          fields={fields}
          filters={filters}
          onChange={(next) => go({ filters: encodeFilters(next) }, true)}
        />
      </div>
      <ListStates
        list={list}
        isFiltered={filters.length > 0}
        onClearFilters={() => go({ filters: undefined }, true)}
        firstUse={
          <EmptyState icon={ScrollText} title={t("settings.audit.none")}>
            {t("settings.audit.noneHint")}
          </EmptyState>
        }
      >
        <DataTable
          label={t("settings.audit.title")}
          list={list}
          columns={columnsFor(open, names)}
          sort={sort}
          onSort={(next) => go({ sort: next }, true)}
          onOpen={(row) => open(row.id)}
        />
      </ListStates>
      <Dialog
        open={entry !== undefined}
        onOpenChange={(on) => {
          if (!on) go({ open: undefined });
        }}
        title={entry ? actionName(entry.action) : ""}
        width="large"
      >
        {entry && <Details entry={entry} names={names} />}
      </Dialog>
    </Screen>
  );
}

function Details({ entry, names }: { entry: AuditEntry; names: Names }): ReactNode {
  const changes = changesOf(entry);
  return (
    <div className="flex flex-col gap-4">
      <dl className="grid grid-cols-[auto_1fr] gap-x-4 gap-y-1">
        <dt className="text-muted">{t("settings.audit.when")}</dt>
        <dd>
          <Time at={entry.occurredAt} form="full" />
        </dd>
        <dt className="text-muted">{t("settings.audit.who")}</dt>
        <dd dir="auto">{actorName(entry.actor)}</dd>
        {entry.objectName && (
          <>
            <dt className="text-muted">{t("settings.audit.object")}</dt>
            <dd dir="auto">{entry.objectName}</dd>
          </>
        )}
        {entry.address && (
          <>
            <dt className="text-muted">{t("settings.audit.address")}</dt>
            <dd dir="ltr" className="font-mono text-sm">
              {entry.address}
            </dd>
          </>
        )}
        {entry.requestId && (
          <>
            <dt className="text-muted">{t("settings.audit.request")}</dt>
            <dd dir="ltr" className="font-mono text-sm">
              {entry.requestId}
            </dd>
          </>
        )}
      </dl>
      {changes.length > 0 && (
        <table className="w-full">
          <thead className="text-sm text-muted">
            <tr>
              <th scope="col" className="pe-3 pb-1 text-start font-medium">
                {t("settings.audit.field")}
              </th>
              <th scope="col" className="pe-3 pb-1 text-start font-medium">
                {t("settings.audit.before")}
              </th>
              <th scope="col" className="pb-1 text-start font-medium">
                {t("settings.audit.after")}
              </th>
            </tr>
          </thead>
          <tbody>
            {changes.map(([field, change]) => (
              <tr key={field} className="border-t align-top">
                <th scope="row" className="py-1.5 pe-3 text-start font-medium">
                  {fieldName(field)}
                </th>
                <td dir="auto" className="py-1.5 pe-3 text-muted">
                  {valueText(change.old, names)}
                </td>
                <td dir="auto" className="py-1.5">
                  {valueText(change.new, names)}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </div>
  );
}
