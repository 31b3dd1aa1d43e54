import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import Plus from "lucide-react/icons/plus";
import Trash2 from "lucide-react/icons/trash-2";
import UsersRound from "lucide-react/icons/users-round";
import { type ReactNode, useState } from "react";
import { keys } from "@/api/keys";
import { useCan } from "@/api/session";
import { t } from "@/messages";
import { useRecord } from "@/records/useRecord";
import { call, type Tagged } from "@/records/wire";
import { Avatar } from "@/ui/Avatar";
import { Button } from "@/ui/Button";
import { ConfirmByTyping, Dialog } from "@/ui/Dialog";
import { Field, Input } from "@/ui/Field";
import { Form, useForm } from "@/ui/form";
import { Screen } from "@/ui/Screen";
import { EmptyState, FailedState, ListStates, SkeletonRows } from "@/ui/states";
import { toast } from "@/ui/toast";
import { FormFoot } from "./bits";
import { CheckList, differs } from "./CheckList";
import { usePlace } from "./place";
import { asList, directoryQuery, saveOver, teamsQuery } from "./queries";
import type { Colleague, Team } from "./types";

const none: readonly never[] = [];

/** Teams share a queue of tickets. */
export function TeamsPage(): ReactNode {
  const can = useCan();
  const mayWrite = can("teams:write");
  const { search, go } = usePlace();
  const teams = useQuery(teamsQuery);
  const people = useQuery(directoryQuery).data ?? none;
  const create = mayWrite && (
    <Button look="primary" icon={Plus} onClick={() => go({ new: 1 })}>
      {t("settings.teams.new")}
    </Button>
  );
  const close = () => go({ open: undefined, new: undefined });
  return (
    <Screen title={t("settings.teams.title")} actions={create}>
      <ListStates
        list={asList(teams)}
        firstUse={
          <EmptyState icon={UsersRound} title={t("settings.teams.none")} action={create}>
            {t("settings.teams.noneHint")}
          </EmptyState>
        }
      >
        <ul aria-label={t("settings.teams.title")}>
          {teams.data?.map((team) => (
            <li key={team.id}>
              <TeamRow team={team} people={people} isLink={mayWrite} />
            </li>
          ))}
        </ul>
      </ListStates>
      {mayWrite && (
        <Dialog
          open={search.new === 1 || search.open !== undefined}
          onOpenChange={(open) => {
            if (!open) close();
          }}
          title={search.new === 1 ? t("settings.teams.new") : t("settings.teams.one")}
        >
          {search.new === 1 ? (
            <TeamForm people={people} onClose={close} />
          ) : (
            search.open && (
              <OneTeam key={search.open} id={search.open} people={people} onClose={close} />
            )
          )}
        </Dialog>
      )}
    </Screen>
  );
}

/** Avatars beyond these are only counted. */
const mostAvatars = 8;

function TeamRow({
  team,
  people,
  isLink,
}: {
  team: Team;
  people: readonly Colleague[];
  isLink: boolean;
}): ReactNode {
  const members = people.filter((p) => team.memberIds.includes(p.id));
  const more = members.length - mostAvatars;
  const content = (
    <>
      <span dir="auto" className="min-w-0 flex-1 truncate font-medium">
        {team.name}
      </span>
      <span className="flex -space-x-1 rtl:space-x-reverse">
        {members.slice(0, mostAvatars).map((member) => (
          <Avatar key={member.id} name={member.name} size="small" named />
        ))}
      </span>
      {more > 0 && <span className="text-sm text-faint">+{more}</span>}
      <span className="tabular w-24 text-end text-muted">
        {t("settings.teams.members", { count: team.memberIds.length })}
      </span>
    </>
  );
  const look = "flex min-h-10 items-center gap-3 border-b border-line/60 px-4";
  if (!isLink) return <div className={look}>{content}</div>;
  return (
    <Link
      to="/settings/teams"
      search={{ open: team.id }}
      className={`${look} outline-offset-[-2px] hover:bg-hover`}
    >
      {content}
    </Link>
  );
}

function OneTeam({
  id,
  people,
  onClose,
}: {
  id: string;
  people: readonly Colleague[];
  onClose: () => void;
}): ReactNode {
  const record = useRecord<Team>("teams", id);
  if (record.data) return <TeamForm record={record.data} people={people} onClose={onClose} />;
  if (record.error) {
    return <FailedState error={record.error} onRetry={() => void record.refetch()} />;
  }
  return <SkeletonRows rows={4} />;
}

function TeamForm({
  record,
  people,
  onClose,
}: {
  record?: Tagged<Team>;
  people: readonly Colleague[];
  onClose: () => void;
}): ReactNode {
  const queries = useQueryClient();
  const [base, setBase] = useState(record);
  const before = base?.value;
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set(before?.memberIds));
  const membersChanged = differs(chosen, before?.memberIds ?? []);
  const form = useForm({
    initial: { name: before?.name ?? "" },
    async submit(v) {
      const name = v.name.trim();
      if (base && before) {
        const patch = {
          ...(name !== before.name ? { name } : {}),
          ...(membersChanged ? { memberIds: [...chosen] } : {}),
        };
        const saved = await saveOver<Team>("PATCH", `/teams/${before.id}`, patch, base, {
          labelOf: (field) =>
            field === "name" ? t("settings.teams.name") : t("settings.teams.people"),
          onFresh: (fresh) => setBase({ value: before, etag: fresh.etag }),
        });
        queries.setQueryData(keys.one("teams", before.id), saved);
        toast.done(t("settings.teams.saved", { name }));
      } else {
        await call("POST", "/teams", { body: { name, memberIds: [...chosen] } });
        toast.done(t("settings.teams.created", { name }));
      }
      await queries.invalidateQueries({ queryKey: keys.lists("teams") });
      void queries.invalidateQueries({ queryKey: keys.all("users") });
      onClose();
    },
  });
  return (
    <Form form={form} label={t("settings.teams.one")} className="flex flex-col gap-4">
      <Field name="name" label={t("settings.teams.name")} required>
        <Input dir="auto" autoComplete="off" />
      </Field>
      <CheckList
        label={t("settings.teams.people")}
        rows={people}
        chosen={chosen}
        onChange={setChosen}
        empty={t("settings.teams.nobody")}
        render={(person) => (
          <>
            <Avatar name={person.name} size="small" />
            <span dir="auto" className="truncate">
              {person.name}
            </span>
          </>
        )}
      />
      <FormFoot
        form={form}
        label={before ? t("ui.save") : t("settings.teams.create")}
        isChanged={form.isChanged || membersChanged}
        onCancel={onClose}
      >
        {before && <DeleteTeam team={before} onDeleted={onClose} />}
      </FormFoot>
    </Form>
  );
}

function DeleteTeam({ team, onDeleted }: { team: Team; onDeleted: () => void }): ReactNode {
  const queries = useQueryClient();
  const [asking, setAsking] = useState(false);
  return (
    <>
      <Button look="quiet" icon={Trash2} onClick={() => setAsking(true)}>
        {t("settings.teams.delete")}
      </Button>
      <ConfirmByTyping
        open={asking}
        onOpenChange={setAsking}
        title={t("settings.teams.deleteTitle", { name: team.name })}
        description={t("settings.teams.deleteText")}
        name={team.name}
        action={t("settings.teams.delete")}
        onConfirm={async () => {
          try {
            await call("DELETE", `/teams/${team.id}`);
            toast.done(t("settings.teams.deleted", { name: team.name }));
            onDeleted();
          } catch (error) {
            toast.failed(t("settings.notDeleted"), error);
          }
          void queries.invalidateQueries({ queryKey: keys.lists("teams") });
        }}
      />
    </>
  );
}
