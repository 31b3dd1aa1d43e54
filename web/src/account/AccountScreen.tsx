import { useMutation, useQueryClient } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { api, unwrap } from "@/api/client";
import { sessionQuery, useSession } from "@/api/session";
import { setSingleKeys, setTheme, singleKeys, theme } from "@/lib/preferences";
import { useStore } from "@/lib/store";
import { t } from "@/messages";
import { overlay } from "@/shell/overlays";
import { Button } from "@/ui/Button";
import { ChoiceRow } from "@/ui/ChoiceRow";
import { Field, Input, PasswordInput, Switch } from "@/ui/Field";
import { Form, useForm } from "@/ui/form";
import { Screen, Section } from "@/ui/Screen";
import { toast } from "@/ui/toast";
import { Devices } from "./Devices";

/** What concerns only the person who is signed in. */
export function AccountScreen(): ReactNode {
  return (
    <Screen title={t("account.title")}>
      <Section title={t("account.details")} hint={t("account.detailsHint")}>
        <Details />
      </Section>
      <Section title={t("account.password")} hint={t("account.passwordHint")}>
        <ChangePassword />
      </Section>
      <Section title={t("account.devices")} hint={t("account.devicesHint")}>
        <Devices />
      </Section>
      <Section title={t("account.appearance")} hint={t("account.appearanceHint")}>
        <Appearance />
      </Section>
      <Section title={t("account.keyboard")} hint={t("account.keyboardHint")}>
        <Keyboard />
      </Section>
    </Screen>
  );
}

function Details(): ReactNode {
  const { user } = useSession();
  const queries = useQueryClient();
  const save = useMutation({
    mutationFn: (body: { name: string; email: string }) => unwrap(api.PATCH("/auth/me", { body })),
    onSuccess: () => queries.invalidateQueries({ queryKey: sessionQuery.queryKey }),
  });
  const form = useForm({
    initial: { name: user.name, email: user.email },
    async submit({ name, email }) {
      await save.mutateAsync({ name: name.trim(), email: email.trim() });
      toast.done(t("account.saved"));
    },
  });
  return (
    <Form form={form} label={t("account.details")} className="flex flex-col gap-4">
      <Field name="name" label={t("auth.name")}>
        <Input autoComplete="name" dir="auto" />
      </Field>
      <Field name="email" label={t("auth.email")}>
        <Input type="email" autoComplete="email" dir="ltr" />
      </Field>
      <dl>
        <dt className="font-medium">{t("account.role")}</dt>
        <dd className="text-muted">{user.role.name}</dd>
      </dl>
      <div className="flex gap-2">
        <Button type="submit" look="primary" disabled={!form.isChanged} busy={form.isPending}>
          {t("ui.save")}
        </Button>
        {form.isChanged && (
          <Button look="quiet" onClick={() => form.reset()}>
            {t("ui.cancel")}
          </Button>
        )}
      </div>
    </Form>
  );
}

function ChangePassword(): ReactNode {
  const { user } = useSession();
  const queries = useQueryClient();
  const form = useForm({
    initial: { currentPassword: "", newPassword: "" },
    async submit(body) {
      await unwrap(api.PUT("/auth/password", { body }));
      form.reset({ currentPassword: "", newPassword: "" });
      toast.done(t("account.passwordChanged"));
      void queries.invalidateQueries({ queryKey: ["sessions"] });
    },
  });
  const isFilled = form.values.currentPassword !== "" && form.values.newPassword !== "";
  return (
    <Form form={form} label={t("account.password")} className="flex flex-col gap-4">
      {/* Password managers look for the name that a password belongs to. */}
      <input type="hidden" name="username" autoComplete="username" value={user.email} readOnly />
      <Field name="currentPassword" label={t("account.currentPassword")}>
        <PasswordInput autoComplete="current-password" />
      </Field>
      <Field name="newPassword" label={t("auth.newPassword")} hint={t("auth.passwordRule")}>
        <PasswordInput autoComplete="new-password" />
      </Field>
      <div>
        <Button type="submit" disabled={!isFilled} busy={form.isPending}>
          {t("account.changePassword")}
        </Button>
      </div>
    </Form>
  );
}

function Appearance(): ReactNode {
  return (
    <ChoiceRow
      label={t("shell.theme")}
      value={useStore(theme)}
      onChange={setTheme}
      options={[
        { value: "system", label: t("shell.theme.system") },
        { value: "light", label: t("shell.theme.light") },
        { value: "dark", label: t("shell.theme.dark") },
      ]}
    />
  );
}

function Keyboard(): ReactNode {
  const on = useStore(singleKeys);
  return (
    <>
      <Switch
        label={t("account.singleKeys")}
        checked={on}
        onChange={(event) => setSingleKeys(event.target.checked)}
      />
      <div>
        <Button onClick={() => overlay.set("shortcuts")} keys="?">
          {t("account.showShortcuts")}
        </Button>
      </div>
    </>
  );
}
