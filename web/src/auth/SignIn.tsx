import { Link, useRouter } from "@tanstack/react-router";
import { type ReactNode, useState } from "react";
import { api, chooseWorkspace, unwrap } from "@/api/client";
import { useKeepSession } from "@/api/session";
import { t } from "@/messages";
import { Button } from "@/ui/Button";
import { Field, Input, PasswordInput } from "@/ui/Field";
import { Form, useForm } from "@/ui/form";
import { AuthPage, textLink } from "./AuthPage";
import { signInRoute } from "./routes";

export function SignIn(): ReactNode {
  const { to } = signInRoute.useSearch();
  const router = useRouter();
  const keepSession = useKeepSession();
  const [asksWorkspace, setAsksWorkspace] = useState(false);
  const form = useForm({
    initial: { email: "", password: "", workspace: "" },
    async submit({ email, password, workspace }) {
      const body = {
        email: email.trim(),
        password,
        ...(workspace ? { workspace: workspace.trim() } : {}),
      };
      const answer = await unwrap(api.POST("/auth/login", { body }));
      // The name a person typed is kept: the host name alone did not say which workspace.
      chooseWorkspace(workspace ? answer.workspace.slug : null);
      keepSession(answer);
      router.history.push(to ?? "/inbox");
    },
    onRefused(error) {
      if (error.code === "workspace_needed") {
        setAsksWorkspace(true);
        return true;
      }
      if (error.code === "account_pending") {
        void router.navigate({ to: "/waiting-for-approval" });
        return true;
      }
      return false;
    },
  });
  return (
    <AuthPage title={t("auth.signIn")} hint={t("auth.signInHint")}>
      <Form form={form} className="flex flex-col gap-4" label={t("auth.signIn")}>
        <Field name="email" label={t("auth.email")}>
          <Input type="email" autoComplete="username" autoFocus dir="ltr" className="h-9" />
        </Field>
        <Field
          name="password"
          label={t("auth.password")}
          end={
            <Link to="/forgot-password" className="text-sm text-accent-text hover:underline">
              {t("auth.forgot")}
            </Link>
          }
        >
          <PasswordInput autoComplete="current-password" className="h-9" />
        </Field>
        {asksWorkspace && (
          <Field name="workspace" label={t("auth.workspace")} hint={t("auth.workspaceHint")}>
            <Input autoComplete="organization" autoFocus dir="ltr" className="h-9" />
          </Field>
        )}
        <Button type="submit" look="primary" size="large" busy={form.isPending}>
          {t("auth.signIn")}
        </Button>
      </Form>
      <p className="text-muted">
        {t("auth.noAccount")}{" "}
        <Link to="/sign-up" className={textLink}>
          {t("auth.signUp")}
        </Link>
      </p>
    </AuthPage>
  );
}
