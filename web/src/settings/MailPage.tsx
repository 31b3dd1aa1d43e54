import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import MailCheck from "lucide-react/icons/mail-check";
import type { ReactNode } from "react";
import { keys } from "@/api/keys";
import { useList } from "@/api/queries";
import { decodeFilters, encodeFilters, type FilterField, filterParams } from "@/lib/filters";
import { fill, t } from "@/messages";
import { en } from "@/messages/en";
import { useRecord } from "@/records/useRecord";
import { call, fetchPage } from "@/records/wire";
import { Callout } from "@/ui/Callout";
import { type Column, DataTable } from "@/ui/DataTable";
import { Dialog } from "@/ui/Dialog";
import { FilterBar } from "@/ui/FilterBar";
import { StatusBadge } from "@/ui/marks";
import { Screen } from "@/ui/Screen";
import { EmptyState, FailedState, ListStates, SkeletonRows } from "@/ui/states";
import { Time } from "@/ui/values";
import { usePlace } from "./place";
import type { SettingsSearch } from "./routes";
import { type Mail, type MailOutbox, mailStates, type WholeMail } from "./types";

const purposes = [
  "password_reset",
  "password_changed",
  "email_changed",
  "sign_up_repeated",
  "account_approved",
] as const;

/** Why a mail was written, in words; a purpose that is not known here as it stands. */
function purposeName(purpose: string): string {
  const key = `settings.mail.purpose.${purpose}`;
  if (key in en) return fill(en[key as keyof typeof en], {});
  return purpose.replaceAll("_", " ");
}

function State({ mail }: { mail: Mail }): ReactNode {
  // A mail that is kept looks like one that waits: it will go out when a server is there.
  const look = mail.state === "kept" ? "inactive" : mail.state;
  return <StatusBadge status={look} label={t(`settings.mail.state.${mail.state}`)} />;
}

function filterFields(): FilterField[] {
  return [
    {
      id: "state",
      label: t("settings.mail.state"),
      type: "option",
      options: mailStates.map((value) => ({ value, label: t(`settings.mail.state.${value}`) })),
    },
    {
      id: "purpose",
      label: t("settings.mail.purpose"),
      type: "option",
      options: purposes.map((value) => ({ value, label: purposeName(value) })),
    },
    { id: "recipient", label: t("settings.mail.recipient"), type: "text" },
    { id: "createdAt", label: t("settings.mail.written"), type: "date" },
  ];
}

function columnsFor(search: SettingsSearch): readonly Column<Mail>[] {
  return [
    {
      id: "subject",
      header: t("settings.mail.subject"),
      cell: (mail) => (
        <Link
          to="/settings/mail"
          search={{ ...search, open: mail.id }}
          dir="auto"
          className="font-medium"
        >
          {mail.subject}
        </Link>
      ),
    },
    {
      id: "recipient",
      header: t("settings.mail.recipient"),
      cell: (mail) => <span dir="ltr">{mail.recipient}</span>,
    },
    {
      id: "purpose",
      header: t("settings.mail.purpose"),
      width: "w-44",
      from: "lg",
      cell: (mail) => <span className="text-muted">{purposeName(mail.purpose)}</span>,
    },
    {
      id: "state",
      header: t("settings.mail.state"),
      width: "w-28",
      cell: (mail) => <State mail={mail} />,
    },
    {
      id: "createdAt",
      header: t("settings.mail.written"),
      sort: "createdAt",
      width: "w-32",
      align: "end",
      from: "md",
      cell: (mail) => <Time at={mail.createdAt} className="text-muted" />,
    },
  ];
}

/** Mail that went out, waits, or could not be sent. */
export function MailPage(): ReactNode {
  const { search, go } = usePlace();
  const fields = filterFields();
  const filters = decodeFilters(search.filters, fields);
  const sort = search.sort ?? "-createdAt";
  const params = filterParams(filters, fields);
  const list = useList<Mail>(keys.list("mail-outbox", { params, sort }), (cursor, signal) =>
    fetchPage<Mail>("/mail-outbox", { ...params, sort, limit: "50" }, cursor, signal),
  );
  const server = useQuery({
    queryKey: keys.list("mail-outbox", { for: "server" }),
    queryFn: ({ signal }) =>
      call<MailOutbox>("GET", "/mail-outbox", { query: { limit: "1" }, signal }),
  });
  return (
    <Screen title={t("settings.mail.title")}>
      {server.data?.configured === false && (
        <div className="px-4 pt-3">
          <Callout tone="warning">
            <p className="font-medium">{t("settings.mail.noServer")}</p>
            <p>{t("settings.mail.noServerHint")}</p>
          </Callout>
        </div>
      )}
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
          <EmptyState icon={MailCheck} title={t("settings.mail.none")}>
            {t("settings.mail.noneHint")}
          </EmptyState>
        }
      >
        <DataTable
          label={t("settings.mail.title")}
          list={list}
          columns={columnsFor(search)}
          sort={sort}
          onSort={(next) => go({ sort: next }, true)}
          onOpen={(mail) => go({ open: mail.id })}
        />
      </ListStates>
      <Dialog
        open={search.open !== undefined}
        onOpenChange={(open) => {
          if (!open) go({ open: undefined });
        }}
        title={t("settings.mail.one")}
        width="large"
      >
        {search.open && <OneMail key={search.open} id={search.open} />}
      </Dialog>
    </Screen>
  );
}

function OneMail({ id }: { id: string }): ReactNode {
  const query = useRecord<WholeMail>("mail-outbox", id);
  const mail = query.data?.value;
  if (!mail) {
    return query.error ? (
      <FailedState error={query.error} onRetry={() => void query.refetch()} />
    ) : (
      <SkeletonRows rows={5} />
    );
  }
  return (
    <article className="flex flex-col gap-3">
      <h3 dir="auto" className="text-md font-semibold">
        {mail.subject}
      </h3>
      <dl className="grid grid-cols-[auto_1fr] gap-x-4 gap-y-1">
        <dt className="text-muted">{t("settings.mail.recipient")}</dt>
        <dd dir="ltr">{mail.recipient}</dd>
        <dt className="text-muted">{t("settings.mail.purpose")}</dt>
        <dd>{purposeName(mail.purpose)}</dd>
        <dt className="text-muted">{t("settings.mail.state")}</dt>
        <dd>
          <State mail={mail} />
        </dd>
        <dt className="text-muted">{t("settings.mail.written")}</dt>
        <dd>
          <Time at={mail.createdAt} form="full" />
        </dd>
        {mail.sentAt && (
          <>
            <dt className="text-muted">{t("settings.mail.sentAt")}</dt>
            <dd>
              <Time at={mail.sentAt} form="full" />
            </dd>
          </>
        )}
      </dl>
      {mail.lastError && (
        <Callout tone="danger">
          <p className="font-medium">{t("settings.mail.refused")}</p>
          <p className="font-mono text-sm">{mail.lastError}</p>
        </Callout>
      )}
      {mail.text ? (
        <pre
          dir="auto"
          // Long texts scroll inside the window, so it must be reachable by keyboard.
          // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling text needs the focus
          tabIndex={0}
          className="max-h-96 overflow-auto rounded-md bg-sunken px-3 py-2 font-sans whitespace-pre-wrap"
        >
          {mail.text}
        </pre>
      ) : (
        <p className="text-muted">
          {t(mail.hidden ? "settings.mail.hidden" : "settings.mail.noText")}
        </p>
      )}
    </article>
  );
}
