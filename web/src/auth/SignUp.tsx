import { Link, useNavigate } from "@tanstack/react-router";
import { type ReactNode, useState } from "react";
import { api, unwrap } from "@/api/client";
import { t } from "@/messages";
import { Button } from "@/ui/Button";
import { Field, Input, PasswordInput } from "@/ui/Field";
import { Form, useForm } from "@/ui/form";
import { AuthPage, textLink } from "./AuthPage";

/** A colleague asks for an account; an administrator approves it. */
export function SignUp(): ReactNode {
  const navigate = useNavigate();
  const [asksWorkspace, setAsksWorkspace] = useState(false);
  const form = useForm({
    initial: { name: "", email: "", password: "", workspace: "" },
    async submit({ name, email, password, workspace }) {
      await unwrap(
        api.POST("/auth/register", {
          body: { name: name.trim(), email: email.trim(), password, userType: "staff" },
          ...(workspace ? { headers: { "X-Workspace": workspace.trim() } } : {}),
        }),
      );
      await navigate({ to: "/waiting-for-approval" });
    },
    onRefused(error) {
      if (error.code !== "workspace_needed") return false;
      setAsksWorkspace(true);
      return true;
    },
  });
  return (
    <AuthPage title={t("auth.signUp")} hint={t("auth.signUpHint")}>
      <Form form={form} className="flex flex-col gap-4" label={t("auth.signUp")}>
        <Field name="name" label={t("auth.name")}>
          <Input autoComplete="name" autoFocus dir="auto" className="h-9" />
        </Field>
        <Field name="email" label={t("auth.email")}>
          <Input type="email" autoComplete="username" dir="ltr" className="h-9" />
        </Field>
        <Field name="password" label={t("auth.password")} hint={t("auth.passwordRule")}>
          <PasswordInput autoComplete="new-password" className="h-9" />
        </Field>
        {asksWorkspace && (
          <Field name="workspace" label={t("auth.workspace")}>
            <Input autoComplete="organization" autoFocus dir="ltr" className="h-9" />
          </Field>
        )}
        <Button type="submit" look="primary" size="large" busy={form.isPending}>
          {t("auth.signUpSubmit")}
        </Button>
      </Form>
      <p className="text-muted">
        {t("auth.haveAccount")}{" "}
        <Link to="/sign-in" search={{}} className={textLink}>
          {t("auth.signIn")}
        </Link>
      </p>
    </AuthPage>
  );
}

export function WaitingForApproval(): ReactNode {
  return (
    <AuthPage title={t("auth.waitingTitle")} hint={t("auth.waitingText")}>
      <p>
        <Link to="/sign-in" search={{}} className={textLink}>
          {t("auth.backToSignIn")}
        </Link>
      </p>
    </AuthPage>
  );
}
