import { useMutation, useQueryClient } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import Cog from "lucide-react/icons/cog";
import ListChecks from "lucide-react/icons/list-checks";
import { type ReactNode, useState } from "react";
import { keys } from "@/api/keys";
import { useList } from "@/api/queries";
import { useCan } from "@/api/session";
import { t } from "@/messages";
import { useRecord } from "@/records/useRecord";
import { call, fetchPage } from "@/records/wire";
import { Button } from "@/ui/Button";
import { Callout } from "@/ui/Callout";
import { type Column, DataTable } from "@/ui/DataTable";
import { ConfirmByTyping, Dialog } from "@/ui/Dialog";
import { StatusBadge } from "@/ui/marks";
import { ProgressBar } from "@/ui/ProgressBar";
import { Screen } from "@/ui/Screen";
import { EmptyState, FailedState, ListStates, SkeletonRows } from "@/ui/states";
import { toast } from "@/ui/toast";
import { Time } from "@/ui/values";
import { isCounted, jobName, lookOf, type Shown, shownBy } from "./jobs";
import { usePlace } from "./place";
import type { SettingsSearch } from "./routes";
import { type Job, jobStates } from "./types";

/** Whether the job is over; only what is not can be cancelled. */
const isLive = (job: Job) => job.state === "queued" || job.state === "running";

function State({ job }: { job: Job }): ReactNode {
  const label = t(`settings.jobs.state.${job.state}`);
  return isCounted(job) ? (
    <ProgressBar label={label} done={job.done} total={job.total} />
  ) : (
    <StatusBadge status={lookOf(job.state)} label={label} />
  );
}

function Retry({ job }: { job: Job }): ReactNode {
  const queries = useQueryClient();
  const name = jobName(job.kind);
  const retry = useMutation({
    mutationFn: () => call<Job>("POST", `/jobs/${job.id}/retry`),
    onSuccess: () => toast.done(t("settings.jobs.retried", { name })),
    onError: (error) => toast.failed(t("settings.jobs.notRetried"), error),
    onSettled: () => queries.invalidateQueries({ queryKey: keys.all("jobs") }),
  });
  return (
    <Button
      size="small"
      busy={retry.isPending}
      aria-label={t("settings.jobs.retryOf", { name })}
      onClick={() => retry.mutate()}
    >
      {t("settings.jobs.retry")}
    </Button>
  );
}

function Cancel({ job }: { job: Job }): ReactNode {
  const queries = useQueryClient();
  const [asking, setAsking] = useState(false);
  const name = jobName(job.kind);
  return (
    <>
      <Button
        size="small"
        look="quiet"
        aria-label={t("settings.jobs.cancelOf", { name })}
        onClick={() => setAsking(true)}
      >
        {t("settings.jobs.cancel")}
      </Button>
      <ConfirmByTyping
        open={asking}
        onOpenChange={setAsking}
        title={t("settings.jobs.cancelTitle")}
        description={t("settings.jobs.cancelText")}
        name={name}
        action={t("settings.jobs.cancelWork")}
        onConfirm={async () => {
          try {
            await call("POST", `/jobs/${job.id}/cancel`);
            toast.done(t("settings.jobs.cancelled", { name }));
          } catch (error) {
            toast.failed(t("settings.jobs.notCancelled"), error);
          }
          void queries.invalidateQueries({ queryKey: keys.all("jobs") });
        }}
      />
    </>
  );
}

function Mend({ job }: { job: Job }): ReactNode {
  if (job.state === "dead") return <Retry job={job} />;
  return isLive(job) ? <Cancel job={job} /> : null;
}

function columnsFor(search: SettingsSearch, mayMend: boolean): readonly Column<Job>[] {
  const action: Column<Job> = {
    id: "action",
    header: t("settings.jobs.action"),
    width: "w-24",
    align: "end",
    cell: (job) => <Mend job={job} />,
  };
  return [
    {
      id: "kind",
      header: t("settings.jobs.what"),
      cell: (job) => (
        <div className="py-1">
          <Link
            to="/settings/jobs"
            search={{ ...search, open: job.id }}
            className="block truncate font-medium"
          >
            {jobName(job.kind)}
          </Link>
          {/* There is no room for the column on a phone. */}
          <div className="text-sm md:hidden">
            <State job={job} />
          </div>
          {job.lastError && (
            <span dir="auto" className="block truncate text-sm text-danger">
              {job.lastError}
            </span>
          )}
        </div>
      ),
    },
    {
      id: "state",
      header: t("settings.jobs.state"),
      width: "w-48",
      from: "md",
      cell: (job) => <State job={job} />,
    },
    {
      id: "attempts",
      header: t("settings.jobs.attempts"),
      width: "w-24",
      align: "end",
      from: "lg",
      cell: (job) => (
        <span className="tabular text-muted">
          {t("settings.jobs.attemptsOf", { count: job.attempts, most: job.maxAttempts })}
        </span>
      ),
    },
    {
      id: "createdAt",
      header: t("settings.jobs.since"),
      sort: "createdAt",
      width: "w-28",
      align: "end",
      from: "md",
      cell: (job) => <Time at={job.createdAt} className="text-muted" />,
    },
    ...(mayMend ? [action] : []),
  ];
}

function StateChips({
  shown,
  onChange,
}: {
  shown: Shown;
  onChange: (shown: Shown) => void;
}): ReactNode {
  return (
    <fieldset className="flex flex-wrap gap-1.5 px-4 py-2">
      <legend className="sr-only">{t("settings.jobs.filter")}</legend>
      {([...jobStates, "all"] as const).map((state) => (
        <button
          key={state}
          type="button"
          aria-pressed={state === shown}
          onClick={() => onChange(state)}
          className="min-h-6 rounded-full border px-2.5 text-sm text-muted hover:bg-hover hover:text-text aria-pressed:border-accent aria-pressed:bg-selected aria-pressed:font-medium aria-pressed:text-accent-text"
        >
          {state === "all" ? t("settings.jobs.all") : t(`settings.jobs.state.${state}`)}
        </button>
      ))}
    </fieldset>
  );
}

/** What the product does beside people's work: how far it is, what failed, and a way to mend it. */
export function JobsPage(): ReactNode {
  const mayMend = useCan()("jobs:update");
  const { search, go } = usePlace();
  const shown = shownBy(search.state);
  const sort = search.sort ?? "-createdAt";
  const params = shown === "all" ? {} : { state: shown };
  const list = useList<Job>(keys.list("jobs", { params, sort }), (cursor, signal) =>
    fetchPage<Job>("/jobs", { ...params, sort, limit: "50" }, cursor, signal),
  );
  const show = (next: Shown) => go({ state: next === "dead" ? undefined : next }, true);
  return (
    <Screen title={t("settings.jobs.title")}>
      <StateChips shown={shown} onChange={show} />
      <ListStates
        list={list}
        isFiltered={shown !== "all" && shown !== "dead"}
        onClearFilters={() => show("all")}
        firstUse={
          <EmptyState icon={Cog} title={t("settings.jobs.none")}>
            {t("settings.jobs.noneHint")}
          </EmptyState>
        }
        done={
          shown === "dead" ? (
            <EmptyState
              live
              icon={ListChecks}
              title={t("settings.jobs.noneFailed")}
              action={<Button onClick={() => show("all")}>{t("settings.jobs.showAll")}</Button>}
            >
              {t("settings.jobs.noneFailedHint")}
            </EmptyState>
          ) : undefined
        }
      >
        <DataTable
          label={t("settings.jobs.title")}
          list={list}
          columns={columnsFor(search, mayMend)}
          sort={sort}
          onSort={(next) => go({ sort: next }, true)}
          onOpen={(job) => go({ open: job.id })}
        />
      </ListStates>
      <Dialog
        open={search.open !== undefined}
        onOpenChange={(open) => {
          if (!open) go({ open: undefined });
        }}
        title={t("settings.jobs.one")}
        width="large"
      >
        {search.open && <OneJob key={search.open} id={search.open} mayMend={mayMend} />}
      </Dialog>
    </Screen>
  );
}

function OneJob({ id, mayMend }: { id: string; mayMend: boolean }): ReactNode {
  const query = useRecord<Job>("jobs", id);
  const job = query.data?.value;
  if (!job) {
    return query.error ? (
      <FailedState error={query.error} onRetry={() => void query.refetch()} />
    ) : (
      <SkeletonRows rows={5} />
    );
  }
  return (
    <article className="flex flex-col gap-3">
      <div className="flex items-center justify-between gap-3">
        <h3 className="text-md font-semibold">{jobName(job.kind)}</h3>
        {mayMend && <Mend job={job} />}
      </div>
      <dl className="grid grid-cols-[auto_1fr] gap-x-4 gap-y-1">
        <dt className="text-muted">{t("settings.jobs.state")}</dt>
        <dd>
          <State job={job} />
        </dd>
        <dt className="text-muted">{t("settings.jobs.attempts")}</dt>
        <dd>{t("settings.jobs.attemptsOf", { count: job.attempts, most: job.maxAttempts })}</dd>
        <dt className="text-muted">{t("settings.jobs.by")}</dt>
        <dd dir="auto">{job.createdBy?.name || t("settings.jobs.system")}</dd>
        <dt className="text-muted">{t("settings.jobs.since")}</dt>
        <dd>
          <Time at={job.createdAt} form="full" />
        </dd>
        {job.state === "queued" && (
          <>
            <dt className="text-muted">{t("settings.jobs.next")}</dt>
            <dd>
              <Time at={job.runAt} form="full" />
            </dd>
          </>
        )}
        {job.finishedAt && (
          <>
            <dt className="text-muted">{t("settings.jobs.finished")}</dt>
            <dd>
              <Time at={job.finishedAt} form="full" />
            </dd>
          </>
        )}
      </dl>
      {job.lastError && (
        <Callout tone="danger">
          <p className="font-medium">{t("settings.jobs.error")}</p>
          <p className="font-mono text-sm wrap-anywhere">{job.lastError}</p>
        </Callout>
      )}
    </article>
  );
}
