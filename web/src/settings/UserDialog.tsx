import { useQuery, useQueryClient } from "@tanstack/react-query";
import Ban from "lucide-react/icons/ban";
import Check from "lucide-react/icons/check";
import KeyRound from "lucide-react/icons/key-round";
import Trash2 from "lucide-react/icons/trash-2";
import X from "lucide-react/icons/x";
import { type ReactNode, useState } from "react";
import { keys } from "@/api/keys";
import { sessionQuery, useCan } from "@/api/session";
import { t } from "@/messages";
import { useRecord } from "@/records/useRecord";
import { call, type Tagged } from "@/records/wire";
import { Button } from "@/ui/Button";
import { ConfirmByTyping, Dialog } from "@/ui/Dialog";
import { Field, Input, PasswordInput, Switch } from "@/ui/Field";
import { Form, useForm } from "@/ui/form";
import { StatusBadge } from "@/ui/marks";
import { FailedState, SkeletonRows } from "@/ui/states";
import { toast } from "@/ui/toast";
import { FormFoot, ReadOnlyNote } from "./bits";
import { CheckList, differs } from "./CheckList";
import { makePassword } from "./passwords";
import { rolesQuery, saveOver, settingsQuery, teamsQuery } from "./queries";
import { RoleSelect } from "./RoleSelect";
import type { Role, Team, User } from "./types";
import { useRank, useUserWrites } from "./users";

const none: readonly never[] = [];

/** The window of one user, or of a new one. */
export function UserDialog({
  openId,
  isNew,
  onClose,
}: {
  openId: string | undefined;
  isNew: boolean;
  onClose: () => void;
}): ReactNode {
  const isOpen = isNew || openId !== undefined;
  return (
    <Dialog
      open={isOpen}
      onOpenChange={(open) => {
        if (!open) onClose();
      }}
      title={isNew ? t("settings.users.new") : t("settings.users.one")}
      {...(isNew ? { description: t("settings.users.newHint") } : {})}
    >
      {isNew ? (
        <NewUser onClose={onClose} />
      ) : (
        openId && <OneUser key={openId} id={openId} onClose={onClose} />
      )}
    </Dialog>
  );
}

function TeamsChoice({
  teams,
  chosen,
  onChange,
  disabled = false,
}: {
  teams: readonly Team[];
  chosen: ReadonlySet<string>;
  onChange: (chosen: ReadonlySet<string>) => void;
  disabled?: boolean;
}): ReactNode {
  return (
    <CheckList
      label={t("settings.users.teams")}
      rows={teams}
      chosen={chosen}
      onChange={onChange}
      disabled={disabled}
      empty={t("settings.users.noTeams")}
      render={(team) => (
        <span dir="auto" className="truncate">
          {team.name}
        </span>
      )}
    />
  );
}

function NewUser({ onClose }: { onClose: () => void }): ReactNode {
  const roles = useQuery(rolesQuery).data ?? none;
  return roles.length === 0 ? <SkeletonRows rows={5} /> : <NewUserForm {...{ roles, onClose }} />;
}

function NewUserForm({
  roles,
  onClose,
}: {
  roles: readonly Role[];
  onClose: () => void;
}): ReactNode {
  const queries = useQueryClient();
  const rank = useRank(roles);
  const teams = useQuery(teamsQuery).data ?? none;
  const policy = useQuery(settingsQuery).data?.value.passwordPolicy;
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set());
  const usual = rank.choices.find((c) => c.mayGive && c.role.key === "agent");
  const first = usual ?? rank.choices.find((c) => c.mayGive);
  const form = useForm({
    initial: { name: "", email: "", username: "", password: "", roleId: first?.role.id ?? "" },
    async submit(v) {
      const user = await call<User>("POST", "/users", {
        body: {
          name: v.name.trim(),
          email: v.email.trim(),
          ...(v.username.trim() ? { username: v.username.trim() } : {}),
          password: v.password,
          roleId: v.roleId,
          teamIds: [...chosen],
        },
      });
      await queries.invalidateQueries({ queryKey: keys.all("users") });
      void queries.invalidateQueries({ queryKey: keys.all("teams") });
      toast.done(t("settings.users.created", { name: user.name }));
      onClose();
    },
  });
  return (
    <Form form={form} label={t("settings.users.new")} className="flex flex-col gap-4">
      <Field name="name" label={t("settings.users.name")} required>
        <Input dir="auto" autoComplete="off" autoFocus />
      </Field>
      <Field name="email" label={t("settings.users.email")} required>
        <Input type="email" dir="ltr" autoComplete="off" />
      </Field>
      <Field
        name="username"
        label={t("settings.users.username")}
        hint={t("settings.users.usernameHint")}
      >
        <Input dir="ltr" autoComplete="off" spellCheck={false} />
      </Field>
      <Field
        name="password"
        label={t("settings.users.password")}
        hint={t("settings.users.passwordHint")}
        required
        end={
          <Button
            look="quiet"
            size="small"
            icon={KeyRound}
            onClick={() => {
              const made = makePassword(policy);
              form.set("password", made);
              void navigator.clipboard
                ?.writeText(made)
                .then(() => toast.info(t("settings.users.passwordCopied")))
                .catch(() => undefined);
            }}
          >
            {t("settings.users.makePassword")}
          </Button>
        }
      >
        <PasswordInput autoComplete="new-password" />
      </Field>
      <Field name="roleId" label={t("settings.users.role")}>
        <RoleSelect choices={rank.choices} />
      </Field>
      <TeamsChoice teams={teams} chosen={chosen} onChange={setChosen} />
      <FormFoot
        form={form}
        label={t("settings.users.create")}
        isChanged={form.isChanged}
        onCancel={onClose}
      />
    </Form>
  );
}

function OneUser({ id, onClose }: { id: string; onClose: () => void }): ReactNode {
  const record = useRecord<User>("users", id);
  const roles = useQuery(rolesQuery).data;
  const teams = useQuery(teamsQuery).data;
  if (record.data && roles && teams) {
    return <UserForm record={record.data} roles={roles} teams={teams} onClose={onClose} />;
  }
  if (record.error) {
    return <FailedState error={record.error} onRetry={() => void record.refetch()} />;
  }
  return <SkeletonRows rows={5} />;
}

function labelOf(field: string): string {
  switch (field) {
    case "name":
      return t("settings.users.name");
    case "email":
      return t("settings.users.email");
    case "username":
      return t("settings.users.username");
    case "roleId":
      return t("settings.users.role");
    case "teamIds":
      return t("settings.users.teams");
    case "available":
      return t("settings.users.available");
    default:
      return field;
  }
}

function UserForm({
  record,
  roles,
  teams,
  onClose,
}: {
  record: Tagged<User>;
  roles: readonly Role[];
  teams: readonly Team[];
  onClose: () => void;
}): ReactNode {
  const user = record.value;
  const queries = useQueryClient();
  const can = useCan();
  const rank = useRank(roles);
  // What the form began with; later versions only move the tag that the write is checked by.
  const [base, setBase] = useState(record);
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set(user.teamIds));
  const outranked = rank.outranks(user);
  const locked = !can("users:write") || outranked;
  const teamsChanged = differs(chosen, base.value.teamIds);
  const before = base.value;
  const form = useForm({
    initial: {
      name: user.name,
      email: user.email,
      username: user.username,
      roleId: user.roleId,
      available: user.available,
    },
    async submit(v) {
      const patch: Record<string, unknown> = {};
      if (v.name.trim() !== before.name) patch.name = v.name.trim();
      if (v.email.trim() !== before.email) patch.email = v.email.trim();
      if (v.username.trim() !== before.username) patch.username = v.username.trim() || null;
      if (v.roleId !== before.roleId) patch.roleId = v.roleId;
      if (v.available !== before.available) patch.available = v.available;
      if (teamsChanged) patch.teamIds = [...chosen];
      const saved = await saveOver<User>("PATCH", `/users/${user.id}`, patch, base, {
        labelOf,
        onFresh: (fresh) => setBase({ value: before, etag: fresh.etag }),
      });
      queries.setQueryData(keys.one("users", user.id), saved);
      await queries.invalidateQueries({ queryKey: keys.lists("users") });
      if (teamsChanged) void queries.invalidateQueries({ queryKey: keys.all("teams") });
      if (rank.isMe(user)) void queries.invalidateQueries({ queryKey: sessionQuery.queryKey });
      toast.done(t("settings.users.saved", { name: saved.value.name }));
      onClose();
    },
  });
  return (
    <Form form={form} label={user.name} className="flex flex-col gap-4">
      <div className="flex flex-wrap items-center gap-3">
        <StatusBadge status={user.status} label={t(`settings.users.status.${user.status}`)} />
        {!locked && <StatusActions user={user} isMe={rank.isMe(user)} onDone={onClose} />}
      </div>
      {outranked && <ReadOnlyNote>{t("settings.users.outranks")}</ReadOnlyNote>}
      <fieldset disabled={locked} className="flex min-w-0 flex-col gap-4">
        <legend className="sr-only">{t("settings.users.one")}</legend>
        <Field name="name" label={t("settings.users.name")}>
          <Input dir="auto" autoComplete="off" />
        </Field>
        <Field
          name="email"
          label={t("settings.users.email")}
          hint={t("settings.users.emailChangeHint")}
        >
          <Input type="email" dir="ltr" autoComplete="off" />
        </Field>
        <Field
          name="username"
          label={t("settings.users.username")}
          hint={t("settings.users.usernameHint")}
        >
          <Input dir="ltr" autoComplete="off" spellCheck={false} />
        </Field>
        <Field name="roleId" label={t("settings.users.role")}>
          <RoleSelect choices={rank.choices} />
        </Field>
        <Switch
          name="available"
          label={t("settings.users.available")}
          hint={t("settings.users.availableHint")}
        />
        <TeamsChoice teams={teams} chosen={chosen} onChange={setChosen} />
      </fieldset>
      {!locked && (
        <FormFoot
          form={form}
          label={t("ui.save")}
          isChanged={form.isChanged || teamsChanged}
          onCancel={onClose}
        >
          {!rank.isMe(user) && <DeleteUser user={user} onDeleted={onClose} />}
        </FormFoot>
      )}
    </Form>
  );
}

function StatusActions({
  user,
  isMe,
  onDone,
}: {
  user: User;
  isMe: boolean;
  onDone: () => void;
}): ReactNode {
  const writes = useUserWrites();
  const act = (work: Promise<void>) => {
    void work;
    onDone();
  };
  return (
    <span className="ms-auto flex gap-2">
      {user.status === "pending" && (
        <Button size="small" icon={X} onClick={() => act(writes.reject(user))}>
          {t("settings.users.reject")}
        </Button>
      )}
      {user.status !== "approved" && (
        <Button size="small" icon={Check} onClick={() => act(writes.approve(user))}>
          {user.status === "deactivated"
            ? t("settings.users.reactivate")
            : t("settings.users.approve")}
        </Button>
      )}
      {user.status === "approved" && !isMe && (
        <Button size="small" icon={Ban} onClick={() => act(writes.deactivate(user))}>
          {t("settings.users.deactivate")}
        </Button>
      )}
    </span>
  );
}

function DeleteUser({ user, onDeleted }: { user: User; onDeleted: () => void }): ReactNode {
  const writes = useUserWrites();
  const [asking, setAsking] = useState(false);
  return (
    <>
      <Button look="quiet" icon={Trash2} onClick={() => setAsking(true)}>
        {t("settings.users.delete")}
      </Button>
      <ConfirmByTyping
        open={asking}
        onOpenChange={setAsking}
        title={t("settings.users.deleteTitle", { name: user.name })}
        description={t("settings.users.deleteText")}
        name={user.name}
        action={t("settings.users.delete")}
        onConfirm={async () => {
          await writes.remove(user);
          onDeleted();
        }}
      />
    </>
  );
}
