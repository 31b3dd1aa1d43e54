import { useQueryClient } from "@tanstack/react-query";
import Trash2 from "lucide-react/icons/trash-2";
import { type ReactNode, useState } from "react";
import { keys } from "@/api/keys";
import { useSession } from "@/api/session";
import { t } from "@/messages";
import { useRecord } from "@/records/useRecord";
import { call, type Tagged } from "@/records/wire";
import { Button } from "@/ui/Button";
import { ConfirmByTyping, Dialog } from "@/ui/Dialog";
import { Field, Input, Select, Textarea } from "@/ui/Field";
import { Form, useForm } from "@/ui/form";
import { FailedState, SkeletonRows } from "@/ui/states";
import { toast } from "@/ui/toast";
import { FormFoot, ReadOnlyNote } from "./bits";
import { covers } from "./permissions";
import { saveOver } from "./queries";
import type { Role } from "./types";

/** The window of a role's name and description, or of a new role. */
export function RoleDialog({
  roles,
  openId,
  isNew,
  onClose,
}: {
  roles: readonly Role[];
  openId: string | undefined;
  isNew: boolean;
  onClose: () => void;
}): ReactNode {
  return (
    <Dialog
      open={isNew || openId !== undefined}
      onOpenChange={(open) => {
        if (!open) onClose();
      }}
      title={isNew ? t("settings.roles.new") : t("settings.roles.one")}
      description={isNew ? t("settings.roles.newHint") : t("settings.roles.oneHint")}
    >
      {isNew ? (
        <NewRole roles={roles} onClose={onClose} />
      ) : (
        openId && <OneRole key={openId} id={openId} onClose={onClose} />
      )}
    </Dialog>
  );
}

function NewRole({ roles, onClose }: { roles: readonly Role[]; onClose: () => void }): ReactNode {
  const queries = useQueryClient();
  const { user } = useSession();
  const mine = new Set(user.permissions);
  const form = useForm({
    initial: { name: "", description: "", like: "" },
    async submit(v) {
      const like = roles.find((role) => role.id === v.like);
      const role = await call<Role>("POST", "/roles", {
        body: {
          name: v.name.trim(),
          description: v.description.trim(),
          permissions: like?.permissions ?? [],
        },
      });
      await queries.invalidateQueries({ queryKey: keys.all("roles") });
      toast.done(t("settings.roles.created", { name: role.name }));
      onClose();
    },
  });
  return (
    <Form form={form} label={t("settings.roles.new")} className="flex flex-col gap-4">
      <Field name="name" label={t("settings.roles.name")} required>
        <Input dir="auto" autoComplete="off" autoFocus />
      </Field>
      <Field name="description" label={t("settings.roles.description")}>
        <Textarea rows={2} />
      </Field>
      <Field name="like" label={t("settings.roles.like")} hint={t("settings.roles.likeHint")}>
        <Select>
          <option value="">{t("settings.roles.likeNone")}</option>
          {roles
            .filter((role) => role.key !== "customer")
            .map((role) => {
              const mayGive = covers(mine, role.permissions);
              return (
                <option key={role.id} value={role.id} disabled={!mayGive}>
                  {mayGive ? role.name : t("settings.roles.tooHigh", { name: role.name })}
                </option>
              );
            })}
        </Select>
      </Field>
      <FormFoot
        form={form}
        label={t("settings.roles.create")}
        isChanged={form.isChanged}
        onCancel={onClose}
      />
    </Form>
  );
}

function OneRole({ id, onClose }: { id: string; onClose: () => void }): ReactNode {
  const record = useRecord<Role>("roles", id);
  if (record.data) return <RoleForm record={record.data} onClose={onClose} />;
  if (record.error) {
    return <FailedState error={record.error} onRetry={() => void record.refetch()} />;
  }
  return <SkeletonRows rows={3} />;
}

function labelOf(field: string): string {
  return field === "name" ? t("settings.roles.name") : t("settings.roles.description");
}

function RoleForm({ record, onClose }: { record: Tagged<Role>; onClose: () => void }): ReactNode {
  const role = record.value;
  const queries = useQueryClient();
  const { user } = useSession();
  const [base, setBase] = useState(record);
  const locked = role.fixed || !covers(new Set(user.permissions), role.permissions);
  const form = useForm({
    initial: { name: role.name, description: role.description },
    async submit(v) {
      const patch: Record<string, unknown> = {};
      if (v.name.trim() !== base.value.name) patch.name = v.name.trim();
      if (v.description.trim() !== base.value.description) patch.description = v.description.trim();
      const saved = await saveOver<Role>("PUT", `/roles/${role.id}`, patch, base, {
        labelOf,
        onFresh: (fresh) => setBase((old) => ({ value: old.value, etag: fresh.etag })),
      });
      queries.setQueryData(keys.one("roles", role.id), saved);
      await queries.invalidateQueries({ queryKey: keys.lists("roles") });
      toast.done(t("settings.roles.saved", { name: saved.value.name }));
      onClose();
    },
  });
  return (
    <Form form={form} label={role.name} className="flex flex-col gap-4">
      {locked && (
        <ReadOnlyNote>
          {t(role.fixed ? "settings.roles.reason.fixed" : "settings.roles.reason.exceeds")}
        </ReadOnlyNote>
      )}
      <Field name="name" label={t("settings.roles.name")}>
        <Input dir="auto" autoComplete="off" disabled={locked} />
      </Field>
      <Field name="description" label={t("settings.roles.description")}>
        <Textarea rows={2} disabled={locked} />
      </Field>
      {!locked && (
        <FormFoot form={form} label={t("ui.save")} isChanged={form.isChanged} onCancel={onClose}>
          {!role.builtIn && <DeleteRole role={role} onDeleted={onClose} />}
        </FormFoot>
      )}
    </Form>
  );
}

function DeleteRole({ role, onDeleted }: { role: Role; onDeleted: () => void }): ReactNode {
  const queries = useQueryClient();
  const [asking, setAsking] = useState(false);
  return (
    <>
      <Button look="quiet" icon={Trash2} onClick={() => setAsking(true)}>
        {t("settings.roles.delete")}
      </Button>
      <ConfirmByTyping
        open={asking}
        onOpenChange={setAsking}
        title={t("settings.roles.deleteTitle", { name: role.name })}
        description={t("settings.roles.deleteText")}
        name={role.name}
        action={t("settings.roles.delete")}
        onConfirm={async () => {
          try {
            await call("DELETE", `/roles/${role.id}`);
            toast.done(t("settings.roles.deleted", { name: role.name }));
            onDeleted();
          } catch (error) {
            toast.failed(t("settings.notDeleted"), error);
          }
          void queries.invalidateQueries({ queryKey: keys.lists("roles") });
        }}
      />
    </>
  );
}
