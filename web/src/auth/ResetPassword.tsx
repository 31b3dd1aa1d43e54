import { Link, useParams } from "@tanstack/react-router";
import { type ReactNode, useState } from "react";
import { api, unwrap } from "@/api/client";
import { t } from "@/messages";
import { Button } from "@/ui/Button";
import { Field, PasswordInput } from "@/ui/Field";
import { Form, useForm } from "@/ui/form";
import { AuthPage, textLink } from "./AuthPage";

export function ResetPassword(): ReactNode {
  const { token } = useParams({ from: "/reset-password/$token" });
  const [state, setState] = useState<"asking" | "done" | "expired">("asking");
  const form = useForm({
    initial: { password: "" },
    async submit({ password }) {
      await unwrap(
        api.PUT("/auth/reset-password/{token}", {
          params: { path: { token } },
          body: { password },
        }),
      );
      setState("done");
    },
    onRefused(error) {
      // A password that is too weak is a 422 about a field; any other refusal is about the link.
      const aboutLink = [400, 401, 404, 410].includes(error.status);
      if (aboutLink) setState("expired");
      return aboutLink;
    },
  });
  if (state === "done") {
    return (
      <AuthPage
        title={t("auth.resetDoneTitle")}
        hint={<p role="status">{t("auth.resetDoneText")}</p>}
      >
        <p>
          <Link to="/sign-in" search={{}} className={textLink}>
            {t("auth.signIn")}
          </Link>
        </p>
      </AuthPage>
    );
  }
  if (state === "expired") {
    return (
      <AuthPage title={t("auth.resetTitle")} hint={<p role="alert">{t("auth.resetExpired")}</p>}>
        <p>
          <Link to="/forgot-password" className={textLink}>
            {t("auth.resetAgain")}
          </Link>
        </p>
      </AuthPage>
    );
  }
  return (
    <AuthPage title={t("auth.resetTitle")}>
      <Form form={form} className="flex flex-col gap-4" label={t("auth.resetTitle")}>
        <Field name="password" label={t("auth.newPassword")} hint={t("auth.passwordRule")}>
          <PasswordInput autoComplete="new-password" autoFocus className="h-9" />
        </Field>
        <Button type="submit" look="primary" size="large" busy={form.isPending}>
          {t("auth.resetSubmit")}
        </Button>
      </Form>
    </AuthPage>
  );
}
