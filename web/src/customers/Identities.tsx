import { useQueryClient } from "@tanstack/react-query";
import AtSign from "lucide-react/icons/at-sign";
import Hash from "lucide-react/icons/hash";
import Mail from "lucide-react/icons/mail";
import Phone from "lucide-react/icons/phone";
import Plus from "lucide-react/icons/plus";
import X from "lucide-react/icons/x";
import { type ReactNode, useState } from "react";
import { keys } from "@/api/keys";
import { t } from "@/messages";
import { call, type Tagged } from "@/records/wire";
import { Button, IconButton } from "@/ui/Button";
import { Field, Input, Select } from "@/ui/Field";
import { Form, useForm } from "@/ui/form";
import { Popover } from "@/ui/Popover";
import { toast } from "@/ui/toast";
import { identityName } from "./describe";
import type { Customer, Identity, IdentityKind } from "./types";

const icons = { email: Mail, phone: Phone, social: AtSign, external: Hash };
const kinds: readonly IdentityKind[] = ["email", "phone", "social", "external"];

/** Every way the customer is known; the first of a kind is the one that is used. */
export function Identities({
  customerId,
  identities,
  canUpdate,
}: {
  customerId: string;
  identities: readonly Identity[];
  canUpdate: boolean;
}): ReactNode {
  const queries = useQueryClient();
  const key = keys.one("customers", customerId);
  const path = `/customers/${customerId}/identities`;
  const refresh = () => queries.invalidateQueries({ queryKey: key });
  const show = (next: (old: Identity[]) => Identity[]) => {
    queries.setQueryData<Tagged<Customer>>(key, (old) =>
      old
        ? { ...old, value: { ...old.value, identities: next(old.value.identities ?? []) } }
        : undefined,
    );
  };
  /** Shows the change, sends it, and reads what is true afterwards in either case. */
  const change = async (
    next: (old: Identity[]) => Identity[],
    send: () => Promise<unknown>,
  ): Promise<boolean> => {
    if (queries.isFetching({ queryKey: key, exact: true }) > 0)
      await queries.cancelQueries({ queryKey: key, exact: true });
    show(next);
    try {
      await send();
      return true;
    } catch (error) {
      toast.failed(t("records.notSaved"), error);
      return false;
    } finally {
      await refresh();
    }
  };
  const remove = async (identity: Identity) => {
    const done = await change(
      (old) => old.filter((i) => i.id !== identity.id),
      () => call("DELETE", `${path}/${identity.id}`),
    );
    if (!done) return;
    toast.undo(t("customers.identityRemoved", { name: identity.display }), () => {
      const { kind, display: value, system, primary } = identity;
      void change(
        (old) => [...old, identity],
        () => call("POST", path, { body: { kind, value, primary, ...(system ? { system } : {}) } }),
      );
    });
  };
  const makePrimary = (identity: Identity) =>
    change(
      (old) =>
        old.map((i) => (i.kind === identity.kind ? { ...i, primary: i.id === identity.id } : i)),
      () => call("PATCH", `${path}/${identity.id}`, { body: { primary: true } }),
    );
  const count = (kind: IdentityKind) => identities.filter((i) => i.kind === kind).length;
  return (
    <>
      {identities.length === 0 && <p className="text-muted">{t("customers.noIdentities")}</p>}
      <ul className="flex flex-col">
        {identities.map((identity) => {
          const Icon = icons[identity.kind];
          return (
            <li key={identity.id} className="group flex min-h-7 items-center gap-2">
              <Icon size={14} aria-hidden className="shrink-0 text-faint" />
              <span className="sr-only">{identityName(identity.kind)}</span>
              <span className="min-w-0 flex-1 truncate" title={identity.value}>
                <IdentityValue identity={identity} />
                {identity.system && (
                  <span className="ms-1.5 text-sm text-faint">{identity.system}</span>
                )}
              </span>
              {identity.primary && count(identity.kind) > 1 && (
                <span className="text-sm text-faint">{t("customers.primary")}</span>
              )}
              {canUpdate && !identity.primary && /email|phone/.test(identity.kind) && (
                <Button
                  look="quiet"
                  size="small"
                  aria-label={`${t("customers.makePrimary")}: ${identity.display}`}
                  onClick={() => void makePrimary(identity)}
                >
                  {t("customers.makePrimary")}
                </Button>
              )}
              {canUpdate && (
                <IconButton
                  icon={X}
                  size="small"
                  label={t("customers.removeIdentity", { name: identity.display })}
                  onClick={() => void remove(identity)}
                />
              )}
            </li>
          );
        })}
      </ul>
      {canUpdate && <AddIdentity path={path} onDone={refresh} />}
    </>
  );
}

function IdentityValue({ identity }: { identity: Identity }): ReactNode {
  const { kind, value, display } = identity;
  if (kind === "email" || kind === "phone") {
    return (
      <a
        href={`${kind === "email" ? "mailto" : "tel"}:${value}`}
        dir="ltr"
        className="hover:underline"
      >
        {kind === "email" ? display : value}
      </a>
    );
  }
  return <span dir="ltr">{display}</span>;
}

function AddIdentity({ path, onDone }: { path: string; onDone: () => Promise<void> }): ReactNode {
  const [open, setOpen] = useState(false);
  const form = useForm<{ kind: string; value: string; system: string }>({
    initial: { kind: "email", value: "", system: "" },
    async submit({ kind, value, system }) {
      const needsSystem = kind === "social" || kind === "external";
      await call("POST", path, {
        body: { kind, value: value.trim(), ...(needsSystem ? { system: system.trim() } : {}) },
      });
      setOpen(false);
      form.reset({ kind: "email", value: "", system: "" });
      await onDone();
    },
  });
  const needsSystem = form.values.kind === "social" || form.values.kind === "external";
  return (
    <Popover
      label={t("customers.addIdentity")}
      open={open}
      onOpenChange={setOpen}
      className="w-72"
      trigger={
        <Button look="quiet" size="small" icon={Plus} className="-ms-2 mt-1">
          {t("customers.addIdentity")}
        </Button>
      }
    >
      <Form form={form} label={t("customers.addIdentity")} className="flex flex-col gap-3">
        <Field name="kind" label={t("customers.identityKind")}>
          <Select>
            {kinds.map((kind) => (
              <option key={kind} value={kind}>
                {identityName(kind)}
              </option>
            ))}
          </Select>
        </Field>
        <Field
          name="value"
          label={t("customers.identityValue")}
          hint={form.values.kind === "phone" ? t("customers.phoneHint") : undefined}
        >
          <Input dir="ltr" autoComplete="off" />
        </Field>
        {needsSystem && (
          <Field name="system" label={t("customers.identitySystem")}>
            <Input dir="ltr" autoComplete="off" />
          </Field>
        )}
        <Button
          type="submit"
          look="primary"
          busy={form.isPending}
          disabled={form.values.value.trim() === ""}
        >
          {t("records.add")}
        </Button>
      </Form>
    </Popover>
  );
}
