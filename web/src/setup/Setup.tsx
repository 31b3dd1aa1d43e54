import { Link, useNavigate } from "@tanstack/react-router";
import type { ReactNode } from "react";
import { api, chooseWorkspace, unwrap } from "@/api/client";
import { useKeepSession } from "@/api/session";
import { AuthPage, textLink } from "@/auth/AuthPage";
import { remember } from "@/lib/storage";
import { t } from "@/messages";
import { Button } from "@/ui/Button";
import { Checkbox, Field, Input, PasswordInput } from "@/ui/Field";
import { Form, useForm } from "@/ui/form";
import { setupRoute } from "./routes";

/** First run: the brand, its first administrator, sample data or none. */
export function Setup(): ReactNode {
  const { needed } = setupRoute.useLoaderData();
  const navigate = useNavigate();
  const keepSession = useKeepSession();
  const form = useForm({
    initial: { "workspace.name": "", name: "", email: "", password: "", sampleData: true },
    async submit(v) {
      const answer = await unwrap(
        api.POST("/setup", {
          body: {
            workspace: { name: v["workspace.name"].trim() },
            name: v.name.trim(),
            email: v.email.trim(),
            password: v.password,
            sampleData: v.sampleData,
          },
        }),
      );
      chooseWorkspace(null);
      remember("firstSteps", "open");
      keepSession(answer);
      await navigate({ to: "/inbox" });
    },
  });
  if (!needed) {
    return (
      <AuthPage title={t("setup.title")} hint={t("setup.doneAlready")}>
        <p>
          <Link to="/sign-in" search={{}} className={textLink}>
            {t("auth.signIn")}
          </Link>
        </p>
      </AuthPage>
    );
  }
  return (
    <AuthPage title={t("setup.title")} hint={t("setup.hint")}>
      <Form form={form} className="flex flex-col gap-4" label={t("setup.title")}>
        <Field name="workspace.name" label={t("setup.brand")} hint={t("setup.brandHint")}>
          <Input autoComplete="organization" autoFocus dir="auto" className="h-9" />
        </Field>
        <h2 className="mt-2 border-t pt-5 font-semibold">{t("setup.you")}</h2>
        <Field name="name" label={t("auth.name")}>
          <Input autoComplete="name" dir="auto" className="h-9" />
        </Field>
        <Field name="email" label={t("auth.email")}>
          <Input type="email" autoComplete="username" dir="ltr" className="h-9" />
        </Field>
        <Field name="password" label={t("auth.password")} hint={t("auth.passwordRule")}>
          <PasswordInput autoComplete="new-password" className="h-9" />
        </Field>
        <div className="mt-2 border-t pt-5">
          <Checkbox name="sampleData" label={t("setup.sample")} hint={t("setup.sampleHint")} />
        </div>
        <Button type="submit" look="primary" size="large" busy={form.isPending}>
          {t("setup.submit")}
        </Button>
      </Form>
    </AuthPage>
  );
}
