import { Link } from "@tanstack/react-router";
import { type ReactNode, useState } from "react";
import { api, unwrap } from "@/api/client";
import { t } from "@/messages";
import { Button } from "@/ui/Button";
import { Field, Input } from "@/ui/Field";
import { Form, useForm } from "@/ui/form";
import { AuthPage, textLink } from "./AuthPage";

export function ForgotPassword(): ReactNode {
  const [sentTo, setSentTo] = useState("");
  const [asksWorkspace, setAsksWorkspace] = useState(false);
  const form = useForm({
    initial: { email: "", workspace: "" },
    async submit({ email, workspace }) {
      const body = { email: email.trim(), ...(workspace ? { workspace: workspace.trim() } : {}) };
      await unwrap(api.POST("/auth/forgot-password", { body }));
      setSentTo(body.email);
    },
    onRefused(error) {
      if (error.code !== "workspace_needed") return false;
      setAsksWorkspace(true);
      return true;
    },
  });
  const back = (
    <p>
      <Link to="/sign-in" search={{}} className={textLink}>
        {t("auth.backToSignIn")}
      </Link>
    </p>
  );
  if (sentTo) {
    return (
      <AuthPage
        title={t("auth.forgotSentTitle")}
        hint={<p role="status">{t("auth.forgotSentText", { email: sentTo })}</p>}
      >
        {back}
      </AuthPage>
    );
  }
  return (
    <AuthPage title={t("auth.forgotTitle")} hint={t("auth.forgotText")}>
      <Form form={form} className="flex flex-col gap-4" label={t("auth.forgotTitle")}>
        <Field name="email" label={t("auth.email")}>
          <Input type="email" autoComplete="username" autoFocus dir="ltr" className="h-9" />
        </Field>
        {asksWorkspace && (
          <Field name="workspace" label={t("auth.workspace")} hint={t("auth.workspaceHint")}>
            <Input autoComplete="organization" autoFocus dir="ltr" className="h-9" />
          </Field>
        )}
        <Button type="submit" look="primary" size="large" busy={form.isPending}>
          {t("auth.forgotSubmit")}
        </Button>
      </Form>
      {back}
    </AuthPage>
  );
}
