import { useQuery, useQueryClient } from "@tanstack/react-query";
import { type ReactNode, useMemo, useState } from "react";
import { sessionQuery, useCan } from "@/api/session";
import { t } from "@/messages";
import type { Tagged } from "@/records/wire";
import { Button } from "@/ui/Button";
import { Checkbox, Field, Input, Select, Switch } from "@/ui/Field";
import { Form, useForm } from "@/ui/form";
import { Screen, Section } from "@/ui/Screen";
import { FailedState, Skeleton } from "@/ui/states";
import { toast } from "@/ui/toast";
import { ReadOnlyNote } from "./bits";
import { type Choice, currencyChoices, exampleOf, localeChoices, timezoneChoices } from "./choices";
import { baseFor, saveOver, settingsQuery } from "./queries";
import type { WorkspaceSettings } from "./types";

type Settings = Tagged<WorkspaceSettings>;

/** The brand's name, money, time and language, and how staff sign up and in. */
export function WorkspacePage(): ReactNode {
  const query = useQuery(settingsQuery);
  return (
    <Screen title={t("settings.workspace.title")}>
      {query.data ? (
        <Sections settings={query.data} />
      ) : query.error ? (
        <FailedState error={query.error} onRetry={() => void query.refetch()} />
      ) : (
        <Shape />
      )}
    </Screen>
  );
}

function Sections({ settings }: { settings: Settings }): ReactNode {
  const can = useCan();
  const mayWrite = can("settings:write");
  return (
    <>
      {!mayWrite && (
        <div className="px-4 pt-4 md:px-6">
          <ReadOnlyNote>{t("settings.workspace.readOnly")}</ReadOnlyNote>
        </div>
      )}
      <Section title={t("settings.brand")} hint={t("settings.brandHint")}>
        <Brand settings={settings} mayWrite={mayWrite} />
      </Section>
      <Section title={t("settings.signUp")} hint={t("settings.signUpHint")}>
        <SignUp settings={settings} mayWrite={mayWrite} />
      </Section>
      <Section title={t("settings.policy")} hint={t("settings.policyHint")}>
        <Policy settings={settings} mayWrite={mayWrite} />
      </Section>
    </>
  );
}

/** Sends only what was changed, and keeps the answer for every form on the page. */
function useSaveSettings(shown: Settings) {
  const queries = useQueryClient();
  const [base, setBase] = useState(shown);
  const keep = (fresh: Settings) => {
    setBase(fresh);
    queries.setQueryData(settingsQuery.queryKey, fresh);
  };
  return async (patch: Record<string, unknown>) => {
    if (Object.keys(patch).length === 0) return;
    const against = baseFor(patch, base, queries.getQueryData(settingsQuery.queryKey));
    keep(
      await saveOver<WorkspaceSettings>("PUT", "/settings", patch, against, {
        labelOf,
        onFresh: keep,
      }),
    );
    void queries.invalidateQueries({ queryKey: sessionQuery.queryKey });
    toast.done(t("settings.saved"));
  };
}

function labelOf(field: string): string {
  switch (field) {
    case "name":
      return t("settings.name");
    case "currency":
      return t("settings.currency");
    case "timezone":
      return t("settings.timezone");
    case "locale":
      return t("settings.locale");
    case "passwordPolicy":
      return t("settings.policy");
    default:
      return field;
  }
}

interface PartProps {
  settings: Settings;
  mayWrite: boolean;
}

function Brand({ settings, mayWrite }: PartProps): ReactNode {
  const { name, currency, timezone, locale } = settings.value;
  const save = useSaveSettings(settings);
  const form = useForm({
    initial: { name, currency, timezone, locale },
    async submit(values) {
      const trimmed = { ...values, name: values.name.trim() };
      const before: Record<string, string> = { name, currency, timezone, locale };
      await save(
        Object.fromEntries(Object.entries(trimmed).filter(([key, v]) => v !== before[key])),
      );
    },
  });
  const currencies = useMemo(() => currencyChoices(currency), [currency]);
  const timezones = useMemo(() => timezoneChoices(timezone), [timezone]);
  const locales = useMemo(() => localeChoices(locale), [locale]);
  const example = exampleOf(form.values, new Date());
  return (
    <Form form={form} label={t("settings.brand")} className="flex flex-col gap-4">
      <Field name="name" label={t("settings.name")} hint={t("settings.nameHint")}>
        <Input dir="auto" disabled={!mayWrite} />
      </Field>
      <Field name="currency" label={t("settings.currency")} hint={t("settings.currencyHint")}>
        <ChoiceSelect choices={currencies} disabled={!mayWrite} />
      </Field>
      <Field name="timezone" label={t("settings.timezone")} hint={t("settings.timezoneHint")}>
        <ChoiceSelect choices={timezones} disabled={!mayWrite} />
      </Field>
      <Field name="locale" label={t("settings.locale")} hint={t("settings.localeHint")}>
        <ChoiceSelect choices={locales} disabled={!mayWrite} />
      </Field>
      {example && (
        <p className="rounded-md bg-sunken px-3 py-2 text-muted" aria-live="polite">
          {t("settings.example", example)}
        </p>
      )}
      {mayWrite && <SaveButton form={form} />}
    </Form>
  );
}

function SignUp({ settings, mayWrite }: PartProps): ReactNode {
  const { signUpOpen } = settings.value;
  const queries = useQueryClient();
  const save = useSaveSettings(settings);
  const change = async (on: boolean) => {
    const show = (open: boolean) =>
      queries.setQueryData<Settings>(
        settingsQuery.queryKey,
        (old) => old && { ...old, value: { ...old.value, signUpOpen: open } },
      );
    show(on);
    try {
      await save({ signUpOpen: on });
    } catch (error) {
      show(signUpOpen);
      toast.failed(t("settings.notSaved"), error);
    }
  };
  return (
    <Switch
      label={t("settings.signUpOpen")}
      hint={t("settings.signUpOpenHint")}
      checked={signUpOpen}
      disabled={!mayWrite}
      onChange={(event) => void change(event.target.checked)}
    />
  );
}

function Policy({ settings, mayWrite }: PartProps): ReactNode {
  const { minLength, upper, digit, special } = settings.value.passwordPolicy;
  const save = useSaveSettings(settings);
  const form = useForm({
    initial: { "passwordPolicy.minLength": String(minLength), upper, digit, special },
    async submit(values) {
      const next = {
        minLength: Number(values["passwordPolicy.minLength"]),
        upper: values.upper,
        digit: values.digit,
        special: values.special,
      };
      await save({ passwordPolicy: next });
    },
  });
  return (
    <Form form={form} label={t("settings.policy")} className="flex flex-col gap-4">
      <Field
        name="passwordPolicy.minLength"
        label={t("settings.minLength")}
        hint={t("settings.minLengthHint")}
      >
        <Input
          type="number"
          min={8}
          max={64}
          inputMode="numeric"
          disabled={!mayWrite}
          className="max-w-24"
        />
      </Field>
      <fieldset className="flex flex-col gap-1" disabled={!mayWrite}>
        <legend className="mb-1 font-medium">{t("settings.needs")}</legend>
        <Checkbox name="upper" label={t("settings.needsUpper")} />
        <Checkbox name="digit" label={t("settings.needsDigit")} />
        <Checkbox name="special" label={t("settings.needsSpecial")} />
      </fieldset>
      {mayWrite && <SaveButton form={form} />}
    </Form>
  );
}

function SaveButton({ form }: { form: { isPending: boolean; isChanged: boolean } }): ReactNode {
  return (
    <Button
      type="submit"
      look="primary"
      busy={form.isPending}
      disabled={!form.isChanged}
      className="self-start"
    >
      {t("ui.save")}
    </Button>
  );
}

function ChoiceSelect({
  choices,
  disabled,
}: {
  choices: readonly Choice[];
  disabled: boolean;
}): ReactNode {
  return (
    <Select disabled={disabled}>
      {choices.map((choice) => (
        <option key={choice.value} value={choice.value}>
          {choice.label}
        </option>
      ))}
    </Select>
  );
}

function Shape(): ReactNode {
  return (
    <div role="status" className="flex flex-col gap-8 px-6 py-6">
      <span className="sr-only">{t("ui.loading")}</span>
      {["a", "b", "c"].map((key) => (
        <div key={key} className="flex gap-8">
          <Skeleton className="w-40" />
          <div className="flex w-96 flex-col gap-4">
            <Skeleton className="h-7" />
            <Skeleton className="h-7" />
          </div>
        </div>
      ))}
    </div>
  );
}
